/**
 * Which versions the catalogue allows (docs/catalogue.md, `versions`), and the choice among those that upstream has:
 * the highest that the policy allows, whatever upstream calls its latest.
 */
import { PolicyError } from '../model/errors.ts';
import {
  compareVersions,
  isPrerelease,
  parseVersion,
  type Ordering,
  type OrderedVersion,
} from '../formats/own/version-order.ts';
import { isInRange } from '../formats/own/version-range.ts';
import type { Versions } from '../formats/own/versions-schema.ts';

export interface VersionPolicy {
  readonly ordering: Ordering;
  /** As `rangeFault` has accepted it. Undefined: any. */
  readonly range?: string | undefined;
  /** By their number, or a word in it (`isPrerelease`), as by the publisher's mark. */
  readonly prereleases?: boolean | undefined;
  readonly minimumAgeMs?: number | undefined;
}

export interface VersionCandidate {
  /** Without what the tag has around it. */
  readonly version: string;
  readonly tag: string;
  /** When it was published, by a clock that is not the publisher's. */
  readonly publishedAt?: Date | undefined;
  /** The publisher's mark. */
  readonly isPrerelease?: boolean;
  /** The manifests have it already: its age no longer counts. */
  readonly isInUse?: boolean;
}

/** `versions` of the catalogue, as its schema has read it, and the ordering that goes with it, as a policy. */
export function versionPolicy(
  ordering: Ordering,
  versions: Partial<Pick<Versions, 'range' | 'prereleases' | 'minimumAge'>> = {},
): VersionPolicy {
  const { range, prereleases, minimumAge } = versions;
  return { ordering, range, prereleases, minimumAgeMs: minimumAge };
}

export interface ChoiceContext {
  /** For messages: what the versions are of, and where they were found. */
  readonly what: string;
  /** What to do where nothing fits. */
  readonly hint?: string;
  /** What to do where nothing is dated. */
  readonly undatedHint?: string | undefined;
  /** Tags found there that are no versions of the template's form. */
  readonly ignored?: readonly string[];
}

/**
 * The highest candidate that the policy allows; of the same version, the first by tag. It does not depend on the
 * candidates' order. A version that isn't one by the policy's ordering is passed over.
 *
 * Throws PolicyError `VERSION_UNAVAILABLE` where none is allowed, and `VERSION_TOO_YOUNG` where each of those that are
 * is younger than the minimum age, or undated.
 */
export function chooseVersion<C extends VersionCandidate>(
  policy: VersionPolicy,
  candidates: readonly C[],
  now: Date,
  context: ChoiceContext,
): C {
  const ordered = candidates.flatMap((candidate) => {
    const version = parseVersion(policy.ordering, candidate.version);
    return version === undefined ? [] : [{ candidate, version }];
  });
  const latestFirst = ordered.toSorted(
    (a, b) => compareVersions(b.version, a.version) || byText(a.candidate, b.candidate),
  );
  const allowed = latestFirst.filter((one) => isAllowed(policy, one));
  if (allowed.length === 0) {
    const known = new Set(ordered.map(({ candidate }) => candidate));
    const unordered = candidates.filter((candidate) => !known.has(candidate)).map(({ tag }) => tag);
    const ignored = [...(context.ignored ?? []), ...unordered];
    throw unavailable(
      policy,
      latestFirst.map(({ candidate }) => candidate),
      ignored,
      context,
    );
  }
  const chosen = allowed.find(({ candidate }) => isOldEnough(policy, candidate, now));
  if (chosen !== undefined) return chosen.candidate;
  throw tooYoung(
    policy,
    allowed.map(({ candidate }) => candidate),
    context,
  );
}

/**
 * What the catalogue says of versions, asked about one by itself: its age and its publisher's mark as a pre-release do
 * not count. A version that is held is any that was let in once.
 */
export function allowsVersion(
  ordering: Ordering,
  { version: fixed, versions }: { readonly version?: string; readonly versions?: Partial<Versions> },
  version: string,
): boolean {
  if (fixed !== undefined) return version === fixed;
  if (versions?.hold !== undefined) return true;
  const ordered = parseVersion(ordering, version);
  const { range, prereleases } = versions ?? {};
  return (
    ordered !== undefined &&
    isAllowed({ ordering, range, prereleases }, { candidate: { version, tag: version }, version: ordered })
  );
}

