/**
 * The released file itself, for signatures over it where no checksum file stands beside it: a run reads it whole.
 *
 * What is too large to be kept leaves its digests behind, as `cksum --tag` writes them: who signs a digest is then
 * judged again as before, and that the file has both digests was seen when it was judged first.
 */
import { createHash } from 'node:crypto';
import { maxKeptBytes } from '../../formats/own/evidence.ts';
import { digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { fileNeed, type FileNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { digestOf, verifyFound } from '../digest.ts';
import { documentOf } from '../evidence-document.ts';
import type { Asset, Documents } from '../method.ts';

/** It is held in memory. */
export const maxAssetBytes = 1 << 30;

/** A file that was read, or what was kept of it. */
export interface AssetFile {
  readonly digest: Digest;
  /** BLAKE2b-512 (RFC 7693), which minisign signs. */
  readonly blake2b: Uint8Array;
  /** Undefined where only the digests were kept. */
  readonly bytes: Uint8Array | undefined;
  /** Is it small enough to be judged again by its bytes? */
  readonly isKept: boolean;
  /** The file, and its digests where it is too large to be kept. */
  readonly documents: readonly [file: EvidenceDocument, ...digests: EvidenceDocument[]];
}

export function fileNeedOf({ artifact: { url, sizeBytes } }: Pick<Asset, 'artifact'>): FileNeed {
  const maxBytes = Math.min(sizeBytes, maxAssetBytes);
  return { ...fileNeed({ role: 'asset', maxBytes }, url), hasExcerpt: true };
}

function digestsNeedOf({ artifact: { url } }: Asset): FileNeed {
  return { ...fileNeed({ role: 'asset-digests', maxBytes: 4096 }, url), isOptional: true };
}

/** What has to be at hand for `assetFileOf`, and is not. */
export function assetNeeds(asset: Asset, documents: Documents): readonly FileNeed[] {
  const file = fileNeedOf(asset);
  if (!documents.has(file)) return [file];
  const digests = digestsNeedOf(asset);
  return documents.find(file) === undefined && !documents.has(digests) ? [digests] : [];
}

/** Is the file itself at hand, whole? */
export function isAssetRead(asset: Asset, documents: Documents): boolean {
  const file = fileNeedOf(asset);
  return documents.has(file) && documents.find(file) !== undefined;
}

/** Throws VerificationError `SIZE_MISMATCH`; `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED` for what was kept of it. */
export function assetFileOf(asset: Asset, documents: Documents): AssetFile {
  const file = documents.find(fileNeedOf(asset));
  const { fileName, artifact } = asset;
  if (file !== undefined) {
    const digest = digestOf('sha256', file.bytes);
    verifyFound({ digest, sizeBytes: file.bytes.length }, { ...artifact, digest }, artifact.url);
    const blake2b = blake2bOf(file.bytes);
    const isKept = file.bytes.length <= maxKeptBytes;
    const digests = isKept ? [] : [digestsDocument(artifact.url, render(fileName, digest, blake2b))];
    return { digest, blake2b, bytes: file.bytes, isKept, documents: [{ ...file, digest }, ...digests] };
  }
  const kept = documents.find(digestsNeedOf(asset));
  if (kept === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `neither ${artifact.url} nor its digests were kept`);
  }
  const { digest, blake2b } = parse(kept.bytes, fileName, kept.url);
  const whole = { role: 'asset', url: artifact.url, digest, sizeBytes: artifact.sizeBytes };
  const documentsOfIt = [{ ...whole, bytes: new Uint8Array() }, kept] as const;
  return { digest, blake2b, bytes: undefined, isKept: false, documents: documentsOfIt };
}

export function blake2bOf(bytes: Uint8Array): Uint8Array {
  return createHash('blake2b512').update(bytes).digest();
}

function digestsDocument(url: string, bytes: Uint8Array): EvidenceDocument {
  return documentOf('asset-digests', url, bytes);
}

function render(name: string, digest: Digest, blake2b: Uint8Array): Uint8Array {
  const hex = Buffer.from(blake2b).toString('hex');
  return Buffer.from(`SHA256 (${name}) = ${digestHex(digest)}\nBLAKE2b (${name}) = ${hex}\n`);
}

/** As `render` writes it, for this file. */
function parse(bytes: Uint8Array, name: string, what: string) {
  const text = Buffer.from(bytes).toString('utf8');
  const [, sha256 = '', blake2b = ''] = / = ([0-9a-f]{64})\n.* = ([0-9a-f]{128})\n/.exec(text) ?? [];
  const found = { digest: `sha256:${sha256}` as const, blake2b: Buffer.from(blake2b, 'hex') };
  if (Buffer.compare(render(name, found.digest, found.blake2b), bytes) === 0) return found;
  throw new VerificationError('EVIDENCE_MALFORMED', `what was kept of ${what} are no digests of ${name}`);
}
