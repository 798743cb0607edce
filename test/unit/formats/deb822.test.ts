import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStanza } from '../../../src/formats/deb822.ts';
import { AssayError, type VerificationError } from '../../../src/model/errors.ts';

const parse = (text: string) => parseStanza(Buffer.from(text), 'the test');

describe('parseStanza', () => {
  it('reads fields, case-insensitively, and trims values', () => {
    const stanza = parse('Package:  foo \nVERSION:\t1.0\t\nEmpty:\nX-Y : z\r\n');
    expect(stanza.get('package')?.value).toBe('foo');
    expect(stanza.get('version')?.value).toBe('1.0');
    expect(stanza.get('empty')?.value).toBe('');
    expect(stanza.get('x-y')?.value).toBe('z');
  });

  it('takes continuation lines as part of the value, whatever they look like', () => {
    const stanza = parse('Description: x\n Valid-Until: never\n\tSHA256: 00\nSize: 1\n');
    expect([...stanza.keys()]).toEqual(['description', 'size']);
    expect(stanza.get('description')?.continuation).toEqual(['Valid-Until: never', 'SHA256: 00']);
  });

  it('stops at a line of white space, and looks at nothing behind it', () => {
    expect([...parse('A: 1\n \t\nA: 2\nnonsense\n').entries()].length).toBe(1);
    expect(parse('\n\nA: 1\n').get('a')?.value).toBe('1');
  });

  it.each(['\u2028', '\u0085', '\v', '\f', '\r'])('does not end a line at %j', (separator) => {
    const stanza = parse(`A: 1${separator}B: 2\nC: 3\n`);
    expect([...stanza.keys()]).toEqual(['a', 'c']);
  });

  it.each([
    ['a repeated field', 'A: 1\na: 2\n'],
    ['a line without a colon', 'A: 1\nnonsense\n'],
    ['a name with a space', 'A B: 1\n'],
    ['a comment', '# x: y\nA: 1\n'],
    ['a continuation first', ' x\nA: 1\n'],
    ['an empty name', ': 1\n'],
    ['a name of control characters', '\u0001: 1\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED', exitCode: 5 }) as VerificationError,
    );
  });

  it('never throws anything but its own errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseStanza(bytes, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(AssayError);
        }
      }),
    );
  });
});
