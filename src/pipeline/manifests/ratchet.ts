/**
 * What is verified and yet refused until a person decides: the ratchet against what was resolved before. An entry never
 * becomes weaker or another silently. No I/O.
 */
import type { Difference } from '../../formats/own/changes.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { releaseLine, type ReleaseLines, type Standing } from '../../formats/own/release-lines.ts';
import { compareVersions, parseVersion, type Ordering } from '../../formats/own/version-order.ts';
import { isInForce, ratchetedKinds, type Waiver } from '../../formats/own/waivers.ts';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import type { Artifact } from '../../model/artifact.ts';
import { PolicyError, type PolicyCode } from '../../model/errors.ts';
import type { Verified } from '../../model/verification.ts';
import { placeChanges } from '../shared/entry-changes.ts';
import { vouchingChanges } from '../shared/vouching-changes.ts';

export interface Previous {
  readonly entry: ManifestEntry;
  /** Undefined where none is kept, or what is kept is about another artifact. */
  readonly evidence: EvidenceEntry | undefined;
}

/** What is known besides an entry's own past. */
export interface Memory {
  readonly waivers: readonly Waiver[];
  /** By question: as it stands in some manifest of the run. */
  readonly standing: ReadonlyMap<string, Previous>;
  readonly lines: ReleaseLines;
}

export const noMemory: Memory = { waivers: [], standing: new Map(), lines: {} };

/**
 * `ordering`: how the catalogue says that versions of its source are ordered.
 *
 * Throws PolicyError `ARTIFACT_MUTATED` (the same version with other bytes), or `VERSION_DOWNGRADED` (also where one of
 * the two is no version of that ordering, so that nobody can tell).
 */
export function checkVersion(next: Verified<Artifact>, previous: Previous, ordering: Ordering): void {
  const { subject } = next;
  const { entry, evidence } = previous;
  // The stub stood in for a file: there is nothing that could be lost.
  if (entry.digest === '') return;
  const before = evidence?.version ?? entry.version;
  // Without evidence only the manifest's version is known, which has no epoch.
  const hasLostEpoch = ordering === 'debian' && evidence === undefined;
  const after = hasLostEpoch ? withoutEpoch(subject.version) : subject.version;
  const context = { name: subject.name, platform: subject.platform, before: entry, after: subject };
  if (after === before && entry.digest !== subject.digest) {
    throw new PolicyError(
      'ARTIFACT_MUTATED',
      `${subject.name} ${after} had the digest ${entry.digest}, and now has ${subject.digest}`,
      { hint: `A published version does not change. Find out why; then ${acceptance(subject)}.`, context },
    );
  }
  if (isOlder(after, before, ordering)) {
    throw new PolicyError('VERSION_DOWNGRADED', `${subject.name} would go from ${before} back to ${after}`, {
      hint: `A withdrawn release, a stale mirror, or "ordering" is wrong. If it is meant, ${acceptance(subject)}.`,
      context,
    });
  }
}

function acceptance(subject: Artifact): string {
  return `remove its entry from the manifests of ${subject.platform.os} ${subject.platform.arch} and run again`;
}

function isOlder(after: string, before: string, ordering: Ordering): boolean {
  if (after === before) return false;
  const [a, b] = [parseVersion(ordering, after), parseVersion(ordering, before)];
  return a === undefined || b === undefined || compareVersions(a, b) < 0;
}

/** The line of a version, where a source has lines: Debian's versions are one after the other. */
export function lineOf(version: string, ordering: Ordering): string | undefined {
  return ordering === 'semver' ? releaseLine(version) : undefined;
}

/**
 * What an entry of that version is compared with: what its own release line had last, and of a new line what stands, or
 * stood, of any. `left`: by line, those left last at the end.
 */
export function baselineOf(
  version: string,
  ordering: Ordering,
  stood: Standing | undefined,
  left: Readonly<Record<string, Standing>> = {},
): Standing | undefined {
  const line = lineOf(version, ordering);
  const isSameLine = stood !== undefined && lineOf(stood.version, ordering) === line;
  if (isSameLine || line === undefined) return stood;
  return (Object.hasOwn(left, line) ? left[line] : undefined) ?? stood ?? Object.values(left).at(-1);
}

