import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareDebianVersions,
  parseDebianVersion,
  splitDebianVersion,
  withoutEpoch,
} from '../../../../src/formats/upstream/debian-version.ts';

function compare(a: string, b: string): number {
  const [x, y] = [parseDebianVersion(a), parseDebianVersion(b)];
  if (x === undefined || y === undefined) throw new Error(`not a version: ${a} or ${b}`);
  return Math.sign(compareDebianVersions(x, y));
}

// Each verdict was confirmed with `dpkg --compare-versions`.
const table: readonly (readonly [string, '<' | '=' | '>', string])[] = [
  ['1.0', '=', '1.0'],
  ['1.0', '=', '1.0-0'],
  ['0:1.0', '=', '1.0'],
  ['1.00', '=', '1.0'],
  ['1.01', '=', '1.1'],
  ['1.9', '<', '1.10'],
  ['1.0-9', '<', '1.0-10'],
  ['1:0.1', '>', '9.9'],
  ['1:4.17.4-2', '>', '4.17.4-2'],
  ['1.0~rc1', '<', '1.0'],
  ['1.0~~', '<', '1.0~'],
  ['1.0~', '<', '1.0'],
  ['1.0-1~bpo13+1', '<', '1.0-1'],
  ['1.0-1+b1', '>', '1.0-1'],
  ['1.0-1+b1', '<', '1.0-1+deb13u1'],
  ['17.11-0+deb13u1', '<', '17.12-0+deb13u1'],
  ['1.0a', '>', '1.0'],
  ['1.0a', '<', '1.0+'],
  ['1.0a', '<', '1.0.'],
  ['1.0Z', '<', '1.0a'],
  ['1.2.3', '>', '1.2'],
  ['1.2-3-4', '>', '1.2-3'],
  ['99999999999999999999999', '>', '99999999999999999999998'],
  ['0.0', '>', '0'],
  ['2.0-0ubuntu1', '>', '2.0'],
  ['1.0+dfsg', '>', '1.0'],
  ['1.0+dfsg1', '<', '1.0+dfsg2'],
];

describe('compareDebianVersions', () => {
  it.each(table)('%s %s %s', (a, relation, b) => {
    const expected = { '<': -1, '=': 0, '>': 1 }[relation];
    expect(compare(a, b)).toBe(expected);
    expect(compare(b, a)).toBe(expected === 0 ? 0 : -expected);
  });

  it.each(table)('dpkg agrees: %s %s %s', (a, relation, b) => {
    const dpkg = spawnSync('dpkg', [
      '--compare-versions',
      a,
      { '<': 'lt', '=': 'eq', '>': 'gt' }[relation],
      b,
    ]);
    // Elsewhere than on Debian the table stands for dpkg.
    if (dpkg.error === undefined) expect(dpkg.status).toBe(0);
  });

  const version = fc.stringMatching(/^([0-9]{1,2}:)?[0-9][A-Za-z0-9.+~]{0,6}(-[A-Za-z0-9.+~]{1,4})?$/);

  it('is a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compare(a, a)).toBe(0);
        expect(compare(a, b) + compare(b, a)).toBe(0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseDebianVersion', () => {
  it.each([
    '',
    'a1',
    '1.0 ',
    ' 1.0',
    ':1.0',
    'x:1.0',
    '1:',
    '1.0-',
    '-1',
    '1_0',
    '1.0\n',
    '1.0;id',
    '1.0-1:2',
    '1:1.0-é',
  ])('refuses %j', (text) => {
    expect(parseDebianVersion(text)).toBeUndefined();
  });

  it('splits at the last dash', () => {
    expect(parseDebianVersion('2:1.2-rc1-3')).toEqual({ epoch: '2', upstream: '1.2-rc1', revision: '3' });
  });
});

it('drops the epoch only', () => {
  expect(withoutEpoch('1:4.17.4-2')).toBe('4.17.4-2');
  expect(withoutEpoch('4.17.4-2')).toBe('4.17.4-2');
});

// Each verdict is that of apt 2.6 and 3.0, which took the higher one of two such stanzas.
it.each([
  ['one', '>', '1.0-1'],
  ['2.0_1', '>', '1.0-1'],
  ['x:5.0', '>', '1.0-1'],
  ['0.9_x y', '<', '1.0-1'],
  ['-1', '<', '1.0-1'],
  ['~1', '<', '1.0-1'],
  ['', '<', '1.0-1'],
] as const)('what is no version has its place in the order: %j %s %s', (text, relation, version) => {
  expect(parseDebianVersion(text)).toBeUndefined();
  const difference = compareDebianVersions(splitDebianVersion(text), splitDebianVersion(version));
  expect(Math.sign(difference)).toBe(relation === '<' ? -1 : 1);
});
