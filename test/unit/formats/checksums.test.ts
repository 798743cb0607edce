import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf, parseChecksums } from '../../../src/formats/checksums.ts';
import { AssayError } from '../../../src/model/errors.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const long = 'c'.repeat(128);
const digest = (text: string, name = 'tool.tar.gz') =>
  checksumOf(parseChecksums(Buffer.from(text), 'SUMS'), name, 'SUMS');
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 5 }) as Error;

describe('checksum files', () => {
  it('takes a line of a megabyte of blanks in its stride', () => {
    const blanks = ' '.repeat(1 << 20);
    const startedMs = performance.now();
    expect(() => parseChecksums(Buffer.from(`${a}  x${blanks}\u0001\n${blanks}x`), 'SHA256SUMS')).toThrow(
      'line 2',
    );
    // In quadratic time it would be a quarter of an hour.
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  it.each([
    ['text mode', `${b}  other\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['binary mode', `${a} *tool.tar.gz\n`, `sha256:${a}`],
    ['upper case', `${'A'.repeat(64)}  tool.tar.gz\n`, `sha256:${a}`],
    ['BSD style', `SHA256 (tool.tar.gz) = ${a}\n`, `sha256:${a}`],
    ['OVF', `SHA256(tool.tar.gz)= ${a}\n`, `sha256:${a}`],
    ['SHA-512', `${long}  tool.tar.gz\n`, `sha512:${long}`],
    ['a bare digest', `${a}\n`, `sha256:${a}`],
    ['a bare digest without newline', a, `sha256:${a}`],
    ['CRLF', `${b}  other\r\n${a}  tool.tar.gz\r\n`, `sha256:${a}`],
    ['a dot before the name', `${a}  ./tool.tar.gz\n`, `sha256:${a}`],
    ['comments and empty lines', `# made by x\n\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['both algorithms', `${long}  tool.tar.gz\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    [
      'a weak one beside it',
      `MD5 (tool.tar.gz) = ${'d'.repeat(32)}\nSHA256 (tool.tar.gz) = ${a}\n`,
      `sha256:${a}`,
    ],
  ])('reads %s', (_, text, expected) => {
    expect(digest(text)).toBe(expected);
  });

  it.each([
    ['no line for the name', `${a}  other\n`, 'EVIDENCE_MISSING'],
    ['a name that ends in ours', `${a}  evil/tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['a name that begins with ours', `${a}  tool.tar.gz.sig\n`, 'EVIDENCE_MISSING'],
    ['our name in other case', `${a}  Tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['an empty file', '', 'EVIDENCE_MISSING'],
    ['our line twice', `${a}  tool.tar.gz\n${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['our line twice, differently', `${a}  tool.tar.gz\n${b} *./tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['two bare digests', `${a}\n${b}\n`, 'EVIDENCE_MALFORMED'],
    ['a bare digest beside named ones', `${a}\n${b}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['MD5 only', `${'d'.repeat(32)}  tool.tar.gz\n`, 'ALGORITHM_REFUSED'],
    ['SHA-1 only', `SHA1 (tool.tar.gz) = ${'d'.repeat(40)}\n`, 'ALGORITHM_REFUSED'],
    ['a label that lies', `SHA512 (tool.tar.gz) = ${a}\n`, 'EVIDENCE_MALFORMED'],
    ['a web page', '<!DOCTYPE html><title>Not Found</title>\n', 'EVIDENCE_MALFORMED'],
    ['a byte order mark', `\uFEFF${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['one space only', `${a} tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['an escaped name', `\\${a}  tool\\ntar.gz\n`, 'EVIDENCE_MALFORMED'],
  ])('refuses %s', (_, text, code) => {
    expect(() => digest(text)).toThrow(refusal(code));
  });

  it('refuses a file without end', () => {
    expect(() => parseChecksums(Buffer.alloc((4 << 20) + 1, '\n'), 'SUMS')).toThrow(
      refusal('LIMIT_EXCEEDED'),
    );
  });

  it('never throws anything but its own errors', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (text, name) => {
        try {
          digest(text, name);
        } catch (error) {
          expect(error).toBeInstanceOf(AssayError);
        }
      }),
    );
  });
});
