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
import { differs, vouchingChanges } from './vouching-changes.ts';

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
  const alike = Map.groupBy(changes, (change) => JSON.stringify({ ...change, manifests: [] }));
  const merged = [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, manifests: group.flatMap(({ manifests }) => manifests) }];
  });
  return inOrderOfDanger(merged);
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
  const strength = ({ after }: Change) =>
    ['checksum', 'signed', 'attested'].indexOf(after?.evidence?.assurance ?? '');
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
  const lacksEvidence = [before, after].some((side) => side && side.entry.digest !== '' && !side.evidence);
  return {
    ...{ name, type, manifests: [manifest] },
    status: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    ...(before && { before: sideOf(before) }),
    ...(after && { after: sideOf(after) }),
    differences: [...differences].sort((a, b) => orderOf(a) - orderOf(b)),
    uncompared: lacksEvidence ? ['assurance', 'signer'] : [],
    links: linksOf(before?.entry, after?.entry),
  };
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
  const isSameVersion = versionOf(before) === versionOf(after);
  const list = ({ providers }: ManifestEntry) => providers?.join(', ') ?? '';
  const vouched =
    before.evidence !== undefined && after.evidence !== undefined
      ? vouchingChanges(before.evidence, after.evidence)
      : [];
  return [
    ...(isSameVersion && was.digest !== '' ? differs('bytes', was.digest, is.digest, true) : []),
    ...vouched,
    ...placeChanges(before, after),
    ...differs('type', was.type, is.type, true),
    ...(isOlder(before, after) ? differs('older', versionOf(before), versionOf(after), true) : []),
    ...sizeChange(was, is),
    ...differs('version', versionOf(before), versionOf(after)),
    ...(isSameVersion ? differs('url', was.url, is.url) : []),
    ...differs('providers', list(was), list(is)),
  ];
}

/** As upstream orders it, where that is known. */
function versionOf({ entry, evidence }: Sighting): string {
  return entry.type === 'oci-image' ? entry.version : (evidence?.version ?? entry.version);
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
  const [a, b] = [parseVersion(ordering, versionOf(before)), parseVersion(ordering, versionOf(after))];
  return a !== undefined && b !== undefined && compareVersions(b, a) < 0;
}

function orderingOf({ entry, evidence }: Sighting): Ordering | undefined {
  if (entry.type === 'deb') return 'debian';
  const source = evidence?.question.source;
  if (source === undefined || !Object.hasOwn(sourceKinds, source.type)) return undefined;
  return sourceKinds[source.type]?.ordering(source as never);
}
