/**
 * What changed between two states of manifests, entry by entry: what `diff` prints, and what a run that writes manifests
 * says in its summary. No I/O.
 */
import {
  differenceKinds,
  type Change,
  type ChangeSide,
  type Difference,
  type ManifestName,
} from '../../formats/own/changes.ts';
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { hostOf, linksOf, repositoryOf } from '../../formats/own/release-links.ts';
import { compareVersions, parseVersion, type Ordering } from '../../formats/own/version-order.ts';
import { sourceKinds } from '../../sources/registry.ts';
import { assurances } from '../../model/verification.ts';
import { assuranceText, differs, vouchingChanges } from './vouching-changes.ts';

/** An entry as it stands somewhere. */
export interface Sighting {
  readonly entry: ManifestEntry;
  /** Undefined where none is kept that is about it. */
  readonly evidence: EvidenceEntry | undefined;
}

/** One entry of one manifest, before and after: one of the two is there. */
export interface EntryPair {
  readonly manifest: ManifestName;
  readonly name: string;
  readonly before: Sighting | undefined;
  readonly after: Sighting | undefined;
}

/** Most dangerous first; what changed alike in several manifests once. */
export function changesOf(pairs: readonly EntryPair[]): readonly Change[] {
  const changes = pairs.flatMap((pair) => changeOf(pair) ?? []);
  // By name first: most catalogues have one manifest of each platform, or few.
  const byName = Map.groupBy(changes, ({ name }) => name);
  return inOrderOfDanger([...byName.values()].flatMap(merged));
}

function merged(changes: readonly Change[]): readonly Change[] {
  if (changes.length === 1) return changes;
  const alike = Map.groupBy(changes, (change) => JSON.stringify({ ...change, manifests: [] }));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, manifests: group.flatMap(({ manifests }) => manifests) }];
  });
}

const statusOrder = ['changed', 'added', 'removed'] as const;

/** By the most dangerous of what differs; then what is new, what is gone, and what only moved on. */
export function inOrderOfDanger(changes: readonly Change[]): readonly Change[] {
  const rank = (change: Change) => {
    const [first] = change.differences.filter(({ lookAt }) => lookAt === true);
    if (first !== undefined) return differenceKinds.indexOf(first.what);
    const rest = ['added', 'removed', 'changed'].indexOf(change.status);
    return differenceKinds.length + rest;
  };
  // What nobody signs is first among what is new.
  const strength = ({ after }: Change) => {
    const assurance = after?.evidence?.assurance;
    return assurance === undefined ? -1 : assurances.indexOf(assurance);
  };
  return changes.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      statusOrder.indexOf(a.status) - statusOrder.indexOf(b.status) ||
      (a.status === 'added' ? strength(a) - strength(b) : 0),
  );
}

function changeOf({ manifest, name, before, after }: EntryPair): Change | undefined {
  const { type } = (after ?? before)?.entry ?? {};
  if (type === undefined) return undefined;
  const differences = before && after ? differencesOf(before, after) : [];
  if (before !== undefined && after !== undefined && differences.length === 0) return undefined;
  // That it is gone is a difference: then nothing is left to compare.
  const isUntold = lacksEvidence(before) || (lacksEvidence(after) && before?.evidence === undefined);
  return {
    ...{ name, type, manifests: [manifest] },
    status: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before && { before: sideOf(before) }),
    ...(after && { after: sideOf(after) }),
    differences: [...differences].sort((a, b) => orderOf(a) - orderOf(b)),
    uncompared: isUntold ? ['assurance', 'signer'] : [],
    links: linksOf(before?.entry, after?.entry),
  };
}

/** Of a stub there is none to have. */
function lacksEvidence(side: Sighting | undefined): boolean {
  return side !== undefined && side.entry.digest !== '' && side.evidence === undefined;
}

/** What is to be looked at before what is not. */
function orderOf({ what, lookAt }: Difference): number {
  return differenceKinds.indexOf(what) + (lookAt === true ? 0 : differenceKinds.length);
}

