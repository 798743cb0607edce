/** Which proof is about which entry of a manifest. No I/O. */
import type { EvidenceEntry, EvidenceFile } from '../../formats/own/evidence.ts';
import { pairEvidence, type EvidencedEntry, type KeptEvidence } from '../../formats/own/entry-evidence.ts';
import type { ManifestEntry, SlottedEntry } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { show } from '../../formats/text/problems.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import { entryFor } from '../shared/slots.ts';
import { readQuestion, type KeptQuestion } from './kept-question.ts';
import { refusalOf, refusalOfFaults, type Refusal } from './verdict.ts';

/** An entry, and the proof that is about it; of some there is only the one or the other. */
export interface Planned {
  readonly name: string;
  readonly slot: SlottedEntry['slot'] | undefined;
  readonly entry: ManifestEntry | undefined;
  readonly evidence: EvidenceEntry | undefined;
  /** Undefined where there is nothing to judge, and `refusal` says why, or it is a stub. */
  readonly question: KeptQuestion | undefined;
  readonly refusal: Refusal | undefined;
}

/** In the order of the manifest; what there is only evidence of at the end. */
export function planOf(manifest: Manifest, evidence: EvidenceFile): readonly Planned[] {
  const { entries, left } = pairEvidence(manifest, evidence);
  const standing = entries.map((one) => planFor(one, manifest));
  const stray = left.map(({ name, evidence: one }) => ({
    ...{ name, slot: undefined, entry: undefined, evidence: one, question: undefined },
    refusal: refusalOfFaults(['there is evidence for it, and no entry'], 'entry'),
  }));
  return [...standing, ...stray];
}

function planFor({ slotted, kept }: EvidencedEntry, manifest: Manifest): Planned {
  const { slot, entry } = slotted;
  if (kept === undefined) {
    const missing = withoutEvidence(slotted.name);
    return { ...missing, slot, entry, refusal: slot === 'stub' ? undefined : missing.refusal };
  }
  const { name, evidence } = kept;
  const question = questionOf(kept, manifest);
  const plan = { name, slot, evidence };
  if ('link' in question) return { ...plan, entry, question: undefined, refusal: question };
  if (slot !== 'stub') return { ...plan, entry: entryFor(slotted, question), question, refusal: undefined };
  const fault = 'it is a stub, and there is evidence for a file';
  return { ...plan, entry, question: undefined, refusal: refusalOfFaults([fault], 'entry') };
}

/** Also of what the catalogue keeps for a reason (`keep`): a reason is no proof. */
function withoutEvidence(name: string): Planned {
  const error = new VerificationError(
    'EVIDENCE_MISSING',
    'it has no evidence: nothing says why it is believed',
    { hint: 'Restore manifests/evidence from version control. Or resolve it anew: update-manifests.' },
  );
  const refusal: Refusal = { link: 'proof', which: undefined, error };
  return { name, slot: undefined, entry: undefined, evidence: undefined, question: undefined, refusal };
}

function questionOf({ name, evidence }: KeptEvidence, manifest: Manifest): KeptQuestion | Refusal {
  try {
    const question = readQuestion(evidence.question);
    const faults = questionFaults(name, evidence, manifest);
    return faults.length > 0 ? refusalOfFaults(faults, 'question') : question;
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refusalOf(error, 'question');
  }
}

/** Is it a question about this manifest, and about what it stands under? */
function questionFaults(
  name: string,
  { question }: EvidenceEntry,
  { vmconfig: { kind, os } }: Manifest,
): readonly string[] {
  const facts = [
    ['name', question.name, name],
    ['operating system', question.os, os.name],
    ['architecture', question.arch, os.arch],
    ['kind', question.kind ?? kind, kind],
  ] as const;
  return facts.flatMap(([what, found, expected]) =>
    found === expected
      ? []
      : [`its question is about the ${what} ${show(found)}, expected ${show(expected)}`],
  );
}
