import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssayError, VerificationError } from '../../../../src/model/errors.ts';
import { frameCleartext } from '../../../../src/verify/openpgp/frame-cleartext.ts';
import { refusal } from '../../../support/refusals.ts';

const begin = '-----BEGIN PGP SIGNED MESSAGE-----\n';
const signature = '-----BEGIN PGP SIGNATURE-----\n\naaaa\n-----END PGP SIGNATURE-----\n';
const message = `${begin}Hash: SHA256\n\nfirst\nsecond\n${signature}`;

function frame(text: string | Buffer): { text: string; signatureBlocks: readonly string[] } {
  const framed = frameCleartext(typeof text === 'string' ? Buffer.from(text) : text);
  return { text: Buffer.from(framed.text).toString('latin1'), signatureBlocks: framed.signatureBlocks };
}

describe('frameCleartext', () => {
  it('returns the signed lines and the signature block', () => {
    expect(frame(message)).toEqual({ text: 'first\nsecond', signatureBlocks: [signature.trim()] });
  });

  it.each([
    ['without a final newline', message.trimEnd()],
    ['with CR LF throughout', message.replaceAll('\n', '\r\n')],
    ['with white space at line ends', message.replaceAll('\n', ' \t\n')],
    ['with white space behind END', `${message.trimEnd()} \t\r\n`],
    ['with a CR at its very end', `${message.trimEnd()}\r`],
    ['with no armor header', message.replace('Hash: SHA256\n', '')],
    ['with several hashes', message.replace('SHA256', 'SHA256, SHA512,SHA1')],
    ['with no space behind Hash:', message.replace('Hash: ', 'Hash:')],
    ['with needless escapes', message.replace('first', '- first')],
  ])('reads the same text %s', (_, variant) => {
    expect(frame(variant).text).toBe('first\nsecond');
  });

  it('returns every block of a message with several', () => {
    expect(frame(message + signature).signatureBlocks).toEqual([signature.trim(), signature.trim()]);
  });

  it('undoes the escapes once', () => {
    expect(frame(message.replace('first', '- - -\n- -----BEGIN PGP SIGNATURE-----')).text).toBe(
      '- -\n-----BEGIN PGP SIGNATURE-----\nsecond',
    );
  });

  it('keeps empty lines and leading white space', () => {
    expect(frame(message.replace('first', '\n  first\n')).text).toBe('\n  first\n\nsecond');
  });

  it.each(['\v', '\f', '\u0085', '\u2028', '\u2029', '\ufeff'])('does not end a line at %j', (character) => {
    const line = `a${character}-----BEGIN PGP SIGNATURE-----`;
    const { text } = frame(message.replace('first', line));
    expect(Buffer.from(text, 'latin1').toString()).toBe(`${line}\nsecond`);
  });

  it.each([
    ['nothing at all', ''],
    ['a plain Release', 'Origin: Debian\n'],
    ['a line before it', `Origin: Evil\n${message}`],
    ['an empty line before it', `\n${message}`],
    ['a space before it', ` ${message}`],
    ['a byte order mark before it', `\ufeff${message}`],
    ['another armor header', message.replace('Hash: SHA256', 'Hash: SHA256\nComment: x')],
    ['a field among the armor headers', message.replace('Hash: SHA256', 'Hash: SHA256\nSHA256:')],
    ['a lower-case armor header', message.replace('Hash:', 'hash:')],
    ['an armor header without a value', message.replace('Hash: SHA256', 'Hash:')],
    ['an armor header with something behind its value', message.replace('SHA256', 'SHA256 x')],
    ['an armor header with an empty value', message.replace('SHA256', 'SHA256,')],
    ['an armor header that begins with a space', message.replace('Hash:', ' Hash:')],
    ['no empty line behind the headers', `${begin}Hash: SHA256\nfirst\n${signature}`],
    ['only headers', `${begin}Hash: SHA256\n`],
    ['a bare dash', message.replace('first', '-')],
    ['a dash and a tab', message.replace('first', '-\tfirst')],
    ['a message in the message', message.replace('first', begin.trim())],
    ['no signature block', `${begin}\nfirst\n`],
    ['a signature block without an end', message.replace('-----END PGP SIGNATURE-----\n', '')],
    ['garbage on the END line', `${message.trimEnd()} x\n`],
    ['another armor line in the signature block', message.replace('aaaa', '-----END PGP MESSAGE-----')],
    ['a dash in the signature block', message.replace('aaaa', '-aaa')],
    ['a line behind it that has an END line', `${message}Origin: Evil\n-----END PGP SIGNATURE-----\n`],
    ['a line behind it', `${message}Origin: Evil\n`],
    ['an empty line behind it', `${message}\n`],
    ['an empty line behind it, with CR LF throughout', `${message}\n`.replaceAll('\n', '\r\n')],
    ['a line of blanks behind it', `${message} \t\n`],
    ['a blank behind it', `${message} `],
    ['an empty line between its signature blocks', `${message}\n${signature}`],
    ['a line of blanks between its signature blocks', `${message}\t\n${signature}`],
    ['an empty line behind the second block', `${message}${signature}\n`],
    ['a form feed behind it', `${message}\f\n`],
    ['a second message behind it', message + message],
    ['a key behind it', `${message}-----BEGIN PGP PUBLIC KEY BLOCK-----\n`],
    ['a CR inside of a line', message.replace('first', 'fi\rrst')],
    ['CR CR LF', message.replace('first\n', 'first\r\r\n')],
    ['CR and a space before LF', message.replace('first\n', 'first\r \n')],
    ['CR only', message.replaceAll('\n', '\r')],
    ['a NUL in the text', message.replace('first', 'fi\0rst')],
    ['a NUL on the first line', message.replace('\n', '\0\n')],
    ['a NUL behind it', `${message}\0`],
  ])('refuses %s', async (_, variant) => {
    await refusal(() => frame(variant), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    ['an armor header of 300 kB', message.replace('SHA256', `SHA${'2'.repeat(300_000)}`)],
    ['many armor headers', message.replace('Hash: SHA256\n', 'Hash: SHA256\n'.repeat(1000))],
    ['many signature blocks', message + signature.repeat(1000)],
    ['many lines', message.replace('first', '\n'.repeat(300_000))],
    ['a file of 9 MB', message.replace('first', 'x'.repeat(9_000_000))],
  ])('stops at %s', async (_, variant) => {
    await refusal(() => frame(variant), VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each([
    [
      'armor headers',
      16,
      (count: number) => message.replace('Hash: SHA256\n', 'Hash: SHA256\n'.repeat(count)),
    ],
    [
      'bytes of an armor header',
      1024,
      (count: number) => message.replace('Hash: SHA256', 'Hash: '.padEnd(count, 'x')),
    ],
    ['signature blocks', 16, (count: number) => message + signature.repeat(count - 1)],
    // Nine stand there without those that are put in.
    ['lines', 200_000, (count: number) => message.replace('first', '\n'.repeat(count - 9))],
    [
      'bytes',
      8 * 1024 * 1024,
      (count: number) => message.replace('first', 'x'.repeat(count - message.length + 'first'.length)),
    ],
  ])('takes as many %s as there may be, and no more', async (_, most, make) => {
    frame(make(most));
    await refusal(() => frame(make(most + 1)), VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each([
    [1, ` ${message}`],
    [3, message.replace('Hash: SHA256', 'Hash: SHA256\nComment: x')],
    [5, message.replace('second', '-')],
    [5, `${begin}\nfirst\nsecond\nthird\n`],
    [8, message.replace('aaaa', '-')],
    [8, message.replace('-----END PGP SIGNATURE-----\n', '')],
    [10, `${message}x\n`],
    [4, message.replace('first', 'fi\rrst')],
    [4, message.replace('first', 'fi\0rst')],
  ])('says that line %d is wrong', async (line, variant) => {
    const error = await refusal(() => frame(variant), VerificationError, 'EVIDENCE_MALFORMED');
    expect(error.context).toEqual({ line });
  });

  it('gives back the lines that were signed, whatever they are', () => {
    const byte = fc.constantFrom('-', '-', ' ', '\t', '\v', '\f', 'a', 'B', ':', '\u0085', '\u00ff');
    const line = fc.string({ unit: byte, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
        const escaped = lines.map((text) => (text.startsWith('-') ? `- ${text}` : text)).join('\n');
        const file = Buffer.from(`${begin}\n${escaped}\n${signature}`, 'latin1');
        expect(frame(file).text).toBe(lines.map((text) => text.replace(/[ \t]+$/, '')).join('\n'));
      }),
    );
  });

  it('throws nothing but its own errors, for any pieces in any order', () => {
    const piece = fc.constantFrom(
      begin,
      signature,
      'Hash: SHA256\n',
      '\n',
      '- ',
      '-',
      '\r',
      'x',
      '\0',
      ' ',
      '\u2028',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.uint8Array(), (pieces, noise) => {
        for (const bytes of [Buffer.from(pieces.join('')), Buffer.concat([Buffer.from(begin), noise])]) {
          try {
            const { text, signatureBlocks } = frameCleartext(bytes);
            expect(signatureBlocks.length).toBeGreaterThan(0);
            expect(text.includes(0x0d) || text.includes(0)).toBe(false);
          } catch (error) {
            if (!(error instanceof AssayError)) throw error;
          }
        }
      }),
    );
  });
});