function sideOf({ entry: { version, url, digest, size }, evidence }: Sighting): ChangeSide {
  if (evidence === undefined) return { version, url, digest, size };
  const { assurance, digestOnly, signers, witnesses, question } = evidence;
  const told = {
    ...{ version: evidence.version, assurance, ...(digestOnly && { digestOnly }) },
    ...{ method: question.verification.method, source: question.entry.from, signers },
    ...(witnesses && { witnesses }),
  };
  return { version, url, digest, size, evidence: told };
}

function differencesOf(before: Sighting, after: Sighting): readonly Difference[] {
  const [was, is] = [before.entry, after.entry];
  const [from, to] = versionsOf(before, after);
  const isSameVersion = from === to;
  const list = ({ providers }: ManifestEntry) => providers?.join(', ') ?? '';
  return [
    ...(isSameVersion && was.digest !== '' ? differs('bytes', was.digest, is.digest, true) : []),
    ...evidenceChanges(before, after),
    ...placeChanges(before, after),
    ...differs('type', was.type, is.type, true),
    ...(isOlder(before, after) ? differs('older', from, to, true) : []),
    ...sizeChange(was, is),
    ...differs('version', from, to),
    ...(isSameVersion ? differs('url', was.url, is.url) : []),
    ...differs('providers', list(was), list(is)),
  ];
}

/** Evidence that is gone is told: otherwise whoever takes it away could change all that it says. */
function evidenceChanges(before: Sighting, after: Sighting): readonly Difference[] {
  if (before.evidence === undefined) return [];
  if (after.evidence !== undefined) return vouchingChanges(before.evidence, after.evidence);
  return lacksEvidence(after) ? differs('assurance', assuranceText(before.evidence), 'none', true) : [];
}

/** As upstream orders them, where both are known so: a manifest's version has no epoch. */
function versionsOf(before: Sighting, after: Sighting): readonly [string, string] {
  const isKnown = before.evidence !== undefined && after.evidence !== undefined;
  const versionOf = ({ entry, evidence }: Sighting) =>
    isKnown && entry.type !== 'oci-image' ? (evidence?.version ?? entry.version) : entry.version;
  return [versionOf(before), versionOf(after)];
}

/** Where it is published. Of several suites of one source each may have the newest: that is no change. */
export function placeChanges(before: Sighting, after: Sighting): readonly Difference[] {
  const [was, is] = [before.entry, after.entry];
  if (was.url === '' || is.url === '') return [];
  const known = before.evidence === undefined ? [] : hostsIn(before.evidence.question.source);
  const isKnown = known.includes(hostOf(is));
  const [from, to] = [repositoryOf(was), repositoryOf(is)];
  return [
    ...(isKnown ? [] : differs('host', hostOf(was), hostOf(is), true)),
    ...(from === undefined || to === undefined ? [] : differs('repository', from, to, true)),
  ];
}

/** The hosts of all URLs that a source names, whatever its type. */
function hostsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    return value.startsWith('https://') ? [URL.parse(value)?.host ?? []].flat() : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(hostsIn) : [];
}

/** By more than half of what it was. */
function sizeChange({ size: was }: ManifestEntry, { size: is }: ManifestEntry): readonly Difference[] {
  if (was === 0 || is === 0 || was === is) return [];
  const isMuch = Math.abs(is - was) * 2 > was;
  return isMuch ? differs('size', String(was), String(is), true) : [];
}

function isOlder(before: Sighting, after: Sighting): boolean {
  const ordering = orderingOf(after) ?? orderingOf(before) ?? 'semver';
  const [a, b] = versionsOf(before, after).map((version) => parseVersion(ordering, version));
  return a !== undefined && b !== undefined && compareVersions(b, a) < 0;
}

function orderingOf({ entry, evidence }: Sighting): Ordering | undefined {
  if (entry.type === 'deb') return 'debian';
  const source = evidence?.question.source;
  if (source === undefined || !Object.hasOwn(sourceKinds, source.type)) return undefined;
  return sourceKinds[source.type]?.ordering(source as never);
}
