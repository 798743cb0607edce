import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePem, toPem } from '../../../../src/formats/text/pem.ts';

const der = Buffer.from('a'.repeat(100));
const pem = toPem(der, 'CERTIFICATE');

describe('PEM', () => {
  it('is written at 64 columns with a final newline', () => {
    const lines = pem.split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.map((line) => line.length)).toEqual([27, 64, 64, 8, 25, 0]);
  });

  it('is read back, whatever its line ends and columns', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const text = toPem(bytes, 'PUBLIC KEY');
        expect(parsePem(text, 'PUBLIC KEY')).toEqual(Buffer.from(bytes));
        expect(parsePem(text.replaceAll('\n', '\r\n'), 'PUBLIC KEY')).toEqual(Buffer.from(bytes));
      }),
    );
    const inOneLine = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----`;
    expect(parsePem(inOneLine, 'CERTIFICATE')).toEqual(der);
  });

  it.each([
    ['nothing', ''],
    ['two blocks', pem + pem],
    ['text before', `subject: x\n${pem}`],
    ['text after', `${pem}x`],
    ['another label', toPem(der, 'PUBLIC KEY')],
    ['another label at its end', pem.replace('END CERTIFICATE', 'END PUBLIC KEY')],
    ['no end', pem.slice(0, -30)],
    ['no data', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['an empty line', pem.replace('-----\n', '-----\n\n')],
    ['a header', pem.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n')],
    ['base64 that is not canonical', pem.replace('YQ==', 'YR==')],
    ['DER', der.toString('latin1')],
  ])('is refused: %s', (_, text) => {
    expect(text).not.toBe(pem);
    expect(parsePem(text, 'CERTIFICATE')).toBeUndefined();
  });
});
