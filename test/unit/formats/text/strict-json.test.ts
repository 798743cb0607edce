import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../../src/formats/text/strict-json.ts';

class Refused extends Error {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (input: string | Uint8Array): unknown =>
  parseStrictJson(typeof input === 'string' ? bytes(input) : input, (...args) => new Refused(...args));

function refusal(input: string | Uint8Array): Refused {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    expect(
      parse(' {"a": [1, -2, 0.5, true, false, null, "\\u00e9\\n\\ud83d\\ude00"], "b": {}, "c": []}\n'),
    ).toEqual({
      a: [1, -2, 0.5, true, false, null, 'é\n😀'],
      b: {},
      c: [],
    });
  });

  it('agrees with JSON.parse on what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, null, 2);
        // The strict reader also refuses these two, which a generator may come up with.
        fc.pre(!text.includes('__proto__') && !/-0\b|\d[eE]/.test(text) && !/\\ud[89a-f]/.test(text));
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes nothing that JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"\\ \n\t'.split(''),
      'null',
      'true',
      '1',
      '-',
      '0',
      '.5',
      '1e',
      'a',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        let value: unknown;
        try {
          value = parse(text);
        } catch {
          return;
        }
        expect(value).toEqual(JSON.parse(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['a repeated key', '{"a": 1,\n "a": 2}', 2, 2],
    ['a key repeated through an escape', '{"a":1,"\\u0061":2}', 1, 8],
    ['a repeated key further down', '{"x": [{"b": 1, "b": 1}]}', 1, 17],
    ['__proto__', '{"__proto__": {}}', 1, 2],
    ['a number that is rounded', '[9007199254740993]', 1, 2],
    ['a fraction that is rounded away', '[341704704.0000000001]', 1, 2],
    ['another spelling of an integer', '[1e3]', 1, 2],
    ['minus zero', '[-0]', 1, 2],
    ['half of a surrogate pair', '["\\ud800"]', 1, 2],
    ['a trailing comma in an object', '{"a": 1,\n}', 2, 1],
    ['a trailing comma in an array', '[1,]', 1, 4],
    ['a missing comma', '{"a": 1\n "b": 2}', 2, 2],
    ['a missing colon', '{"a" 1}', 1, 6],
    ['a comment', '{} // no', 1, 4],
    ['a second document', '{} {}', 1, 4],
    ['a leading zero', '[01]', 1, 3],
    ['a raw control character', '["a\u0001"]', 1, 2],
    ['an unknown escape', '["\\x41"]', 1, 2],
    ['a single-quoted string', "['a']", 1, 2],
    ['an open string', '["a', 1, 2],
    ['an open object', '{"a": 1', 1, 8],
    ['nothing', '', 1, 1],
    ['white space that is not JSON’s', '\u00a0{}', 1, 1],
    ['NaN', '[NaN]', 1, 2],
    ['a byte order mark', '\ufeff{}', 1, 1],
  ])('refuses %s', (_, text, line, column) => {
    expect(refusal(text)).toMatchObject({ line, column });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(refusal(new Uint8Array([0x22, 0xff, 0x22])).message).toContain('UTF-8');
    expect(refusal(new Uint8Array([0x22, 0xc0, 0xa2, 0x22])).message).toContain('UTF-8');
  });

  it('refuses deep nesting without running out of stack', () => {
    expect(refusal('['.repeat(200_000)).message).toContain('nested deeper');
    expect(refusal('{"a":'.repeat(200_000)).message).toContain('nested deeper');
  });
});
