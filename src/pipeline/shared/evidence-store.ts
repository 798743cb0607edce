/**
 * Documents that proofs rest on and that are too large to be kept beside manifests, in a directory of their own: by their
 * digests, as `evidence/documents` has the small ones. Nothing is ever removed from it, and several checkouts may share
 * one. What is in it is compared with its name whenever it is read (`kept-documents.ts`).
 */
import {
  maxKeptBytes,
  type EvidenceEntry,
  type EvidenceFile,
  type NamedDocument,
} from '../../formats/own/evidence.ts';
import type { Digest } from '../../model/digest.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import { documentName } from './kept-documents.ts';

export interface LargeDocument {
  readonly document: NamedDocument;
  /** One of those that rest on it. */
  readonly proof: EvidenceEntry;
}

/** Each once, however many proofs rest on it. */
export function largeDocuments(evidence: readonly EvidenceFile[]): readonly LargeDocument[] {
  const found = new Map<Digest, LargeDocument>();
  for (const proof of evidence.flatMap((file) => Object.values(file))) {
    for (const document of proof.documents) {
      if (document.size > maxKeptBytes && !found.has(document.digest)) {
        found.set(document.digest, { document, proof });
      }
    }
  }
  return [...found.values()];
}

/** By their names: what is there and was changed is not missing, but wrong. Throws UsageError `FILE_UNREADABLE`. */
export async function missingFrom(
  store: string,
  documents: readonly LargeDocument[],
  files: OwnFiles,
): Promise<readonly LargeDocument[]> {
  const names = new Set(await files.list(store));
  return documents.filter(({ document }) => !names.has(documentName(document.digest)));
}

/** Bytes that were compared with their digests. Throws UsageError `FILE_UNWRITABLE`. */
export async function putIntoStore(
  store: string,
  documents: Iterable<readonly [Digest, Uint8Array]>,
  files: OwnFiles,
): Promise<void> {
  await files.replaceAll(
    Array.from(documents, ([digest, bytes]) => ({ path: `${store}/${documentName(digest)}`, bytes })),
  );
}
