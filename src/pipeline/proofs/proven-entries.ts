/** The entries of a manifest, each with the proof that is kept of it. */
import type { EvidenceEntry, EvidenceFile } from '../../formats/own/evidence.ts';
import { entriesOf, type ManifestEntry, type SlottedEntry } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import { VerificationError } from '../../model/errors.ts';

export interface ProvenManifest {
  /** As the user named it. */
  readonly file: string;
  readonly manifest: Manifest;
  readonly evidence: EvidenceFile;
}

export interface ProvenEntry {
  /** The key of its evidence; where there is none, as the manifest names it. */
  readonly name: string;
  readonly entry: ManifestEntry;
  /** Undefined for the stub; VerificationError `EVIDENCE_MISSING`, or `SUBJECT_MISMATCH` where it is about something else. */
  readonly proof: EvidenceEntry | VerificationError | undefined;
}

export function provenEntries(given: ProvenManifest): readonly ProvenEntry[] {
  return entriesOf(given.manifest).map((slotted) => {
    const { entry, name } = slotted;
    if (slotted.slot === 'stub') return { name, entry, proof: undefined };
    const found = evidenceFor(slotted, given.evidence);
    if (found === undefined) return { name, entry, proof: missing(name) };
    const [key, evidence] = found;
    return { name: key, entry, proof: mismatch(slotted, evidence, given.manifest) ?? evidence };
  });
}

/** Of a dependency by its key; of an image by its reference, and of the OS image by its type. */
function evidenceFor(
  { slot, name, entry }: SlottedEntry,
  evidence: EvidenceFile,
): readonly [string, EvidenceEntry] | undefined {
  return Object.entries(evidence).find(([key, { url, question }]) => {
    if (slot === 'os-image') return question.type === 'qcow2';
    return slot === 'image' ? question.type === 'oci-image' && url === entry.url : key === name;
  });
}

function mismatch(
  { slot, entry }: SlottedEntry,
  { version, url, digest, size, question }: EvidenceEntry,
  { vmconfig: { os } }: Manifest,
): VerificationError | undefined {
  const fields = [
    ['digest', digest, entry.digest],
    ['size', size, entry.size],
    ['URL', url, entry.url],
    ['type', question.type, entry.type],
    ['OS', question.os, os.name],
    ['architecture', question.arch, os.arch],
    // Of an image the manifest has the tag, which its reference is about.
    ...(slot === 'image' ? [] : [['version', withoutEpoch(version), entry.version] as const]),
  ] as const;
  const other = fields.find(([, found, expected]) => found !== expected);
  if (other === undefined) return undefined;
  const [what, found, expected] = other;
  return new VerificationError(
    'SUBJECT_MISMATCH',
    `its evidence is about another artifact: its ${what} is ${String(found)}, expected ${String(expected)}`,
    { hint: 'Restore both from version control, or resolve it anew with update-manifests.' },
  );
}

function missing(name: string): VerificationError {
  return new VerificationError(
    'EVIDENCE_MISSING',
    `${name} has no evidence: nothing says why it is believed`,
    {
      hint: 'Commit manifests/ whole, evidence/ included. Or resolve it with update-manifests.',
    },
  );
}
