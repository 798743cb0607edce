/** Two sets of manifests, each with the evidence beside them, as what changed from one to the other. No I/O. */
import type { Change, Changes, ManifestName } from '../../formats/own/changes.ts';
import { isAbout, pairEvidence } from '../../formats/own/entry-evidence.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { osBootName, type Manifest } from '../../formats/own/manifest.ts';
import { repositoryOf } from '../../formats/own/release-links.ts';
import { changesOf, inOrderOfDanger, type EntryPair, type Sighting } from '../shared/entry-changes.ts';
import type { ReadManifest } from './read-manifests.ts';

export type ManifestWithEvidence = Pick<ReadManifest, 'manifest' | 'evidence'>;

/** By kind, OS and architecture, as `nameOf` has them. */
export type ManifestSet = ReadonlyMap<string, ManifestWithEvidence>;

export function manifestKey({ kind, os, arch }: ManifestName): string {
  return [kind, os, arch].join('.');
}

export function manifestNameOf({ vmconfig: { kind, os } }: Manifest): ManifestName {
  return { kind, os: os.name, arch: os.arch };
}

/** A manifest that one side lacks has had nothing in it, or has nothing any more. */
export function compareManifests(old: ManifestSet, now: ManifestSet): Changes {
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  const both = keys.flatMap((key) => {
    const [before, after] = [old.get(key), now.get(key)];
    const known = after ?? before;
    return known === undefined ? [] : [{ before, after, name: manifestNameOf(known.manifest) }];
  });
  const changes = [
    ...changesOf(both.flatMap(({ before, after, name }) => pairsOf(name, before, after))),
    ...both.flatMap(({ before, after, name }) => otherFields(name, before?.manifest, after?.manifest)),
  ];
  return { manifests: both.map(({ name }) => name), changes: inOrderOfDanger(changes) };
}

interface Placed extends Sighting {
  readonly place: string;
  readonly name: string;
}

/** By their places, and what is left by their names: an image may move to another registry. */
function pairsOf(
  manifest: ManifestName,
  old: ManifestWithEvidence | undefined,
  now: ManifestWithEvidence | undefined,
): readonly EntryPair[] {
  const [before, after] = [old, now].map((one) => (one === undefined ? [] : sightingsIn(one)));
  if (before === undefined || after === undefined) return [];
  const left = new Set(before);
  const take = (isSame: (one: Placed) => boolean) => {
    const found = [...left].find(isSame);
    if (found !== undefined) left.delete(found);
    return found;
  };
  const placed = after.map((next) => [take(({ place }) => place === next.place), next] as const);
  const pairs = placed.map(([found, next]): EntryPair => {
    const previous = found ?? take(({ name }) => name === next.name);
    return { manifest, name: next.name, before: previous, after: next };
  });
  return [
    ...pairs,
    ...[...left].map((gone): EntryPair => ({ manifest, name: gone.name, before: gone, after: undefined })),
  ];
}

function sightingsIn({ manifest, evidence }: ManifestWithEvidence): readonly Placed[] {
  return pairEvidence(manifest, evidence).entries.map(({ slotted: { entry, name, place }, kept }) => {
    // Evidence about something else is left over from another state.
    const about = kept !== undefined && isAbout(kept.evidence, entry) ? kept : undefined;
    return { place, name: about?.name ?? imageName(entry, name), entry, evidence: about?.evidence };
  });
}

/** Of an image without evidence, which has another tag next time. */
function imageName(entry: ManifestEntry, name: string): string {
  return entry.type === 'oci-image' ? (repositoryOf(entry) ?? name) : name;
}

/** What of a manifest is no entry. */
function otherFields(
  name: ManifestName,
  before: Manifest | undefined,
  after: Manifest | undefined,
): readonly Change[] {
  if (before === undefined || after === undefined) return [];
  const fields = ({ vmconfig: { version, os } }: Manifest) => ({
    'vmconfig.version': version,
    [osBootName]: os.boot === undefined ? '' : JSON.stringify(os.boot),
  });
  const now = fields(after);
  return Object.entries(fields(before)).flatMap(([field, from]): readonly Change[] => {
    const to = now[field as keyof typeof now];
    if (from === to) return [];
    const difference = { what: 'content', from, to } as const;
    const told = { differences: [difference], uncompared: [], links: {} };
    return [{ name: field, type: 'other', manifests: [name], status: 'changed', ...told }];
  });
}
