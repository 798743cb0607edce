/**
 * Container images into a registry that stands in for theirs: manifest, configuration and layers of each platform that is
 * wanted, the index that their publisher signed, and the signatures; each by digest, and the tag last.
 */
import type { ManifestImage } from '../../formats/own/manifest.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { repositoryUrl, type Repository } from '../../formats/upstream/image-reference.ts';
import {
  parseImageManifest,
  parseOciDocument,
  type Descriptor,
  type ImageManifest,
} from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import { digestOf } from '../../verify/digest.ts';
import { readRunnableImage } from '../../verify/image/image-manifest.ts';
import type { BlobPusher } from './push-blobs.ts';
import type { PlannedImage } from './push-plan.ts';
import { blobPath, type PushedBytes } from './push-sources.ts';

export interface PushedImage {
  readonly image: PlannedImage;
  /** What the tag leads to: the index, where there is one. */
  readonly digest: Digest;
  readonly isSigned: boolean;
  readonly status: 'kept' | 'pushed';
}

export interface ImagePorts {
  readonly pusher: BlobPusher;
  readonly source: PushedBytes;
}

interface Copying extends ImagePorts {
  readonly image: PlannedImage;
  /** Where it is from. */
  readonly from: Repository;
}

/** Throws TransportError, and VerificationError for bytes that are not those that the manifest pins. */
export async function pushImage(image: PlannedImage, ports: ImagePorts): Promise<PushedImage> {
  const copying = { ...ports, image, from: originOf(image) };
  const [first] = image.members;
  if (first === undefined) throw new TypeError('an image of no manifest');
  const root = first.index ?? first.digest;
  const writer = ports.pusher.writer(image.repository);
  const isTagged = (await writer.findManifest(image.tag)) === root;
  for (const member of image.members) await pushMember(member, copying);
  const bytes = await ports.source.document(copying.from, 'manifest', root);
  const mediaType = first.index === undefined ? typeOf(bytes, image.image) : await pushIndex(bytes, copying);
  const isSigned = await pushSignatures(
    [...new Set([root, ...image.members.map(({ digest }) => digest)])],
    copying,
  );
  if (!isTagged) await writer.putManifest(bytes, mediaType, image.tag);
  return { image, digest: root, isSigned, status: isTagged ? 'kept' : 'pushed' };
}

function originOf({ originalRepository }: PlannedImage): Repository {
  const slash = originalRepository.indexOf('/');
  const [registry, rest] = [originalRepository.slice(0, slash), originalRepository.slice(slash + 1)];
  const repository = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  return { registry, repository };
}

async function pushMember({ digest, size }: ManifestImage, copying: Copying): Promise<void> {
  const { image, source, from } = copying;
  const bytes = await source.document(from, 'manifest', digest);
  const what = `${image.image}@${digest}`;
  const { manifest, sizeBytes } = readRunnableImage(bytes, what);
  if (sizeBytes !== size) {
    throw new VerificationError('SIZE_MISMATCH', `${what} has ${sizeBytes} bytes in all, expected ${size}`, {
      context: { expected: size, found: sizeBytes },
    });
  }
  await pushManifest(bytes, manifest, what, copying);
}

async function pushManifest(
  bytes: Uint8Array,
  manifest: ImageManifest,
  what: string,
  { image, pusher, from }: Copying,
): Promise<void> {
  for (const descriptor of [manifest.config, ...manifest.layers]) {
    await pusher.push(image.repository, wantedOf(descriptor, from, what));
  }
  const writer = pusher.writer(image.repository);
  const digest = digestOf('sha256', bytes);
  if ((await writer.findManifest(digest)) === undefined) {
    await writer.putManifest(bytes, typeOf(bytes, what));
  }
}

function wantedOf({ digest, size }: Descriptor, repository: Repository, what: string) {
  const url = `${repositoryUrl(repository)}/blobs/${digest}`;
  return { title: what, path: blobPath(digest), url, digest, sizeBytes: size, repository };
}

/**
 * Registries that take an index only with all that it lists get all of it; others are spared the platforms that nobody
 * wanted. Returns its type.
 */
async function pushIndex(bytes: Uint8Array, copying: Copying): Promise<string> {
  const { image, pusher } = copying;
  const what = `the index of ${image.image}`;
  const document = parseOciDocument(bytes, what);
  if (document.kind !== 'index') throw malformed(what, 'it is the manifest of one image');
  const { manifests, mediaType = 'application/vnd.oci.image.index.v1+json' } = document.index;
  for (const { digest } of image.members) {
    if (manifests.some((one) => one.digest === digest)) continue;
    throw new VerificationError('SUBJECT_MISMATCH', `${what} does not list ${digest}`, {
      context: { expected: digest },
    });
  }
  const writer = pusher.writer(image.repository);
  if ((await writer.findManifest(digestOf('sha256', bytes))) !== undefined) return mediaType;
  try {
    await writer.putManifest(bytes, mediaType);
  } catch (error) {
    if (!isIncomplete(error)) throw error;
    for (const { digest } of manifests) await pushOther(digest, copying);
    await writer.putManifest(bytes, mediaType);
  }
  return mediaType;
}

/** `MANIFEST_BLOB_UNKNOWN`, which is 400 or 404. */
function isIncomplete(error: unknown): boolean {
  return error instanceof TransportError && [400, 404].includes(Number(error.context['status']));
}

/** Layers of other places (Windows' own) are in no registry but theirs, and no registry asks for them. */
const foreign = /foreign|nondistributable/;

async function pushOther(digest: Digest, copying: Copying): Promise<void> {
  const { image, source, from } = copying;
  const what = `${image.image}@${digest}`;
  const bytes = await source.document(from, 'manifest', digest);
  const manifest = parseImageManifest(bytes, what);
  const layers = manifest.layers.filter(({ mediaType }) => !foreign.test(mediaType));
  await pushManifest(bytes, { ...manifest, layers }, what, copying);
}

/** As cosign keeps them: `sha256-<hex>.sig`. They vouch for themselves, to whoever verifies them. */
async function pushSignatures(signed: readonly Digest[], copying: Copying): Promise<boolean> {
  const { image, pusher, source, from } = copying;
  const writer = pusher.writer(image.repository);
  let isSigned = false;
  for (const digest of signed) {
    const tag = `${digest.replace(':', '-')}.sig`;
    const bytes = await source.tagged(from, tag);
    if (bytes === undefined) continue;
    isSigned = true;
    if ((await writer.findManifest(tag)) === digestOf('sha256', bytes)) continue;
    const what = `${image.originalRepository}:${tag}`;
    await pushManifest(bytes, parseImageManifest(bytes, what), what, copying);
    await writer.putManifest(bytes, typeOf(bytes, what), tag);
  }
  return isSigned;
}

function typeOf(bytes: Uint8Array, what: string): string {
  const { mediaType = 'application/vnd.oci.image.manifest.v1+json' } = parseImageManifest(bytes, what);
  return mediaType;
}
