/** What may be stated of a manifest: each of its files, once all of them were judged again and found good. */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import { VerificationError, type VerificationCode } from '../../model/errors.ts';
import type { OfflineEntry, OfflineManifest } from './verdict.ts';

export interface VerifiedEntry {
  /** Of a container image its reference, of anything else the catalogue's name. */
  readonly name: string;
  readonly evidence: EvidenceEntry;
  /** Its index was not at hand: that it stands in it was not seen again. */
  readonly isUpToIndex: boolean;
}

export interface Required {
  /** What else is wrong with the manifest: then nothing is stated of it either. */
  readonly faults: readonly string[];
  /** Takes what holds up to the index. */
  readonly allowsPartial: boolean;
  /** What is told of a manifest that does not hold, in place of "cannot be stated to be verified", and what to do. */
  readonly refusal?: string;
  readonly hint?: string;
}

/** Throws VerificationError with all that was found, and the code of the first; `EVIDENCE_MISSING` for a missing index. */
export function verifiedEntries(
  { file, refusals, entries }: OfflineManifest,
  {
    faults,
    allowsPartial,
    refusal = 'cannot be stated to be verified',
    hint = 'Nothing was stated. Look at what differs, then resolve it anew: update-manifests.',
  }: Required,
): readonly VerifiedEntry[] {
  const refused = [
    ...refusals.map(({ error }) => ({ what: 'the file', error })),
    ...entries.flatMap(({ name, refusal }) =>
      refusal === undefined ? [] : [{ what: name, error: refusal.error }],
    ),
  ];
  const told = refused.flatMap(({ what, error }) => {
    const [first = '', ...more] = error.message.split('\n');
    return [`${what}: ${first}`, ...more];
  });
  const lines = [...new Set([...told, ...faults])].map((line) => `  ${line}`);
  if (lines.length > 0) {
    const first = refused.find(({ error }) => error instanceof VerificationError)?.error.code;
    throw new VerificationError(
      (first as VerificationCode | undefined) ?? 'SUBJECT_MISMATCH',
      `${file} ${refusal}`,
      { lines, hint },
    );
  }
  const open = entries.filter(isOpen).map(({ name }) => name);
  if (open.length > 0 && !allowsPartial) {
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${file}: ${open.join(', ')} hold up to the index, which is not at hand: that they stand in it was not seen again`,
      {
        hint: 'Name the directory that has it: --evidence-store. Or state it as far as it goes, with a level of its own: --allow-partial.',
        context: { file, names: open },
      },
    );
  }
  return entries.flatMap((one): VerifiedEntry[] => {
    const { name, entry, evidence } = one;
    if (entry === undefined || evidence === undefined || one.verdict === 'no file') return [];
    return [{ name: entry.type === 'oci-image' ? entry.url : name, evidence, isUpToIndex: isOpen(one) }];
  });
}

function isOpen({ verdict }: OfflineEntry): boolean {
  return verdict === 'up to the index';
}
