import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumOf, parseChecksums } from '../../../../src/formats/upstream/checksums.ts';
import { AssayError } from '../../../../src/model/errors.ts';
import { cpuMsOf } from '../../../support/growth.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const long = 'c'.repeat(128);
const digest = (text: string | Uint8Array, name = 'tool.tar.gz', nameless = true) =>
  checksumOf(parseChecksums(Buffer.from(text as string), 'SUMS'), { name, nameless }, 'SUMS');
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 5 }) as Error;
const sha1 = 'd'.repeat(40);

describe('checksum files', () => {
  it('takes a line of a megabyte of blanks in its stride', () => {
    const blanks = ' '.repeat(1 << 20);
    const takenMs = cpuMsOf(() => {
      for (const text of [`${a}  x${blanks}\u0001\n${blanks}x`, `\\${a}  ${'\\\\'.repeat(1 << 20)}`]) {
        expect(() => digest(text)).toThrow(refusal('EVIDENCE_MISSING'));
      }
    });
    // In quadratic time it would be a quarter of an hour.
    expect(takenMs).toBeLessThan(5000);
  });

  it.each([
    ['text mode', `${b}  other\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['binary mode', `${a} *tool.tar.gz\n`, `sha256:${a}`],
    ['one blank', `${a} tool.tar.gz\n${b} other\n`, `sha256:${a}`],
    ['a tabulator', `${a}\ttool.tar.gz\n`, `sha256:${a}`],
    ['blanks before the digest', ` \t${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['upper case', `${'A'.repeat(64)}  tool.tar.gz\n`, `sha256:${a}`],
    ['BSD style', `SHA256 (tool.tar.gz) = ${a}\n`, `sha256:${a}`],
    ['OVF', `SHA256(tool.tar.gz)= ${a}\n`, `sha256:${a}`],
    ['OpenSSL 3', `SHA2-256(tool.tar.gz)= ${a}\n`, `sha256:${a}`],
    ['SHA-512', `${long}  tool.tar.gz\n`, `sha512:${long}`],
    ['a bare digest', `${a}\n`, `sha256:${a}`],
    ['a bare digest without newline', a, `sha256:${a}`],
    ['a bare digest between blanks', ` ${a} \r\n\r\n`, `sha256:${a}`],
    ['a bare digest twice', `${a}\n${a}\n`, `sha256:${a}`],
    ['CRLF', `${b}  other\r\n${a}  tool.tar.gz\r\n`, `sha256:${a}`],
    ['a dot before the name', `${a}  ./tool.tar.gz\n`, `sha256:${a}`],
    ['dots before the name', `${a}  ././/tool.tar.gz\n`, `sha256:${a}`],
    ['comments and empty lines', `# made by x\n\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['both algorithms', `${long}  tool.tar.gz\n${a}  tool.tar.gz\n`, `sha256:${a}`],
    ['our line twice', `${a}  tool.tar.gz\n${a} *./tool.tar.gz\n`, `sha256:${a}`],
    ['our line in two forms', `SHA256 (tool.tar.gz) = ${a}\n${a}  tool.tar.gz\n`, `sha256:${a}`],
  ])('reads %s', (_, text, expected) => {
    expect(digest(text)).toBe(expected);
  });

  it.each([
    ['MD5', `MD5 (tool.tar.gz) = ${'d'.repeat(32)}`],
    ['CRC32, padded', 'CRC32  (tool.tar.gz) = 1167c4b7'],
    ['BLAKE2b', `BLAKE2b (tool.tar.gz) = ${long}`],
    ['BLAKE2b of 256 bits', `BLAKE2b-256 (tool.tar.gz) = ${b}`],
    ['a digest in base64', 'SHA3-256 (tool.tar.gz) = p7kl2Q=='],
    ['SHA-1 without label', `${sha1}  tool.tar.gz`],
    ['a bare digest', b],
    ['a digest that is cut off', `${b.slice(1)}  other.tar.gz`],
    ['a digest of ours that is cut off', `${b.slice(1)}  tool.tar.gz`],
    ['a heading', 'Checksums of version 1.0:'],
    ['a byte order mark', `\uFEFF${b}  other`],
    ['cksum of old', '2192966820 2 tool.tar.gz'],
    ['a label that lies', `SHA512 (tool.tar.gz) = ${b}`],
  ])('takes our line beside %s', (_, other) => {
    for (const text of [`${other}\n${a}  tool.tar.gz\n`, `${a}  tool.tar.gz\n${other}\n`]) {
      expect(digest(text)).toBe(`sha256:${a}`);
    }
  });

  it.each([
    ['no line for the name', `${a}  other\n`, 'EVIDENCE_MISSING'],
    ['a name that ends in ours', `${a}  evil/tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['a name that begins with ours', `${a}  tool.tar.gz.sig\n`, 'EVIDENCE_MISSING'],
    ['a name with a blank at its end', `${a}  tool.tar.gz \n`, 'EVIDENCE_MISSING'],
    ['a name with a blank before it', `${a}   tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['one blank below two', `${b}  other\n${a} tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['two blanks below one', `${b} other\n${a}  tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['our name in other case', `${a}  Tool.tar.gz\n`, 'EVIDENCE_MISSING'],
    ['an empty file', '', 'EVIDENCE_MISSING'],
    ['our line twice, differently', `${a}  tool.tar.gz\n${b} *./tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['the same the other way', `${b}  tool.tar.gz\n${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    [
      'two digests of one length',
      `${long}  tool.tar.gz\n${'e'.repeat(128)}  tool.tar.gz\n`,
      'EVIDENCE_MALFORMED',
    ],
    ['two bare digests', `${a}\n${b}\n`, 'EVIDENCE_MALFORMED'],
    ['bare digests of two algorithms', `${a}\n${long}\n`, 'EVIDENCE_MALFORMED'],
    ['a bare digest beside named ones', `${a}\n${b}  other\n`, 'EVIDENCE_MALFORMED'],
    ['MD5 only', `${'d'.repeat(32)}  tool.tar.gz\n`, 'ALGORITHM_REFUSED'],
    ['SHA-1 only', `SHA1 (tool.tar.gz) = ${sha1}\n`, 'ALGORITHM_REFUSED'],
    ['SHA-1 alone in the file', `${sha1}\n`, 'ALGORITHM_REFUSED'],
    ['BLAKE2b only', `BLAKE2b (tool.tar.gz) = ${long}\n`, 'ALGORITHM_REFUSED'],
    ['63 digits', `${a.slice(1)}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['65 digits', `${a}a  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['63 digits alone', `${a.slice(1)}\n`, 'EVIDENCE_MALFORMED'],
    ['63 digits with a label', `SHA256 (tool.tar.gz) = ${a.slice(1)}\n`, 'EVIDENCE_MALFORMED'],
    ['a label that lies', `SHA512 (tool.tar.gz) = ${a}\n`, 'EVIDENCE_MALFORMED'],
    ['a label before two blanks', `SHA256  (tool.tar.gz) = ${a}\n`, 'EVIDENCE_MALFORMED'],
    ['a blank behind a labelled digest', `SHA256 (tool.tar.gz) = ${a} \n`, 'EVIDENCE_MALFORMED'],
    ['no blank', `${a}tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['a web page', '<!DOCTYPE html><title>Not Found</title>\n', 'EVIDENCE_MALFORMED'],
    ['a web page with our line', `<html>\n${a}  tool.tar.gz\n</html>\n`, 'EVIDENCE_MALFORMED'],
    ['a page below our line', `${a}  tool.tar.gz\n  <p>\n`, 'EVIDENCE_MALFORMED'],
    ['JSON', '{"message": "Not Found"}', 'EVIDENCE_MALFORMED'],
    ['a binary with our line', `\0\n${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['a byte order mark', `\uFEFF${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    ['an escape that is none', `\\${a}  tool\\.tar.gz\n`, 'EVIDENCE_MALFORMED'],
    [
      'a signature around our line',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${a}  tool.tar.gz\n-----BEGIN PGP SIGNATURE-----\n`,
      'EVIDENCE_MALFORMED',
    ],
  ])('refuses %s', (_, text, code) => {
    expect(() => digest(text)).toThrow(refusal(code));
  });

  it('takes a digest alone only where it is said of what', () => {
    expect(() => digest(`${a}\n`, 'tool.tar.gz', false)).toThrow(refusal('EVIDENCE_MALFORMED'));
    expect(digest(`${b}\n${a}  tool.tar.gz\n`, 'tool.tar.gz', false)).toBe(`sha256:${a}`);
  });

  it('names what is there, first what differs by a path', () => {
    const text = `${b}  one\n${b}  two\n${b}  three\n${b}  four\n${b}  five\n${a}  /home/ci/dist/tool.tar.gz\n`;
    expect(() => digest(text)).toThrow('it has /home/ci/dist/tool.tar.gz, one, two, three, four and 1 more');
    expect(digest(text, '/home/ci/dist/tool.tar.gz')).toBe(`sha256:${a}`);
    expect(() => digest(`${a}  x\u202ey\n`)).toThrow('it has x\\u202ey');
  });
});

describe('names in checksum files', () => {
  it.each([
    ['a\\b', `\\${a}  a\\\\b\n`],
    ['a\\b', `\\SHA256 (a\\\\b) = ${a}\n`],
    ['a\nb\rc', `\\${a}  a\\nb\\rc\n`],
    ['a\\\\b', `${a}  a\\\\b\n`],
    ['töol', `${a}  töol\n`],
    ['tool ', `${a}  tool \n`],
    ['a)', `SHA256 (a)) = ${a}\n`],
    ['./tool', `${a}  tool\n`],
    ['tool', `${a}  ./tool\n`],
  ])('%j is read', (name, text) => {
    expect(digest(text, name)).toBe(`sha256:${a}`);
  });

  it.each([
    ['a\\b', `${a}  a\\\\b\n`],
    ['a\\\\b', `\\${a}  a\\\\b\n`],
    ['töol', Buffer.from(`${a}  töol\n`, 'latin1')],
    ['to\u0308ol', `${a}  töol\n`],
    ['t\ufffdol', Buffer.from(`${a}  töol\n`, 'latin1')],
    ['tool', `${a}  tool \n`],
    ['tool ', `${a}  tool\n`],
    ['a', `${a}  dist/a\n`],
    ['dist/a', `${a}  a\n`],
  ])('%j is another one', (name, text) => {
    expect(() => digest(text, name)).toThrow(refusal('EVIDENCE_MISSING'));
  });
});

describe("Gentoo's headers", () => {
  const blake = `# BLAKE2B HASH\n${'e'.repeat(128)}  tool.tar.gz\n`;

  it('tell two algorithms of one length apart', () => {
    expect(digest(`${blake}# SHA512 HASH\n${long}  tool.tar.gz\n`)).toBe(`sha512:${long}`);
    expect(digest(`# SHA512 HASH\n${long}  tool.tar.gz\n${blake}`)).toBe(`sha512:${long}`);
    expect(
      digest(`# WHIRLPOOL HASH\r\n${'e'.repeat(128)}  tool.tar.gz\r\n# SHA256 HASH\r\n${a}  tool.tar.gz`),
    ).toBe(`sha256:${a}`);
  });

  it.each([
    ['of another algorithm alone', blake, 'ALGORITHM_REFUSED'],
    ['that its digits belie', `# SHA512 HASH\n${a}  tool.tar.gz\n`, 'EVIDENCE_MALFORMED'],
  ])('%s are refused', (_, text, code) => {
    expect(() => digest(text)).toThrow(refusal(code));
  });

  it('are no other comments', () => {
    expect(digest(`# the BLAKE2B HASH\n# BLAKE2B\n${long}  tool.tar.gz\n`)).toBe(`sha512:${long}`);
  });
});

describe('whatever stands in a file', () => {
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
