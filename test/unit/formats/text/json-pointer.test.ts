/** JSON Pointer: RFC 6901's own examples, and what leads nowhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPointerSchema, valueAt } from '../../../../src/formats/text/json-pointer.ts';

const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'm~n': 8,
  '~1': 9,
  ' ': 7,
};

describe('a JSON pointer', () => {
  it.each<[string, unknown]>([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/m~0n', 8],
    ['/~01', 9],
    ['/ ', 7],
  ])('%j leads to its value', (pointer, value) => {
    expect(jsonPointerSchema.safeParse(pointer).success).toBe(true);
    expect(valueAt(document, pointer)).toEqual(value);
  });

  it.each([
    '/none',
    '/foo/2',
    '/foo/-',
    '/foo/00',
    '/foo/01',
    '/foo/length',
    '/foo/0/0',
    '/toString',
    '/__proto__',
    '/foo/map',
  ])('%j leads nowhere', (pointer) => {
    expect(valueAt(document, pointer)).toBeUndefined();
  });

  it.each(['foo', 'foo/bar', '/a~', '/a~2b', '#/foo'])('%j is none', (pointer) => {
    expect(jsonPointerSchema.safeParse(pointer).success).toBe(false);
  });

  it('finds every value of every document', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.integer())), (value) => {
        for (const [name, list] of Object.entries(value)) {
          const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
          expect(valueAt(value, `/${token}`)).toBe(list);
          list.forEach((item, at) => {
            expect(valueAt(value, `/${token}/${String(at)}`)).toBe(item);
          });
        }
      }),
      { numRuns: 100 },
    );
  });
});
