/**
 * The evidence of a manifest, as it lies beside it: the file, and the documents and anchors that it names; and what was
 * read out of its OS image, where it has `os.boot`.
 */
import { renderBootProofs, type BootProofs } from '../../formats/own/boot-proofs.ts';
import { maxKeptBytes, type EvidenceFile, type NamedDocument } from '../../formats/own/evidence.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { pushedTitle } from '../../formats/own/pushed-manifest.ts';
import type { FileStore } from '../../model/ports.ts';
import { readBootProofs } from '../shared/boot-proof.ts';
import { documentName, KeptDocuments } from '../shared/kept-documents.ts';
import { bootProofsPath } from '../shared/remembered.ts';
import type { TitledBytes } from './push-plan.ts';

export interface EvidenceBeside {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly evidence: EvidenceFile;
  /** Undefined where there is none. */
  readonly evidenceBytes: Uint8Array | undefined;
}

/**
 * Throws VerificationError `EVIDENCE_MISSING`, `DIGEST_MISMATCH` and `SIZE_MISMATCH`, and UsageError `FILE_UNREADABLE` and
 * `STATE_INVALID`.
 */
export async function readPushedEvidence(
  { directory, manifest, evidence, evidenceBytes }: EvidenceBeside,
  files: FileStore,
): Promise<readonly TitledBytes[]> {
  if (evidenceBytes === undefined) return [];
  const boot = await ownBootProofs(directory, manifest, files);
  const entries = Object.values(evidence);
  const inImage = Object.values(boot).flatMap(({ documents }) =>
    documents.map(({ path, digest, size }) => ({ role: `${path} of the image`, digest, size })),
  );
  const wanted = [
    ...[...entries.flatMap(({ documents }) => documents), ...inImage].filter(isPushed),
    ...entries.flatMap(({ anchors }) => anchors.map(({ name, ...rest }) => ({ role: name, ...rest }))),
  ];
  const kept = new KeptDocuments(directory, files);
  const documents = new Map<string, TitledBytes>();
  for (const one of wanted) {
    const title = `evidence/documents/${documentName(one.digest)}`;
    if (!documents.has(title)) documents.set(title, { title, bytes: await kept.read(one) });
  }
  const sorted = [...documents.values()].sort((one, other) => (one.title < other.title ? -1 : 1));
  const read = inImage.length === 0 ? [] : [{ title: bootProofsPath, bytes: renderBootProofs(boot) }];
  return [{ title: `evidence/${pushedTitle(manifest)}`, bytes: evidenceBytes }, ...read, ...sorted];
}

/** What is large is kept by the user; what is empty is no blob, and its digest says it all; an excerpt is in its proof. */
function isPushed({ size, text }: Pick<NamedDocument, 'size' | 'text'>): boolean {
  return size > 0 && size <= maxKeptBytes && text === undefined;
}

/** Of its own image alone: the file beside it has those of other manifests, too. None where it says nothing of booting. */
async function ownBootProofs(
  directory: string,
  { vmconfig: { os } }: Manifest,
  files: FileStore,
): Promise<BootProofs> {
  if (os.boot === undefined || os.image === undefined) return {};
  const { digest } = os.image;
  const proof = (await readBootProofs(directory, files))?.[digest];
  return proof === undefined ? {} : { [digest]: proof };
}
