import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOfLog, parseCheckpoint } from '../../../../src/verify/sigstore/checkpoint.ts';

const root = Buffer.alloc(32, 7).toString('base64');
const signature = (name: string) =>
  `\u2014 ${name} ${Buffer.from('hint and signature').toString('base64')}\n`;
const envelope = (origin: string, ...names: string[]) =>
  `${origin}\n42\n${root}\n\n${names.map(signature).join('')}`;

describe('parseCheckpoint', () => {
  it('reads origin, size, root and signers, and passes over extension lines', () => {
    expect(
      parseCheckpoint(`log.example\n42\n${root}\nTimestamp: 1\n\n${signature('a')}${signature('b/c')}`),
    ).toEqual({
      origin: 'log.example',
      treeSize: '42',
      rootHash: Buffer.alloc(32, 7),
      signerNames: ['a', 'b/c'],
    });
  });

  const good = envelope('log.example', 'log.example');
  it.each([
    ['nothing', ''],
    ['no origin', good.replace('log.example', '')],
    ['no size', good.replace('42\n', '')],
    ['a size with a sign', good.replace('42', '+42')],
    ['a size with a zero before it', good.replace('42', '042')],
    ['a size in hex', good.replace('42', '0x2a')],
    ['no root', good.replace(`${root}\n`, '')],
    ['a short root', good.replace(root, Buffer.alloc(31).toString('base64'))],
    ['a root in other base64', good.replace(root, root.replace('=', ''))],
    ['no signature', `log.example\n42\n${root}\n\n`],
    ['no empty line', good.replace('\n\n', '\n')],
    ['a hyphen for the dash', good.replace('\u2014', '-')],
    ['a name with a space', envelope('log.example', 'log example')],
    ['a name with a plus sign', envelope('log.example', 'log+example')],
    ['text among the signatures', `${good}hello\n`],
    ['no newline at its end', good.slice(0, -1)],
    ['another character for that newline', `${good.slice(0, -1)}x`],
    ['text before a signature', good.replace('\u2014', 'x\u2014')],
    ['text behind a signature', `${good.slice(0, -1)} x\n`],
    ['a signature in other base64', good.replace(/[^ ]+\n$/, 'AAA\n')],
    ['a signature that is none', good.replace(/[^ ]+\n$/, '***\n')],
  ])('refuses %s', (_, text) => {
    expect(text).not.toBe(good);
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseCheckpoint(text)));
    const lines = fc.array(fc.constantFrom('log', '42', root, '', '\u2014 log AAAA'), { maxLength: 8 });
    fc.assert(fc.property(lines, (some) => void parseCheckpoint(`${some.join('\n')}\n`)));
  });
});

describe('isOfLog', () => {
  const named = (origin: string, ...names: string[]) => parseCheckpoint(envelope(origin, ...names))!;

  it.each([
    ['https://log.example', named('log.example', 'log.example')],
    ['https://log.example/', named('log.example', 'log.example')],
    ['https://log.example', named('log.example - 2605736670972794746', 'log.example')],
    ['https://log.example', named('log.example', 'witness.example', 'log.example')],
    ['http://localhost:8000', named('localhost:8000 - 1', 'localhost:8000')],
    ['https://log.example/2026', named('log.example/2026', 'log.example/2026')],
    ['log.example', named('log.example', 'log.example')],
    ['log.example/2026', named('log.example/2026', 'log.example/2026')],
    ['localhost:8000', named('localhost:8000', 'localhost:8000')],
    ['rekor', named('rekor', 'rekor')],
  ])('%s: %j', (baseUrl, checkpoint) => {
    expect(isOfLog(checkpoint, baseUrl)).toBe(true);
  });

  it.each([
    ['https://log.example', named('log.example', 'log')],
    ['https://log.example', named('log.example', '.*')],
    ['https://log.example', named('log.example', 'witness.example')],
    ['https://log.example', named('other.example', 'log.example')],
    ['https://log.example', named('log.example.evil', 'log.example')],
    ['https://log.example', named('log.example-1', 'log.example')],
    ['https://log.example', named('https://log.example', 'https://log.example')],
    ['log.example', named('other.example', 'other.example')],
    ['log.example', named('log', 'log')],
    ['', named('log.example', 'log.example')],
    ['https://', named('log.example', 'log.example')],
  ])('%s is not: %j', (baseUrl, checkpoint) => {
    expect(isOfLog(checkpoint, baseUrl)).toBe(false);
  });
});
