/**
 * Ranges of versions: those of the npm package `semver` (`~1.36`, `^2`, `>=1.4 <2`), and for what Debian's rules order
 * the relations of a Depends field (Debian policy 7.1): `>= 17, << 18`, all of which must hold.
 */
import { Range } from 'semver';
import { parseDebianVersion } from './debian-version.ts';
import { compareVersions, type Ordering, type OrderedVersion } from './version-order.ts';

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
  // The package would leave it out, so that =1.2.3+one would match +two.
  if (text.includes('+')) return 'must not have build metadata: name such a version in "version"';
  return semverRange(text, false) === undefined
    ? 'must be a range of versions, such as "~1.36", "^2" or ">=1.4 <2"'
    : undefined;
}

/** `text` as `rangeFault` has accepted it. `prereleases`: those in the range's span are in it, too. */
export function isInRange(text: string, version: OrderedVersion, prereleases: boolean): boolean {
  if (version.ordering === 'semver') return semverRange(text, prereleases)?.test(version.semver) ?? false;
  return (
    relationsOf(text)?.every(({ operator, debian }) =>
      holds[operator]?.(compareVersions(version, { ordering: 'debian', debian })),
    ) ?? false
  );
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