const codes: Readonly<Record<Waiver['change'], PolicyCode>> = {
  assurance: 'ASSURANCE_LOWERED',
  method: 'METHOD_CHANGED',
  witness: 'WITNESS_CHANGED',
  signer: 'SIGNER_CHANGED',
  issuer: 'ISSUER_CHANGED',
  host: 'HOST_CHANGED',
  repository: 'SOURCE_CHANGED',
  runner: 'BUILD_CHANGED',
  ref: 'BUILD_CHANGED',
};

type Ratcheted = Difference & { readonly what: Waiver['change'] };

/**
 * Is it vouched for as before, but for what the catalogue waives? Gives the waivers that it took. Throws PolicyError, by
 * the first of what changed: `ASSURANCE_LOWERED`, `METHOD_CHANGED`, `WITNESS_CHANGED` (gone, or another), `SIGNER_CHANGED`
 * (another anchor or identity), `ISSUER_CHANGED`, `HOST_CHANGED`, `SOURCE_CHANGED`, `BUILD_CHANGED` (runner, or form of the source ref).
 */
export function checkVouching(
  name: string,
  before: Standing,
  after: Standing,
  waivers: readonly Waiver[],
  now: Date,
): readonly Waiver[] {
  const changes = ratcheted(before, after);
  const own = waivers.filter(({ entry }) => entry === name);
  const waiverOf = (change: Ratcheted) =>
    own.find(
      ({ change: what, from, to }) => what === change.what && from === change.from && to === change.to,
    );
  const refused = changes.filter((change) => {
    const waiver = waiverOf(change);
    return waiver === undefined || !isInForce(waiver, now);
  });
  const [first] = refused;
  if (first === undefined) return changes.flatMap((change) => waiverOf(change) ?? []);
  const versions =
    before.version === after.version ? after.version : `${after.version} after ${before.version}`;
  throw new PolicyError(codes[first.what], `${name} ${versions}: ${textOf(first)}`, {
    lines: [
      ...refused.slice(1).map((change) => `  and ${textOf(change)}`),
      ...refused.flatMap((change) => {
        const expired = waiverOf(change);
        return expired === undefined ? [] : [`  its waiver has expired on ${expired.expires}`];
      }),
      ...foreign(refused, own),
    ],
    hint: `Find out why. If it is meant, add to "waivers" of the catalogue: ${refused.map((one) => waiverText(name, one)).join(', ')}`,
    context: { name, before, after, changes: refused },
  });
}

/** In the order of their danger. */
function ratcheted(before: Standing, after: Standing): readonly Ratcheted[] {
  const place = ({ url, question: { type } }: Standing) => ({ url, type });
  const sighting = (one: Standing) => ({
    entry: { ...place(one), version: one.version, digest: '', size: 0 } as const,
    evidence: one as EvidenceEntry,
  });
  const all = [...vouchingChanges(before, after), ...placeChanges(sighting(before), sighting(after))];
  return ratchetedKinds.flatMap((kind) =>
    all.filter((one): one is Ratcheted => one.what === kind && one.lookAt === true),
  );
}

function textOf({ what, from, to }: Ratcheted): string {
  return `its ${what} was "${from}", and would be "${to}"`;
}

/** Waivers of the entry that are near, and for another change. */
function foreign(refused: readonly Ratcheted[], own: readonly Waiver[]): readonly string[] {
  return refused.flatMap(({ what, from, to }) =>
    own
      .filter((one) => one.change === what && (one.from !== from || one.to !== to))
      .map((one) => `  its waiver is for another change: from "${one.from}" to "${one.to}"`),
  );
}

function waiverText(entry: string, { what, from, to }: Ratcheted): string {
  const text = JSON.stringify({ entry, change: what, from, to, reason: '…', expires: '…' });
  return text.replaceAll(/"(entry|change|from|to|reason|expires)":/g, '$1: ').replaceAll('",', '", ');
}