/** Would the policy take this one, if there were no other? */
export function isAllowedVersion(policy: VersionPolicy, candidate: VersionCandidate, now: Date): boolean {
  const version = parseVersion(policy.ordering, candidate.version);
  return (
    version !== undefined && isAllowed(policy, { candidate, version }) && isOldEnough(policy, candidate, now)
  );
}

interface Ordered {
  readonly candidate: VersionCandidate;
  readonly version: OrderedVersion;
}

function isAllowed({ range, prereleases = false }: VersionPolicy, { candidate, version }: Ordered): boolean {
  if (!prereleases && (isPrerelease(version) || candidate.isPrerelease === true)) return false;
  return range === undefined || isInRange(range, version, prereleases);
}

function isOldEnough(
  { minimumAgeMs }: VersionPolicy,
  { publishedAt, isInUse }: VersionCandidate,
  now: Date,
): boolean {
  if (minimumAgeMs === undefined || isInUse === true) return true;
  return publishedAt !== undefined && now.getTime() - publishedAt.getTime() >= minimumAgeMs;
}

/** Versions that differ in nothing that counts: any fixed order will do. */
function byText(a: VersionCandidate, b: VersionCandidate): number {
  const [one, other] = [`${a.version} ${a.tag}`, `${b.version} ${b.tag}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

function unavailable(
  policy: VersionPolicy,
  latestFirst: readonly VersionCandidate[],
  ignored: readonly string[],
  { what, hint }: ChoiceContext,
): PolicyError {
  const names = latestFirst.map((one) => one.version + (one.isPrerelease === true ? ' (a pre-release)' : ''));
  const found = names.length === 0 ? 'no version' : firstOf(names, 'older');
  const passedOver =
    ignored.length === 0
      ? ''
      : `, and ${String(ignored.length)} not of the catalogue's form: ${firstOf(ignored, 'more')}`;
  const change = names.length === 0 && ignored.length > 0 ? '"tag" or "versions"' : '"versions"';
  return new PolicyError(
    'VERSION_UNAVAILABLE',
    `${what}: expected ${describePolicy(policy)}, found ${found}${passedOver}`,
    {
      hint: hint ?? `Change ${change} in the catalogue, or wait until upstream publishes such a version.`,
      context: {
        range: policy.range,
        found: latestFirst.slice(0, 20).map(({ version }) => version),
        ignored: ignored.slice(0, 20),
      },
    },
  );
}

/** The first five, each short enough to be read. */
function firstOf(names: readonly string[], others: string): string {
  const shown = names.slice(0, 5).map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${String(rest)} ${others}` : '');
}

/** For those who judge the age of one version only, once they know it. */
export function requireAge(
  policy: VersionPolicy,
  candidate: VersionCandidate,
  now: Date,
  context: ChoiceContext,
): void {
  if (!isOldEnough(policy, candidate, now)) throw tooYoung(policy, [candidate], context);
}

function tooYoung(
  { minimumAgeMs = 0 }: VersionPolicy,
  allowed: readonly VersionCandidate[],
  { what, undatedHint }: ChoiceContext,
): PolicyError {
  const days = `${String(Math.round(minimumAgeMs / 8_640_000) / 10)} days`;
  const dated = allowed.flatMap(({ version, publishedAt }) =>
    publishedAt === undefined
      ? []
      : [{ version, publishedAt, allowedFrom: new Date(publishedAt.getTime() + minimumAgeMs) }],
  );
  const next = dated.toSorted((a, b) => a.allowedFrom.getTime() - b.allowedFrom.getTime())[0];
  const found =
    next === undefined
      ? `${allowed[0]?.version ?? 'a version'}, which nothing but its publisher dates`
      : `${next.version} of ${next.publishedAt.toISOString()}`;
  const hint =
    next === undefined
      ? (undatedHint ?? 'Remove "minimumAge" from the source: nothing there can prove an age.')
      : `It is allowed from ${next.allowedFrom.toISOString()}; until then name an older one in "version", or lower "minimumAge".`;
  return new PolicyError(
    'VERSION_TOO_YOUNG',
    `${what}: expected a version that is at least ${days} old, found ${found}`,
    {
      hint,
      context: {
        minimumAgeMs,
        version: next?.version ?? allowed[0]?.version,
        allowedFrom: next?.allowedFrom.toISOString(),
      },
    },
  );
}

function describePolicy({ range, prereleases = false }: VersionPolicy): string {
  return (
    (range === undefined ? 'a version' : `a version in ${range}`) +
    (prereleases ? '' : ' that is no pre-release')
  );
}
