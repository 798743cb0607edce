import { expect, it } from 'vitest';
import { oncePer } from '../../../src/model/once-per.ts';

it('makes one value for each object, whatever it is alike to', () => {
  let made = 0;
  const numberOf = oncePer<object, number>(() => (made += 1));
  const [one, other] = [{}, {}];
  expect([one, other, one, other].map(numberOf)).toEqual([1, 2, 1, 2]);
});

it('throws what making throws, each time', () => {
  const fails = oncePer<object, never>(() => {
    throw new RangeError('no');
  });
  const one = {};
  expect(() => fails(one)).toThrow(RangeError);
  expect(() => fails(one)).toThrow(RangeError);
});
