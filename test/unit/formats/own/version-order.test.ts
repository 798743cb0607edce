/** Which of two versions is later, by the ordering that the catalogue names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion, type Ordering } from '../../../../src/formats/own/version-order.ts';

function compare(ordering: Ordering, a: string, b: string): number {
  return Math.sign(compareVersions(parseVersion(ordering, a)!, parseVersion(ordering, b)!));
}

const part = fc.nat({ max: 12 });
const semver = fc
  .tuple(
    part,
    part,
    part,
    fc.constantFrom('', '-rc.1', '-rc.2', '-beta'),
    fc.constantFrom('', '+k3s1', '+k3s2', '+k3s10'),
  )
  .map(([major, minor, patch, pre, build]) => `${major}.${minor}.${patch}${pre}${build}`);

describe('versions by Semantic Versioning', () => {
  it.each([
    ['1.36.9', '1.36.10'],
    ['1.37.0-rc.1', '1.37.0'],
    ['1.37.0-rc.9', '1.37.0-rc.10'],
    ['1.37.0-alpha.3', '1.37.0-beta.1'],
    ['1.35.5', '1.35.5+k3s1'],
    ['1.35.5+k3s1', '1.35.5+k3s2'],
    ['1.35.5+k3s2', '1.35.5+k3s10'],
    ['1.35.5+k3s10', '1.35.6+k3s1'],
  ])('%s is before %s', (earlier, later) => {
    expect(compare('semver', earlier, later)).toBe(-1);
    expect(compare('semver', later, earlier)).toBe(1);
    expect(compare('semver', later, later)).toBe(0);
  });

  it.each([
    '',
    '1',
    '1.2',
    'v1.2.3',
    ' 1.2.3',
    '1.2.3 ',
    '=1.2.3',
    '01.2.3',
    '1.2.3-',
    '1.2.3.4',
    'latest',
    '20260512-2476',
  ])('%j is none', (text) => {
    expect(parseVersion('semver', text)).toBeUndefined();
  });

  it('have one order, whichever two are compared', () => {
    fc.assert(
      fc.property(semver, semver, semver, (a, b, c) => {
        expect(compare('semver', a, b)).toBe(0 - compare('semver', b, a));
        if (compare('semver', a, b) <= 0 && compare('semver', b, c) <= 0) {
          expect(compare('semver', a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("versions by Debian's rules", () => {
  it.each([
    ['20260512-2476', '20260601-2500'],
    ['20260601-999', '20260601-1000'],
    ['17~rc1', '17'],
    ['9.0', '1:1.0'],
  ])('%s is before %s', (earlier, later) => {
    expect(compare('debian', earlier, later)).toBe(-1);
  });

  it('are not compared with others', () => {
    expect(() => compareVersions(parseVersion('debian', '1.0.0')!, parseVersion('semver', '1.0.0')!)).toThrow(
      TypeError,
    );
  });
});
