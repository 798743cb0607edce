/**
 * The bill of materials of a release, over documents: whole, or, where it was too large to be kept, the entry that was kept
 * of it.
 */
import {
  maxSpdxBytes,
  parseSpdxDocument,
  renderExcerpt,
  wholeOf,
  type FileDigests,
  type SpdxDocument,
} from '../../formats/upstream/spdx-document.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import { fileNeed, type FileNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { verifyBytes } from '../digest.ts';
import { documentOf } from '../evidence-document.ts';
import { once, type Asset, type Documents, type Matter } from '../method.ts';

/** A head of three lines and an entry of three. */
const maxExcerptBytes = 64 << 10;

export interface FoundDocument {
  /** The document; or, where only that was kept, the excerpt of it. */
  readonly read: EvidenceDocument;
  /** What has to be signed: without bytes where only the excerpt was kept. */
  readonly whole: EvidenceDocument;
  readonly isExcerpt: boolean;
}

export function wholeNeed({ artifact: { url } }: Asset): FileNeed {
  return { ...fileNeed({ role: 'sbom', maxBytes: maxSpdxBytes }, url), hasExcerpt: true };
}

function excerptNeed({ artifact: { url } }: Asset): FileNeed {
  return { ...fileNeed({ role: 'sbom-entry', maxBytes: maxExcerptBytes }, url), isOptional: true };
}

/** What has to be at hand for `foundIn` besides `wholeNeed`, which is, and is not. */
export function excerptNeeds(asset: Asset, documents: Documents): readonly FileNeed[] {
  const excerpt = excerptNeed(asset);
  return wholeIn(asset, documents) === undefined && !documents.has(excerpt) ? [excerpt] : [];
}

/** Throws TransportError, and VerificationError `EVIDENCE_MISSING`. */
export function foundIn(asset: Asset, documents: Documents): FoundDocument {
  const whole = wholeIn(asset, documents);
  if (whole !== undefined) return { read: whole, whole, isExcerpt: false };
  const read = documents.find(excerptNeed(asset));
  if (read !== undefined) {
    const { url, bytes } = read;
    const named = { role: 'sbom', url, ...wholeOf(bytes, url), bytes: new Uint8Array() };
    return { read, whole: named, isExcerpt: true };
  }
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `neither ${asset.artifact.url} nor its entry of ${asset.artifact.name} was kept`,
  );
}

function wholeIn(asset: Asset, documents: Documents): EvidenceDocument | undefined {
  try {
    return documents.find(wholeNeed(asset));
  } catch (error) {
    if (!(error instanceof TransportError && error.code === 'NOT_FOUND')) throw error;
    const { message, context, cause } = error;
    const hint =
      'If this release was published without the document, name it under "without" of the verification, with the reason.';
    throw new TransportError('NOT_FOUND', message, { hint, context, cause });
  }
}

/** Of a document that is known to be signed; parsed once. */
export async function readSigned(
  { read, whole, isExcerpt }: FoundDocument,
  memo: Matter<unknown, unknown>['memo'],
): Promise<SpdxDocument> {
  const key = JSON.stringify(['signed-sbom', read.url, read.digest, whole.digest]);
  return once(memo, key, () => {
    if (!isExcerpt) verifyBytes(read.bytes, whole, read.url);
    return Promise.resolve(parseSpdxDocument(read.bytes, read.url));
  });
}

/** Of a document that is too large to be kept, what is needed to judge it again. */
export function excerptOf(
  whole: EvidenceDocument,
  sbom: SpdxDocument,
  path: string,
  listed: FileDigests,
): EvidenceDocument {
  const bytes = renderExcerpt(sbom, path, listed, whole);
  return { ...documentOf('sbom-entry', whole.url, bytes), isExcerpt: true };
}
