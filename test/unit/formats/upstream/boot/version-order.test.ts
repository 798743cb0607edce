import { expect, it } from 'vitest';
import { compareBootVersions } from '../../../../../src/formats/upstream/boot/version-order.ts';

/** UAPI.10, "Examples": each is older than the next. */
const ascending = [
  ['~1', '', '1'],
  [
    '122.1',
    '123~rc1-1',
    '123',
    '123-a',
    '123-a.1',
    '123-1',
    '123-1.1',
    '123^post1',
    '123.a-1',
    '123.1-1',
    '123a-1',
    '124-1',
  ],
  ['6.9.1', '6.10.0', '6.10.1'],
  ['1.0~rc1', '1.0', '1.0-1', '1.0^git', '1.0.1'],
];

it.each(ascending)('orders %s', (...versions) => {
  versions.forEach((one, at) =>
    versions.forEach((other, to) => {
      const order = Math.sign(compareBootVersions(one, other));
      expect(order, `${one} and ${other}`).toBe(Math.sign(at - to));
    }),
  );
});

it('takes leading zeros and other characters for nothing', () => {
  expect(compareBootVersions('1.01', '1.1')).toBe(0);
  expect(compareBootVersions('1_1', '11')).toBeLessThan(0);
  expect(compareBootVersions('1+', '1')).toBe(0);
});
