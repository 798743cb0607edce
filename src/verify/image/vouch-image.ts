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

/** A document of a registry, untrusted. */
export interface RegistryDocument {
  readonly url: string;
  readonly bytes: Uint8Array;
}

export interface ImageChain {
  readonly signature: VerifiedImageSignature;
  /** Of the manifest of signatures, and of the payload. */
  readonly signatureUrls: { readonly manifest: string; readonly payload: string };
  /** Given where it is what was signed. */
  readonly index: RegistryDocument | undefined;
  readonly manifest: RegistryDocument;
  /** Needed where there is no index. */
  readonly config: RegistryDocument | undefined;
}

type ImageArtifact = Omit<Artifact, 'digest' | 'sizeBytes' | 'image'>;

/** Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`, and as `selectPlatform` and its like do. */
export function vouchedByImageSignature(
  artifact: ImageArtifact,
  chain: ImageChain,
  verifiedAt: Date,
): Verified<Artifact> {
  const { index, manifest } = chain;
  requireSigned(chain, index ?? manifest);
  const { digest, sizeBytes } =
    index === undefined ? withoutIndex(artifact, chain) : withinIndex(artifact, chain, index);
  const image = {
    platform: `linux/${artifact.platform.arch}`,
    index: index && digestOf('sha256', index.bytes),
  };
  const documents = documentsOf(chain);
  return mintVouched({ ...artifact, digest, sizeBytes, image }, 'signed', chain.signature, {
    documents,
    verifiedAt,
  });
}

interface Measured {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

function withinIndex(
  { platform }: ImageArtifact,
  { manifest }: ImageChain,
  index: RegistryDocument,
): Measured {
  const document = parseOciDocument(index.bytes, index.url);
  if (document.kind !== 'index') throw malformed(index.url, 'it is no index');
  const { digest, size, mediaType } = selectPlatform(document.index, platform.arch, index.url);
  verifyBytes(manifest.bytes, { digest, sizeBytes: size }, manifest.url);
  return { digest, sizeBytes: readRunnableImage(manifest.bytes, manifest.url, mediaType).sizeBytes };
}

function withoutIndex({ platform }: ImageArtifact, { manifest, config }: ImageChain): Measured {
  const image = readRunnableImage(manifest.bytes, manifest.url);
  if (config === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${manifest.url}: nothing says what it runs on`);
  }
  const expected = { digest: image.manifest.config.digest, sizeBytes: image.manifest.config.size };
  verifyBytes(config.bytes, expected, config.url);
  requirePlatform(config.bytes, platform.arch, config.url);
  return { digest: digestOf('sha256', manifest.bytes), sizeBytes: image.sizeBytes };
}

function requireSigned({ signature }: ImageChain, { bytes, url }: RegistryDocument): void {
  assertMinted(signature, 'VerifiedImageSignature');
  const found = digestOf('sha256', bytes);
  if (found === signature.digest) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${url} has the digest ${found}, and ${signature.digest} was signed`,
    { context: { expected: signature.digest, found } },
  );
}

/** All of them are kept: together with the trusted root they verify again, offline. */
function documentsOf(chain: ImageChain): readonly EvidenceDocument[] {
  const { signature, signatureUrls, index, manifest, config } = chain;
  const keep = (role: string, url: string, bytes: Uint8Array): EvidenceDocument => ({
    ...{ role, url, bytes, digest: digestOf('sha256', bytes), sizeBytes: bytes.length },
    isKept: true,
  });
  return [
    keep('cosign-bundle', signatureUrls.manifest, signature.bundle),
    keep('simple-signing', signatureUrls.payload, signature.payload),
    ...(index === undefined ? [] : [keep('oci-index', index.url, index.bytes)]),
    keep('oci-manifest', manifest.url, manifest.bytes),
    ...(config === undefined ? [] : [keep('oci-config', config.url, config.bytes)]),
  ];
}
