/**
 * An image that a manifest pins, from bytes of anybody's: the pinned digest names the platform's manifest, that names the
 * configuration and the layers, and nothing else belongs to the image. Where an index is pinned too, it has to list that
 * manifest for the platform.
 */
import type { ArchivedImage } from '../../formats/own/image-archive.ts';
import type { ManifestImage } from '../../formats/own/manifest-schema.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { parseTaggedReference, type Repository } from '../../formats/upstream/image-reference.ts';
import {
  maxManifestBytes,
  parseImageConfig,
  parseImageManifest,
  parseOciDocument,
  type Descriptor,
  type ImageIndex,
} from '../../formats/upstream/oci-manifest.ts';
import { parseSimpleSigning } from '../../formats/upstream/simple-signing.ts';
import type { Architecture } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf, verifyBytes } from '../digest.ts';
import { signatureLayers } from './cosign-signature.ts';
import { manifestTypeOf, readRunnableImage, requirePlatform } from './image-manifest.ts';
import { selectPlatform } from './platform.ts';

/** A document by its digest, with the bytes that have it. */
export interface DescribedDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface ImageContent extends ArchivedImage {
  readonly repository: Repository;
  readonly index: DescribedDocument | undefined;
}

/** Throws VerificationError `DIGEST_MISMATCH`; `what` is for messages. */
export function requireDigest(bytes: Uint8Array, digest: Digest, what: string): void {
  verifyBytes(bytes, { digest, sizeBytes: bytes.length }, what);
}

/**
 * Untrusted bytes. Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH` (the image is not of the pinned size),
 * `SUBJECT_MISMATCH` (the index lists another for the platform), `EVIDENCE_MISSING` (none), `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`.
 */
export function readImageContent(
  { image, digest, size, index: indexDigest }: ManifestImage,
  architecture: Architecture,
  bytes: { readonly manifest: Uint8Array; readonly index?: Uint8Array | undefined },
): ImageContent {
  const [what, whatIndex] = [`the manifest of ${image}`, `the index of ${image}`];
  const found = indexDigest && bytes.index && readIndex(bytes.index, indexDigest, whatIndex);
  const listed = found && requireListed(found.index, digest, architecture, whatIndex);
  verifyBytes(bytes.manifest, { digest, sizeBytes: listed?.size ?? bytes.manifest.length }, what);
  const { manifest, sizeBytes } = readRunnableImage(bytes.manifest, what, listed?.mediaType);
  if (sizeBytes !== size) {
    throw new VerificationError(
      'SIZE_MISMATCH',
      `${image} has ${String(sizeBytes)} bytes, with its configuration and layers, expected ${String(size)}`,
      { context: { image, expected: size, found: sizeBytes } },
    );
  }
  if (manifest.config.size > maxManifestBytes) {
    const found = `a configuration of ${String(manifest.config.size)} bytes`;
    throw new VerificationError('LIMIT_EXCEEDED', `${what} names ${found}, too many for what it is`);
  }
  const mediaType = listed?.mediaType ?? manifestTypeOf(manifest);
  const { name, registry, repository } = parseTaggedReference(image);
  return {
    ...{ name, architecture, repository: { registry, repository }, index: found?.document },
    manifest: { mediaType, digest, size: bytes.manifest.length },
    manifestBytes: bytes.manifest,
    config: manifest.config,
    layers: manifest.layers,
  };
}

interface FoundIndex {
  readonly document: DescribedDocument;
  readonly index: ImageIndex;
}

function readIndex(bytes: Uint8Array, digest: Digest, what: string): FoundIndex {
  requireDigest(bytes, digest, what);
  const found = parseOciDocument(bytes, what);
  if (found.kind !== 'index') throw malformed(what, 'it is no index');
  const { index } = found;
  const { mediaType = 'application/vnd.oci.image.index.v1+json' } = index;
  return { index, document: { descriptor: { mediaType, digest, size: bytes.length }, bytes } };
}

function requireListed(
  index: ImageIndex,
  digest: Digest,
  architecture: Architecture,
  what: string,
): Descriptor {
  const listed = selectPlatform(index, architecture, what);
  if (listed.digest === digest) return listed;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} lists ${listed.digest} for linux/${architecture}, and ${digest} is pinned`,
    { context: { expected: digest, found: listed.digest } },
  );
}

/**
 * Is the configuration that of an image for this platform, with as many layers as the manifest has? Throws
 * VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `SUBJECT_MISMATCH` and `EVIDENCE_MALFORMED`.
 */
export function requireConfig(
  bytes: Uint8Array,
  { name, config, layers, architecture }: ArchivedImage,
): void {
  const what = `the configuration of ${name}`;
  verifyBytes(bytes, { digest: config.digest, sizeBytes: config.size }, what);
  requirePlatform(bytes, architecture, what);
  const { rootfs } = parseImageConfig(bytes, what);
  const count = rootfs?.diff_ids.length ?? layers.length;
  if (count === layers.length) return;
  throw malformed(what, `it has ${String(count)} layers, and the manifest ${String(layers.length)}`);
}

/** An image's signatures as cosign keeps them, and their payloads. */
export interface SignatureImage {
  readonly manifest: DescribedDocument;
  readonly config: Descriptor;
  readonly payloads: readonly Descriptor[];
}

/**
 * The manifest of signatures, which nobody pins: what it lists is said of the image by its publisher, and whoever asks for
 * signatures verifies them. Throws VerificationError `EVIDENCE_MISSING` and `EVIDENCE_MALFORMED`.
 */
export function readSignatureImage(bytes: Uint8Array, what: string): SignatureImage {
  signatureLayers(bytes, what);
  const manifest = parseImageManifest(bytes, what);
  const mediaType = manifestTypeOf(manifest);
  const descriptor = { mediaType, digest: digestOf('sha256', bytes), size: bytes.length };
  return { manifest: { descriptor, bytes }, config: manifest.config, payloads: manifest.layers };
}

/** Throws VerificationError `SUBJECT_MISMATCH` where none of the payloads names `digest`, and `EVIDENCE_MALFORMED`. */
export function requireSignatureOf(digest: Digest, payloads: readonly Uint8Array[], what: string): void {
  const named = payloads.map((bytes) => parseSimpleSigning(bytes, what).manifestDigest);
  if (named.includes(digest)) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} are of ${named.join(' and ')}, expected ${digest}`,
    {
      hint: 'Signatures were put beside an image that they are not of.',
      context: { expected: digest, found: named },
    },
  );
}
