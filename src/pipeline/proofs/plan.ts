/** Which proof is about which entry of a manifest. No I/O. */
import type { EvidenceEntry, EvidenceFile } from '../../formats/own/evidence.ts';
import {
  entriesOf,
  placeOf,
  type ManifestEntry,
  type SlottedEntry,
} from '../../formats/own/manifest-entries.ts';
import { osBootName, type Manifest } from '../../formats/own/manifest.ts';
import { show } from '../../formats/text/problems.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import { entryFor, placeIn } from '../shared/slots.ts';
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

interface Answered {
  readonly name: string;
  readonly evidence: EvidenceEntry;
  readonly place: string;
  readonly question: KeptQuestion | Refusal;
}

/** In the order of the manifest; what there is only evidence of at the end. */
export function planOf(manifest: Manifest, evidence: EvidenceFile): readonly Planned[] {
  const proofs = Object.entries(evidence).map(([name, one]) => answered(name, one, manifest));
  const left = new Set(proofs);
  const standing = entriesOf(manifest).map((slotted) => {
    const here = proofs.filter((one) => left.has(one) && one.place === slotted.place);
    // Of two tags of one image, the proof is of the one that it names.
    const proof = here.find((one) => one.evidence.url === slotted.entry.url) ?? here[0];
    if (proof !== undefined) left.delete(proof);
    return planFor(slotted, proof);
  });
  const boot = manifest.vmconfig.os.boot === undefined ? [] : [withoutEvidence(osBootName)];
  const stray = [...left].map(({ name, evidence: one }) => ({
    ...{ name, slot: undefined, entry: undefined, evidence: one, question: undefined },
    refusal: refusalOfFaults(['there is evidence for it, and no entry'], 'entry'),
  }));
  return [...standing, ...boot, ...stray];
}

function planFor(slotted: SlottedEntry, proof: Answered | undefined): Planned {
  const { slot, entry } = slotted;
  if (proof === undefined) {
    const missing = withoutEvidence(slotted.name);
    return { ...missing, slot, entry, refusal: slot === 'stub' ? undefined : missing.refusal };
  }
  const { name, evidence, question } = proof;
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

function answered(name: string, evidence: EvidenceEntry, manifest: Manifest): Answered {
  const { question: kept, url } = evidence;
  // A question that cannot be read is about whatever it says that it is about.
  const place = placeOf(kept.type, name, url.slice(0, url.lastIndexOf(':')));
  try {
    const question = readQuestion(kept);
    const faults = questionFaults(name, evidence, manifest);
    if (faults.length > 0) return { name, evidence, place, question: refusalOfFaults(faults, 'question') };
    return { name, evidence, place: placeIn(question), question };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { name, evidence, place, question: refusalOf(error, 'question') };
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
