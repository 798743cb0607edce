/** Ranges of versions, as the catalogue writes them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVersion, type Ordering } from '../../../../src/formats/own/version-order.ts';
import { isInRange, rangeFault } from '../../../../src/formats/own/version-range.ts';

function matches(ordering: Ordering, range: string, version: string, prereleases = false): boolean {
  expect(rangeFault(ordering, range)).toBeUndefined();
  return isInRange(range, parseVersion(ordering, version)!, prereleases);
}

describe('a range of semantic versions', () => {
  it.each([
    ['~1.36', ['1.36.0', '1.36.9', '1.36.4+k3s1'], ['1.35.9', '1.37.0', '1.36.1-rc.1', '1.37.0-rc.1']],
    ['^2', ['2.0.0', '2.9.1'], ['1.9.9', '3.0.0']],
    ['>=1.4 <2', ['1.4.0', '1.99.0'], ['1.3.9', '2.0.0']],
    ['1.4.x || 2.1.x', ['1.4.7', '2.1.0'], ['1.5.0', '2.0.9']],
  ])('%s', (range, inside, outside) => {
    for (const version of inside)
      expect([version, matches('semver', range, version)]).toEqual([version, true]);
    for (const version of outside)
      expect([version, matches('semver', range, version)]).toEqual([version, false]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['<2.0.0', ['1.9.0', '1.9.1-rc.1'], ['2.0.0-rc.1', '2.0.0-0', '2.0.0', '2.0.1-rc.1']],
    ['>=1.4 <2.0.0', ['1.4.0', '1.4.1-rc.1'], ['2.0.0-alpha', '2.0.0-rc.1']],
    ['<2', ['1.9.0'], ['2.0.0-rc.1']],
    ['<2.0.0-0', ['1.9.9'], ['2.0.0-rc.1', '2.0.0-0']],
    ['<2.0.0-rc.2', ['2.0.0-rc.1'], ['2.0.0-rc.2', '2.0.0']],
    ['>=2.0.0-alpha <2.0.0', ['2.0.0-alpha', '2.0.0-rc.1'], ['2.0.0', '1.9.9']],
    ['<=2.0.0', ['2.0.0-rc.1', '2.0.0'], ['2.0.1-rc.1']],
    ['^1.2.3', ['1.2.4-rc.1', '1.9.0'], ['2.0.0-rc.1', '1.2.3-rc.1']],
    ['~1.2.3', ['1.2.9-rc.1'], ['1.3.0-rc.1']],
    ['1.2.0 - 1.9.0', ['1.5.0-rc.1', '1.9.0'], ['1.9.1-rc.1', '2.0.0-rc.1']],
    ['1.x', ['1.9.0-rc.1'], ['2.0.0-rc.1']],
    ['1.4.x || <1.2.0', ['1.1.9', '1.4.1-rc.1'], ['1.2.0-rc.1', '1.5.0-rc.1']],
    ['>1.9.0', ['2.0.0-rc.1', '1.9.1-rc.1'], ['1.9.0-rc.1', '1.9.0']],
    ['*', ['2.0.0-rc.1', '0.0.1'], []],
  ])('%s, where pre-releases are wanted', (range, inside, outside) => {
    for (const version of inside)
      expect([version, matches('semver', range, version, true)]).toEqual([version, true]);
    for (const version of outside)
      expect([version, matches('semver', range, version, true)]).toEqual([version, false]);
  });

  it('has its pre-releases in it where they are wanted, and not those of the next one', () => {
    expect(matches('semver', '~1.36', '1.36.0-rc.1', true)).toBe(true);
    expect(matches('semver', '~1.36', '1.37.0-rc.1', true)).toBe(false);
  });

  it.each([
    ...['', '  ', 'latest', '>> 17', '1.2.3+k3s1', '~>>1'],
    ...['1.36.x || ', '|| 1.36.x', '1.36.x ||', '1.36.x || || 1.35.x', '||', ' || ', '1.36.x||'],
  ])('is refused as %j', (range) => {
    expect(rangeFault('semver', range)).toEqual(expect.any(String));
  });
});

describe('Debian relations', () => {
  it.each([
    ['>= 17, << 18', ['17', '17.12-0+deb13u1', '18~rc1'], ['16.9', '18', '1:17']],
    ['= 1:4.17.4-2', ['1:4.17.4-2'], ['4.17.4-2', '1:4.17.4-3']],
    ['<=2', ['2', '1'], ['2.0.1']],
    ['>>2', ['2.0.1'], ['2']],
  ])('%s', (range, inside, outside) => {
    for (const version of inside)
      expect([version, matches('debian', range, version)]).toEqual([version, true]);
    for (const version of outside)
      expect([version, matches('debian', range, version)]).toEqual([version, false]);
  });

  it.each([
    ['<< 2.0.0', '1.9.0', true],
    ['<< 2.0.0', '2.0.0~rc1', false],
    ['>= 1, << 2.0.0', '2.0.0~beta', false],
    ['<< 2.0.0~rc2', '2.0.0~rc1', true],
    ['<= 2.0.0', '2.0.0~rc1', true],
    ['<< 2.0.0', '1.9.9~rc1', true],
    ['<< 2.0.0', '2.0.0~bpo1', true],
  ])('%s keeps its own pre-releases out where they are wanted: %s', (range, version, isIn) => {
    expect(matches('debian', range, version, true)).toBe(isIn);
  });

  it.each(['', '17', '> 17', '< 17', '~1.36', '>= 17,', '>= 17 << 18', '>= a', ','])(
    'are refused as %j',
    (range) => {
      expect(rangeFault('debian', range)).toEqual(expect.any(String));
    },
  );
});

it('no text makes a range throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom<Ordering>('semver', 'debian'), (text, ordering) => {
      if (rangeFault(ordering, text) !== undefined) return;
      expect(isInRange(text, parseVersion(ordering, '1.2.3')!, true)).toEqual(expect.any(Boolean));
    }),
    { numRuns: 500 },
  );
});
