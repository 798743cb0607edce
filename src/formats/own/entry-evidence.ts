/** Which evidence is about which entry of a manifest. */
import { withoutEpoch } from '../upstream/debian-version.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceEntry, EvidenceFile } from './evidence.ts';
import { entriesOf, placeOf, type ManifestEntry, type SlottedEntry } from './manifest-entries.ts';
import type { Manifest } from './manifest.ts';

export interface KeptEvidence {
  /** As the file of the evidence has it. */
  readonly name: string;
  readonly evidence: EvidenceEntry;
}

export interface EvidencedEntry {
  readonly slotted: SlottedEntry;
  /** What is kept about its place: whether it is about what stands there is another question. */
  readonly kept: KeptEvidence | undefined;
}

export interface PairedEvidence {
  /** In the order of the manifest. */
  readonly entries: readonly EvidencedEntry[];
  /** What is about no place of the manifest. */
  readonly left: readonly KeptEvidence[];
}

/** Evidence has the catalogue's names: of an image, and of the OS image, the manifest does not say them. */
export function pairEvidence(manifest: Manifest, evidence: EvidenceFile): PairedEvidence {
  const kept = Object.entries(evidence).map(([name, one]) => ({ name, evidence: one }));
  const left = new Set<KeptEvidence>(kept);
  const byPlace = Map.groupBy(kept, placeIn);
  const take = (place: string, isIt: (one: KeptEvidence) => boolean) => {
    const found = byPlace.get(place)?.find((one) => left.has(one) && isIt(one));
    if (found !== undefined) left.delete(found);
    return found;
  };
  const all = entriesOf(manifest);
  // Of two tags of one image, evidence is about the one that it names.
  const named = all.map(({ place, entry }) => take(place, (one) => one.evidence.url === entry.url));
  const entries = all.map((slotted, at) => ({
    slotted,
    kept: named[at] ?? take(slotted.place, () => true),
  }));
  return { entries, left: [...left] };
}

function placeIn({ name, evidence: { question, url } }: KeptEvidence): string {
  return placeOf(question.type, name, url.slice(0, url.lastIndexOf(':')));
}

/** About these very bytes, from there? A container image's version is its tag in a manifest, and stands in its URL. */
export function isAbout({ url, digest, size, version }: EvidenceEntry, entry: ManifestEntry): boolean {
  const isSameVersion = entry.type === 'oci-image' || withoutEpoch(version) === entry.version;
  return isSameVersion && url === entry.url && digest === entry.digest && size === entry.size;
}

/** Undefined where there is none. Throws VerificationError `SUBJECT_MISMATCH` where what is kept is about other bytes. */
export function evidenceAbout({ slotted, kept }: EvidencedEntry): EvidenceEntry | undefined {
  const { name, entry } = slotted;
  if (kept === undefined || isAbout(kept.evidence, entry)) return kept?.evidence;
  const { url, digest } = kept.evidence;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${name}: its evidence is about ${url} with the digest ${digest}, expected ${entry.url} with ${String(entry.digest)}`,
    {
      hint: 'One of the two files was edited, or is of another revision: restore both from version control.',
      context: { name, expected: entry.digest, found: digest },
    },
  );
}
