/**
 * Container images into a registry that stands in for theirs: manifest, configuration and layers of each platform that is
 * wanted, the index that their publisher signed, and the signatures; each by digest, and the tag last.
 */
import type { ManifestImage } from '../../formats/own/manifest.ts';
import { mirrorBlobPath } from '../../formats/own/mirror-layout.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import {
  parseTaggedReference,
  repositoryUrl,
  type Repository,
} from '../../formats/upstream/image-reference.ts';
import { renderPlatformIndex } from '../../formats/upstream/oci-layout.ts';
import {
  parseImageManifest,
  parseOciDocument,
  type Descriptor,
  type ImageManifest,
} from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import { digestOf } from '../../verify/digest.ts';
import { signatureTag } from '../../verify/image/cosign-signature.ts';
import { manifestTypeOf, readRunnableImage } from '../../verify/image/image-manifest.ts';
import type { BlobPusher } from './push-blobs.ts';
import type { PlannedImage } from './push-plan.ts';
import type { PushedBytes } from './push-sources.ts';

export interface PushedImage {
  readonly image: PlannedImage;
  /** What the tag leads to: the index, where there is one and the registry takes it. */
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
  const copying = { ...ports, image, from: parseTaggedReference(image.image) };
  const [first] = image.members;
  if (first === undefined) throw new TypeError('an image of no manifest');
  const root = first.index ?? first.digest;
  const writer = ports.pusher.writer(image.repository);
  const found = await writer.findManifest(image.tag);
  for (const member of image.members) await pushMember(member, copying);
  const bytes = await ports.source.document(copying.from, 'manifest', root);
  const own = { bytes, mediaType: typeOf(bytes, image.image) };
  const isIndexed = first.index !== undefined;
  const tagged = isIndexed ? await pushIndex(own, copying) : await pushMembers(copying);
  const isSigned = await pushSignatures(
    [...new Set([root, ...image.members.map(({ digest }) => digest)])],
    copying,
  );
  const digest = digestOf('sha256', tagged.bytes);
  if (found === digest) return { image, digest, isSigned, status: 'kept' };
  await writer.putManifest(tagged.bytes, tagged.mediaType, image.tag);
  return { image, digest, isSigned, status: 'pushed' };
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
  if (!(await writer.hasManifest(digest))) await writer.putManifest(bytes, typeOf(bytes, what));
}

function wantedOf({ digest, size }: Descriptor, repository: Repository, what: string) {
  const url = `${repositoryUrl(repository)}/blobs/${digest}`;
  return { title: what, path: mirrorBlobPath(digest), url, digest, sizeBytes: size, repository };
}

/** What a tag is to lead to. */
interface Root {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/**
 * Registries that take an index only with all that it lists get all of it; others are spared the platforms that nobody
 * wanted. Where a mirror has not got those, the tag leads to what it has.
 */
async function pushIndex(root: Root, copying: Copying): Promise<Root> {
  const { image, pusher } = copying;
  const what = `the index of ${image.image}`;
  const document = parseOciDocument(root.bytes, what);
  if (document.kind !== 'index') throw malformed(what, 'it is the manifest of one image');
  const { manifests } = document.index;
  for (const { digest } of image.members) {
    if (manifests.some((one) => one.digest === digest)) continue;
    throw new VerificationError('SUBJECT_MISMATCH', `${what} does not list ${digest}`, {
      context: { expected: digest },
    });
  }
  const writer = pusher.writer(image.repository);
  if (await writer.hasManifest(digestOf('sha256', root.bytes))) return root;
  try {
    await writer.putManifest(root.bytes, root.mediaType);
  } catch (error) {
    if (!isIncomplete(error)) throw error;
    if (!(await pushOthers(manifests, copying))) return pushMembers(copying);
    await writer.putManifest(root.bytes, root.mediaType);
  }
  return root;
}

/** False where they are not to be had. */
async function pushOthers(manifests: readonly Descriptor[], copying: Copying): Promise<boolean> {
  try {
    for (const { digest } of manifests) await pushOther(digest, copying);
    return true;
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'FILE_MISSING') return false;
    throw error;
  }
}

/** The one manifest that there is, or an index of our own over several. */
async function pushMembers({ image, pusher, source, from }: Copying): Promise<Root> {
  const roots = await Promise.all(
    image.members.map(async ({ digest, platform = '' }) => {
      const bytes = await source.document(from, 'manifest', digest);
      const mediaType = typeOf(bytes, image.image);
      const [, architecture = ''] = platform.split('/');
      return { bytes, mediaType, descriptor: { mediaType, digest, size: bytes.length }, architecture };
    }),
  );
  const [only, ...others] = roots;
  if (only !== undefined && others.length === 0) return only;
  const root = { bytes: renderPlatformIndex(roots), mediaType: 'application/vnd.oci.image.index.v1+json' };
  await pusher.writer(image.repository).putManifest(root.bytes, root.mediaType);
  return root;
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
    const tag = signatureTag(digest);
    const bytes = await source.signatures(from, digest);
    if (bytes === undefined) continue;
    isSigned = true;
    if ((await writer.findManifest(tag)) === digestOf('sha256', bytes)) continue;
    const what = `${image.originalRepository}:${tag}`;
    await pushManifest(bytes, parseImageManifest(bytes, what), what, copying);
    await writer.putManifest(bytes, typeOf(bytes, what), tag);
  }
  return isSigned;
}

/** The type is an OCI one where it is not said. */
function typeOf(bytes: Uint8Array, what: string): string {
  const document = parseOciDocument(bytes, what);
  if (document.kind === 'manifest') return manifestTypeOf(document.manifest);
  return document.index.mediaType ?? 'application/vnd.oci.image.index.v1+json';
}
