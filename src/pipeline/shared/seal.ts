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
  return digestOf('sha256', Buffer.from(JSON.stringify(inOrder(parts))));
}

/** Who reads a question back may find its fields in another order than they were written in. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = value as Readonly<Record<string, unknown>>;
  // By assignment, which is faster than by entries; no file that assay reads has a field `__proto__`.
  const ordered: Record<string, unknown> = {};
  for (const name of Object.keys(fields).sort()) ordered[name] = inOrder(fields[name]);
  return ordered;
}
