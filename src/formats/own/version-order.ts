/**
 * Which of two versions is the later one: by Semantic Versioning 2.0.0, or by Debian's rules (deb-version(7)). Which
 * of the two orders a source's versions is the catalogue's to say: it is never guessed from their look.
 */
import { parse as parseSemver } from 'semver';
import { compareDebianVersions, parseDebianVersion, type DebianVersion } from '../upstream/debian-version.ts';

export type Ordering = 'semver' | 'debian';

/** As far as it is asked: the package's own type would be one that programs need its declarations for. */
export interface SemanticVersion {
  /** Without build metadata. */
  readonly version: string;
  readonly prerelease: readonly (string | number)[];
  readonly build: readonly string[];
  compare(other: string): number;
  compareMain(other: string): number;
}

export type OrderedVersion =
  | { readonly ordering: 'semver'; readonly semver: SemanticVersion }
  | { readonly ordering: 'debian'; readonly debian: DebianVersion };

/** Undefined for what is no version of that ordering. */
export function parseVersion(ordering: Ordering, text: string): OrderedVersion | undefined {
  if (ordering === 'debian') {
    const debian = parseDebianVersion(text);
    return debian && { ordering, debian };
  }
  // The package would also read " v1.2.3": a version has no such prefix here.
  const semver = /^\d/.test(text) && text.trim() === text ? parseSemver(text) : null;
  return semver === null ? undefined : { ordering, semver };
}

/**
 * Words that publishers mark an unfinished version with, where Semantic Versioning's hyphen does not. Whole words only,
 * digits behind them or not. Single letters are none: OpenSSL's 1.1.1a is a release.
 */
const unfinished =
  /(?<![a-z])(?:alpha|beta|rc|cr|pre|preview|prerelease|dev|devel|snapshot|nightly|canary|milestone|ea)(?![a-z])/i;

/** Does a text say so, whatever its form is? */
export function hasUnfinishedWord(text: string): boolean {
  return unfinished.test(text);
}

/** Does its number say that it is none of the finished ones? */
export function isPrerelease(version: OrderedVersion): boolean {
  return version.ordering === 'semver'
    ? version.semver.prerelease.length > 0
    : hasUnfinishedWord(debianText(version.debian));
}

/** Is it a pre-release of this very version, as 2.0.0-rc.1 is of 2.0.0? Both of one ordering. */
export function isPrereleaseOf(version: OrderedVersion, release: OrderedVersion): boolean {
  if (!isPrerelease(version) || isPrerelease(release)) return false;
  if (version.ordering === 'semver') {
    return release.ordering === 'semver' && version.semver.compareMain(release.semver.version) === 0;
  }
  const text = debianText(version.debian);
  const finished = text.slice(0, text.search(unfinished)).replace(/[-.~+]+$/, '');
  const debian = parseDebianVersion(`${version.debian.epoch}:${finished}`);
  return debian !== undefined && compareVersions({ ordering: 'debian', debian }, release) === 0;
}

function debianText({ upstream, revision }: DebianVersion): string {
  return `${upstream}-${revision}`;
}

/** Negative, zero or positive, as `a` is earlier than, equal to or later than `b`. Both of one ordering. */
export function compareVersions(a: OrderedVersion, b: OrderedVersion): number {
  if (a.ordering === 'debian' && b.ordering === 'debian') return compareDebianVersions(a.debian, b.debian);
  if (a.ordering === 'semver' && b.ordering === 'semver') {
    return a.semver.compare(b.semver.version) || compareBuilds(a.semver, b.semver);
  }
  throw new TypeError('two versions of different orderings');
}

/**
 * Semantic Versioning leaves build metadata out of the ordering, and publishers order by it all the same: `+k3s2` is a
 * later build than `+k3s1`, and `+k3s10` later than both. Debian's rules compare digits as numbers.
 */
function compareBuilds(a: SemanticVersion, b: SemanticVersion): number {
  const of = ({ build }: SemanticVersion) => ({ epoch: '0', upstream: build.join('.'), revision: '' });
  return compareDebianVersions(of(a), of(b));
}
