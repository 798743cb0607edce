/** The seal of a proof: see `seal` of `EvidenceEntry`. */
import type { EvidenceEntry, UnsealedEntry } from '../../formats/own/evidence.ts';
import type { Digest } from '../../model/digest.ts';
import { digestOf } from '../../verify/digest.ts';

export function sealed(entry: UnsealedEntry): EvidenceEntry {
  return { ...entry, seal: sealOf(entry) };
}

/** A sentence for each thing that is wrong. */
export function sealFaults(evidence: EvidenceEntry): readonly string[] {
  const seal = sealOf(evidence);
  if (seal === evidence.seal) return [];
  return [
    `its proof is not as it was written: it is sealed as ${evidence.seal}, and its seal would be ${seal}`,
  ];
}

/** What upstream looked like last is remembered without a new judgement, and is not sealed; a digest stands for its text. */
function sealOf(entry: UnsealedEntry & { readonly seal?: Digest }): Digest {
  const documents = entry.documents.map((one) => ({ ...one, text: undefined }));
  const parts = { ...entry, documents, watermark: undefined, seal: undefined };
  return digestOf('sha256', Buffer.from(jsonInOrder(parts)));
}

/** JSON, as `JSON.stringify` has it, but for the order: who reads a question back may find its fields in another one. */
function jsonInOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(jsonInOrder).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] === undefined) continue;
    text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${jsonInOrder(fields[name])}`;
  }
  return text === '' ? '{}' : `${text}}`;
}
