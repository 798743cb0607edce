import { describe, expect, it } from 'vitest';
import { formatPath, type Problem } from '../../../../src/formats/text/problems.ts';
import {
  absent,
  absentAs,
  anything,
  as,
  base64,
  bytes,
  checkShape,
  choice,
  known,
  list,
  natural,
  open,
  record,
  strict,
  text,
  where,
  type Shape,
} from '../../../../src/formats/upstream/shape.ts';

function problemOf(shape: Shape<unknown>, value: unknown): string | undefined {
  const problems: Problem[] = [];
  const read = checkShape(shape, value, problems);
  const [problem, ...others] = problems;
  expect(others).toEqual([]);
  if (problem === undefined) return undefined;
  expect(read).toBeUndefined();
  return [formatPath(problem.path), problem.message].join(' ').trim();
}

const person = { name: text, age: absent(natural) };

describe('gives back what it read', () => {
  it.each<[string, Shape<unknown>, unknown, unknown]>([
    ['text', text, '', ''],
    ['a number', natural, 0, 0],
    ['the largest number that is exact', natural, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['a choice', choice('a', 'b'), 'b', 'b'],
    ['base64, as text', base64, 'YWI=', 'YWI='],
    ['base64, as bytes', bytes, 'YWI=', Buffer.from('ab')],
    ['a list', list(text), ['a', 'b'], ['a', 'b']],
    ['an empty list', list(text), [], []],
    ['a record', record(natural), { a: 1, toString: 2 }, { a: 1, toString: 2 }],
    ['anything', anything, null, null],
    ['the fields it knows', known(person), { name: 'x', other: 1 }, { name: 'x' }],
    ['what makes something of it', as(text, ({ length }) => length), 'abc', 3],
    ['what holds', where(text, (found) => found === 'x', 'must be x'), 'x', 'x'],
    ['the names of other fields', open(person), { name: 'x', b: 1, a: 2 }, { name: 'x', others: ['b', 'a'] }],
    ['no names where there are none', open(person), { name: 'x', age: 3 }, { name: 'x', age: 3, others: [] }],
    ['what must be, and nothing else', strict(person), { age: 3, name: 'x' }, { name: 'x', age: 3 }],
  ])('%s', (_, shape, value, read) => {
    expect(problemOf(shape, value)).toBeUndefined();
    expect(checkShape(shape, value, [])).toEqual(read);
  });

  it.each([undefined, null])('nothing, or what stands for it, of %s', (value) => {
    expect(absent(text)(value, [])).toBeUndefined();
    expect(absentAs(text, 'x')(value, [])).toBe('x');
    expect(absentAs(text, 'x')('', [])).toBe('');
  });
});

describe('refuses', () => {
  it.each<[Shape<unknown>, unknown, string]>([
    [text, 5, 'must be of type string, found 5'],
    [text, undefined, 'is missing'],
    [text, null, 'must be of type string, found null'],
    [natural, '5', 'must be of type int, found "5"'],
    [natural, -1, 'must be a whole number from 0 on, found -1'],
    [natural, 1.5, 'must be a whole number from 0 on, found 1.5'],
    [natural, Number.MAX_SAFE_INTEGER + 1, 'must be a whole number from 0 on, found 9007199254740992'],
    [
      choice('debian', 'ubuntu'),
      'debain',
      'must be "debian" or "ubuntu", found "debain"; did you mean "debian"?',
    ],
    [choice('a'), undefined, 'is missing'],
    [choice('a'), null, 'must be "a", found null'],
    [anything, undefined, 'is missing'],
    [known({ any: anything }), {}, 'any is missing'],
    [base64, '', 'must not be empty, found ""'],
    [base64, 'YWI', 'must be base64 in its canonical form, found "YWI"'],
    [bytes, 'YWJ=', 'must be base64 in its canonical form, found "YWJ="'],
    [list(text), {}, 'must be of type array'],
    [list(text), ['a', 'b', 5], '[2] must be of type string, found 5'],
    [list(absent(text)), ['a', 5], '[1] must be of type string, found 5'],
    [record(text), ['a'], 'must be of type object'],
    [record(text), { a: 'a', b: 5 }, 'b must be of type string, found 5'],
    [known(person), null, 'must be of type object, found null'],
    [known(person), 'x', 'must be of type object, found "x"'],
    [known(person), ['x'], 'must be of type object'],
    [known(person), {}, 'name is missing'],
    [known({ toString: text }), {}, 'toString is missing'],
    [
      known({ one: known(person) }),
      { one: { name: 'x', age: 'y' } },
      'one.age must be of type int, found "y"',
    ],
    [open(person), { age: 1 }, 'name is missing'],
    [strict(person), { name: 'x', toString: 1 }, 'toString is not a known key'],
    [strict(person), { nmae: 'x', name: 'x' }, 'nmae is not a known key; did you mean "name"?'],
    [list(strict(person)), [{ name: 'x' }, { name: 'x', other: null }], '[1].other is not a known key'],
    [absent(text), 5, 'must be of type string, found 5'],
    [absentAs(list(text), []), [null], '[0] must be of type string, found null'],
    [where(list(text), ({ length }) => length < 2, 'must have one'), ['a', 'b'], 'must have one'],
    [as(text, (found) => found), 5, 'must be of type string, found 5'],
  ])('%o: %j', (shape, value, problem) => {
    expect(problemOf(shape, value)).toBe(problem);
  });

  it('and leaves errors that are none of a document to the caller', () => {
    const broken = as(text, () => {
      throw new TypeError('a mistake');
    });
    expect(() => checkShape(broken, 'x', [])).toThrow(new TypeError('a mistake'));
  });
});
