import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStanza, readFields } from '../../../../src/formats/upstream/deb822.ts';
import { AssayError, type VerificationError } from '../../../../src/model/errors.ts';

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
    ['as it was', 'A: 1\nA: 1\n'],
    ['in another case of its name', 'A: 1\na: 1\n'],
    ['with other white space', 'A: 1\nB: 2\nA :\t 1 \r\n'],
    ['with its continuation', 'A: 1\n x\n y\nA: 1\n\tx\n  y \n'],
    ['twice', 'A: 1\nA: 1\nA: 1\n'],
  ])('takes a field that stands there once more %s', (_, text) => {
    expect(parse(text).get('a')?.value).toBe('1');
  });

  it.each([
    ['another value', 'A: 1\na: 2\n'],
    ['a value in another case', 'A: x\nA: X\n'],
    ['no value', 'A: 1\nA:\n'],
    ['white space inside', 'A: 1 2\nA: 1  2\n'],
    ['another continuation', 'A: 1\n x\n y\nA: 1\n x\n z\n'],
    ['a longer continuation', 'A: 1\n x\nA: 1\n x\n y\n'],
    ['a shorter continuation', 'A: 1\n x\nA: 1\n'],
    ['another value at the third time', 'A: 1\nA: 1\nA: 2\n'],
  ])('refuses a field that stands there once more with %s', (_, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED', exitCode: 5 }) as VerificationError,
    );
  });

  it('takes a CR at the end of a line for white space, and an empty line with one for empty', () => {
    const stanza = parse('A: 1\r\nB: 2\r\n c\r\n\r\nA: 3\r\n');
    expect(stanza.get('a')?.value).toBe('1');
    expect(stanza.get('b')?.continuation).toEqual(['c']);
    expect(parse('\r\n \r\r\nA: 1\n').get('a')?.value).toBe('1');
  });

  it.each([
    ['a line without a colon', 'A: 1\nnonsense\n'],
    ['a name with a space', 'A B: 1\n'],
    ['a comment', '# x: y\nA: 1\n'],
    ['a continuation first', ' x\nA: 1\n'],
    ['an empty name', ': 1\n'],
    ['a CR before the name', 'A: 1\n\rB: 1\n'],
    ['a name that ends in a CR', 'A\r: 1\n'],
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

describe('readFields', () => {
  const read = (text: string) => readFields(Buffer.from(text), 'the test');
  const values = (text: string) => {
    const { fields, others } = read(text);
    return [...fields].map(([name, first]) => [
      name,
      [first, ...(others.get(name) ?? [])].map(({ value }) => value),
    ]);
  };

  it('reads what is there of a malformed stanza, and says what parseStanza would refuse', () => {
    const text = ' x\nA: 1\nnonsense\nB: 2\nA: 3\nB: 2\nA: 1\nA: 4\n';
    expect(values(text)).toEqual([
      ['a', ['1', '3', '4']],
      ['b', ['2']],
    ]);
    expect(read(text).fault?.message).toContain('begins with a continuation line');
    expect(read('A: 1\nnonsense\nA: 2\n').fault?.message).toContain('nonsense');
    expect(read('A: 1\nA: 1\n').fault).toBeUndefined();
  });

  it('compares the whole of a field that is there again', () => {
    expect(read('A: 1\n x\na: 1\n x\n').fault).toBeUndefined();
    expect(read('A: 1\n x\na: 1\n y\n').fault?.message).toContain('has the field "a" with two values');
    expect(read('A: 1\n x\nA: 1\n').fault?.code).toBe('EVIDENCE_MALFORMED');
  });
});

/** Were the time to grow with the square of the size, each would take minutes: more than a test may. */
describe('reads in time that grows with the size', () => {
  const size = 1 << 20;

  it.each([
    ['blanks inside of a value', `A: x${' \t\r'.repeat(size / 3)}x\n`],
    ['blanks behind a name', `A${' '.repeat(size)}: 1\n`],
    ['a line of blanks', `${' '.repeat(size)}\nA: 1\n`],
    ['lines of blanks', `${' \n'.repeat(size / 2)}A: 1\n`],
    ['continuation lines', `A: 1\n${' x\n'.repeat(size / 3)}`],
    ['one field again and again', 'A: 1\n'.repeat(size / 5)],
    ['many fields', Array.from({ length: size / 16 }, (_, at) => `F${String(at)}: 1\n`).join('')],
  ])('%s', (_, text) => {
    expect(readFields(Buffer.from(text), 'the test').fault).toBeUndefined();
  });

  it.each([
    ['no colon', 'a'.repeat(size)],
    ['blanks behind a name, and no colon', `A${' '.repeat(size)}x\n`],
    ['one field with other values', `A: 1\n${'A: 2\n'.repeat(size / 5)}`],
    ['lines that are no fields', 'x\n'.repeat(size / 2)],
    ['lines that are no fields, and then one that is', `${'x\n'.repeat(size / 2)}A: 1\n`],
  ])('%s', (_, text) => {
    const { fault } = readFields(Buffer.from(text), 'the test');
    expect(fault?.code).toBe('EVIDENCE_MALFORMED');
    expect(fault?.message.length).toBeLessThan(200);
  });
});
