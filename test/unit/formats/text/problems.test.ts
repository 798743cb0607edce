import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { check, didYouMean, formatPath, show, type Problem } from '../../../../src/formats/text/problems.ts';

describe('check', () => {
  const schema = z.strictObject({
    name: z.string().regex(/^[a-z]+$/, { error: 'must be lower-case letters' }),
    size: z.int(),
    colour: z.enum(['red', 'green']).exactOptional(),
    shape: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('circle'), radius: z.number() }),
        z.strictObject({ type: z.literal('square'), side: z.number() }),
      ])
      .exactOptional(),
  });

  it('returns what is right, and adds no problem', () => {
    const problems: Problem[] = [];
    expect(check(schema, { name: 'a', size: 1 }, [], problems)).toEqual({ name: 'a', size: 1 });
    expect(problems).toEqual([]);
  });

  it('says of everything that is wrong what was expected and what was found', () => {
    const problems: Problem[] = [];
    const value = { name: 'A\u001b', siez: 1, colour: 'blue', shape: { type: 'circel' } };
    expect(check(schema, value, ['list', 3], problems)).toBeUndefined();
    expect(problems.map(({ path, message }) => `${formatPath(path)}: ${message}`)).toEqual([
      'list[3].name: must be lower-case letters, found "A\\u001b"',
      'list[3].size: is missing',
      'list[3].colour: must be "red" or "green", found "blue"',
      'list[3].shape.type: must be "circle" or "square", found "circel"; did you mean "circle"?',
      'list[3].siez: is not a known key; did you mean "size"?',
    ]);
  });

  it('says of a union what is wrong with the alternative that is nearest', () => {
    const union = z.union([
      z.strictObject({ a: z.number(), b: z.number() }),
      z.strictObject({ c: z.number() }),
    ]);
    const problems: Problem[] = [];
    check(union, { a: 1, b: 'x' }, [], problems);
    expect(problems).toEqual([{ path: ['b'], message: 'must be of type number, found "x"' }]);
  });
});

describe('didYouMean', () => {
  it.each([
    ['debain', ['debian', 'fluent-bit'], 'debian'],
    ['kind', ['kinds', 'version'], 'kinds'],
    ['signedby', ['signedBy', 'suite'], 'signedBy'],
    ['compnents', ['components'], 'components'],
    ['AMD64', ['arm64', 'amd64'], 'amd64'],
    ['Kinds', ['kind', 'kinds'], 'kinds'],
  ])('%s among %j', (word, options, expected) => {
    expect(didYouMean(word, options)).toBe(`; did you mean "${expected}"?`);
  });

  it.each([
    ['xyz', ['debian', 'kinds']],
    ['', ['ab']],
    ['debian', []],
    ['a'.repeat(101), ['a'.repeat(100)]],
  ])('does not guess for %s', (word, options) => {
    expect(didYouMean(word, options)).toBe('');
  });
});

describe('show', () => {
  it.each([
    ['a"b', String.raw`"a\"b"`],
    ['\u001b[2J\n', String.raw`"\u001b[2J\n"`],
    ['\u009b\u202e\u2028\u007f', String.raw`"\u{9b}\u{202e}\u{2028}\u{7f}"`],
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
  ])('%j', (value, expected) => {
    expect(show(value)).toBe(expected);
  });

  it('is one short line without control characters, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(show(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(show(text).length).toBeLessThanOrEqual(81);
      }),
    );
  });
});

describe('formatPath', () => {
  it('quotes what would read ambiguously', () => {
    expect(formatPath([])).toBe('');
    expect(formatPath(['a', 0, 'b-c', 'd.e', 'f g', 'h'])).toBe('a[0].b-c["d.e"]["f g"].h');
  });
});
