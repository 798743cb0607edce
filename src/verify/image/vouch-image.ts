/**
 * Where an image's chain ends: signature -> index -> the platform's manifest -> configuration and layers. All that is
 * said of the artifact follows from bytes that were hashed here.
 *
 * Publishers sign the index, the manifests of its platforms, or both. A signature of the index vouches for what it
 * lists. Where only the platform's manifest is signed, the index is nobody's word: it is not recorded, and what the
 * image runs on is read from its configuration.
 */
import { parseOciDocument } from '../../formats/upstream/oci-manifest.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import type { EvidenceDocument, Verified } from '../../model/verification.ts';
import { digestOf, verifyBytes } from '../digest.ts';
import { mintVouched } from '../sigstore/vouch.ts';
import type { VerifiedImageSignature } from './cosign-signature.ts';
import { readRunnableImage, requirePlatform } from './image-manifest.ts';
import { selectPlatform } from './platform.ts';

/** The documents that an image is made of. */
export interface ImageDocuments {
  /** Given where it is what was vouched for. */
  readonly index: EvidenceDocument | undefined;
  readonly manifest: EvidenceDocument;
  /** Needed where there is no index. */
  readonly config: EvidenceDocument | undefined;
}

export interface ImageChain extends ImageDocuments {
  readonly signature: VerifiedImageSignature;
  /** The manifest of signatures, and what was signed. */
  readonly signatures: EvidenceDocument;
  readonly payload: EvidenceDocument;
}

type ImageArtifact = Omit<Artifact, 'digest' | 'sizeBytes' | 'image'>;

/** Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`, and as `selectPlatform` and its like do. */
export function vouchedByImageSignature(
  artifact: ImageArtifact,
  chain: ImageChain,
  verifiedAt: Date,
): Verified<Artifact> {
  const { index, manifest, signatures, payload, config } = chain;
  requireSigned(chain, index ?? manifest);
  const documents = [signatures, payload, index, manifest, config].filter((one) => one !== undefined);
  return mintVouched(imageOf(artifact, chain), 'signed', chain.signature, { documents, verifiedAt });
}

/**
 * What a node will run, of documents whose first one is vouched for. Throws VerificationError `DIGEST_MISMATCH`,
 * `SIZE_MISMATCH`, and as `selectPlatform` and its like do.
 */
export function imageOf(artifact: ImageArtifact, chain: ImageDocuments): Artifact {
  const { index } = chain;
  const measured = index === undefined ? withoutIndex(artifact, chain) : withinIndex(artifact, chain, index);
  const image = {
    platform: `linux/${artifact.platform.arch}`,
    index: index && digestOf('sha256', index.bytes),
  };
  return { ...artifact, ...measured, image };
}

interface Measured {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

function withinIndex(
  { platform }: ImageArtifact,
  { manifest }: ImageDocuments,
  index: EvidenceDocument,
): Measured {
  const document = parseOciDocument(index.bytes, index.url);
  if (document.kind !== 'index') throw malformed(index.url, 'it is no index');
  const { digest, size, mediaType } = selectPlatform(document.index, platform.arch, index.url);
  verifyBytes(manifest.bytes, { digest, sizeBytes: size }, manifest.url);
  return { digest, sizeBytes: readRunnableImage(manifest.bytes, manifest.url, mediaType).sizeBytes };
}

function withoutIndex({ platform }: ImageArtifact, { manifest, config }: ImageDocuments): Measured {
  const image = readRunnableImage(manifest.bytes, manifest.url);
  if (config === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${manifest.url}: nothing says what it runs on`);
  }
  const expected = { digest: image.manifest.config.digest, sizeBytes: image.manifest.config.size };
  verifyBytes(config.bytes, expected, config.url);
  requirePlatform(config.bytes, platform.arch, config.url);
  return { digest: digestOf('sha256', manifest.bytes), sizeBytes: image.sizeBytes };
}

function requireSigned({ signature }: ImageChain, { bytes, url }: EvidenceDocument): void {
  assertMinted(signature, 'VerifiedImageSignature');
  const found = digestOf('sha256', bytes);
  if (found === signature.digest) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${url} has the digest ${found}, and ${signature.digest} was signed`,
    { context: { expected: signature.digest, found } },
  );
}
