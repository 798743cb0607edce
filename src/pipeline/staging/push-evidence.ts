/** The evidence of a manifest, as it lies beside it: the file, and the documents and anchors that it names. */
import { maxKeptBytes, type EvidenceFile } from '../../formats/own/evidence.ts';
import type { FileStore } from '../../model/ports.ts';
import { documentName, KeptDocuments } from '../shared/kept-documents.ts';
import type { TitledBytes } from './push-plan.ts';

export interface EvidenceBeside {
  readonly directory: string;
  readonly fileName: string;
  readonly evidence: EvidenceFile;
  /** Undefined where there is none. */
  readonly evidenceBytes: Uint8Array | undefined;
}

/** Throws VerificationError `EVIDENCE_MISSING`, `DIGEST_MISMATCH` and `SIZE_MISMATCH`, and UsageError `FILE_UNREADABLE`. */
export async function readPushedEvidence(
  { directory, fileName, evidence, evidenceBytes }: EvidenceBeside,
  files: FileStore,
): Promise<readonly TitledBytes[]> {
  if (evidenceBytes === undefined) return [];
  const kept = new KeptDocuments(directory, files);
  const documents = new Map<string, TitledBytes>();
  for (const { documents: read, anchors } of Object.values(evidence)) {
    const small = read.filter(({ size }) => size > 0 && size <= maxKeptBytes);
    for (const document of [...small, ...anchors.map(({ name, ...rest }) => ({ role: name, ...rest }))]) {
      const title = `evidence/documents/${documentName(document.digest)}`;
      if (!documents.has(title)) documents.set(title, { title, bytes: await kept.read(document) });
    }
  }
  const sorted = [...documents.values()].sort((one, other) => (one.title < other.title ? -1 : 1));
  return [{ title: `evidence/${fileName}`, bytes: evidenceBytes }, ...sorted];
}
