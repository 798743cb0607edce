/**
 * Ranges of versions: those of the npm package `semver` (`~1.36`, `^2`, `>=1.4 <2`), and for what Debian's rules order
 * the relations of a Depends field (Debian policy 7.1): `>= 17, << 18`, all of which must hold.
 *
 * Where pre-releases are wanted, an upper bound keeps out its own: nobody who writes `<2.0.0` means 2.0.0-rc.1, though
 * that is lower.
 */
import { Range, type Comparator } from 'semver';
import { parseDebianVersion } from '../upstream/debian-version.ts';
import { compareVersions, isPrereleaseOf, type Ordering, type OrderedVersion } from './version-order.ts';

const relation = /^(<<|<=|=|>=|>>)\s*(\S+)$/;

const holds: Readonly<Record<string, (difference: number) => boolean>> = {
  '<<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '=': (difference) => difference === 0,
  '>=': (difference) => difference >= 0,
  '>>': (difference) => difference > 0,
};

/** What is wrong with a range as it is written, or undefined. */
export function rangeFault(ordering: Ordering, text: string): string | undefined {
  if (text.trim() === '') return 'must not be empty';
  if (ordering === 'debian') {
    const isRelations = relationsOf(text) !== undefined;
    return isRelations ? undefined : 'must be Debian relations, such as ">= 17, << 18"';
  }
  // The package would take it for any version at all.
  if (text.split('||').some((part) => part.trim() === '')) {
    return 'must not have an empty alternative beside "||": it would mean any version';
  }
  // The package would leave it out, so that =1.2.3+one would match +two.
  if (text.includes('+')) return 'must not have build metadata: name such a version in "version"';
  return semverRange(text, false) === undefined
    ? 'must be a range of versions, such as "~1.36", "^2" or ">=1.4 <2"'
    : undefined;
}

/** `text` as `rangeFault` has accepted it. `prereleases`: those in the range's span are in it, too. */
export function isInRange(text: string, version: OrderedVersion, prereleases: boolean): boolean {
  if (version.ordering === 'semver') {
    const range = semverRange(text, prereleases);
    if (!prereleases) return range?.test(version.semver.version) ?? false;
    return range?.set.some((comparators) => holdAll(comparators, version)) ?? false;
  }
  return (
    relationsOf(text)?.every(({ operator, debian }) => {
      const bound = { ordering: 'debian', debian } as const;
      if (prereleases && operator === '<<' && isPrereleaseOf(version, bound)) return false;
      return holds[operator]?.(compareVersions(version, bound));
    }) ?? false
  );
}

/** Is there a version that it does not go beyond? A range without selects whatever is the latest. `text` as `rangeFault` has accepted it. */
export function hasUpperBound(text: string): boolean {
  const bounds: readonly string[] = ['<', '<='];
  const isExact = ({ operator, value }: Comparator) => operator === '' && value !== '';
  const alternatives = semverRange(text, false)?.set ?? [];
  return alternatives.every((all) => all.some((one) => isExact(one) || bounds.includes(one.operator)));
}

function holdAll(
  all: readonly Comparator[],
  version: Extract<OrderedVersion, { ordering: 'semver' }>,
): boolean {
  const { semver } = version;
  // That of "any version" has none.
  const bounds = all.filter(({ value }) => value !== '');
  // `>=2.0.0-rc.1 <2.0.0` asks for them by name.
  const isNamed = bounds.some(
    (one) => one.semver.prerelease.length > 0 && one.semver.compareMain(semver.version) === 0,
  );
  return bounds.every((one) => {
    const isOwn = one.operator === '<' && isPrereleaseOf(version, { ordering: 'semver', semver: one.semver });
    return one.test(semver.version) && (isNamed || !isOwn);
  });
}

function semverRange(text: string, includePrerelease: boolean): Range | undefined {
  try {
    return new Range(text, { includePrerelease });
  } catch {
    return undefined;
  }
}

function relationsOf(text: string) {
  const relations = text.split(',').flatMap((part) => {
    const [, operator, version] = relation.exec(part.trim()) ?? [];
    const debian = version === undefined ? undefined : parseDebianVersion(version);
    return operator === undefined || debian === undefined ? [] : [{ operator, debian }];
  });
  return relations.length === text.split(',').length ? relations : undefined;
}
