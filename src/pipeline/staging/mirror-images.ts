/**
 * The container images of a mirror: one OCI image layout, in which images share their blobs. Small documents are read and
 * judged first, from the tree where they stand there; layers then come the way of every other file; the documents are
 * written behind what they name, and `index.json`, which gives images their names, last of all.
 */
import { mirrorBlobPath, mirrorIndexPath, mirrorLayoutPath } from '../../formats/own/mirror-layout.ts';
import {
  layoutFileBytes,
  maxLayoutIndexBytes,
  parseLayoutIndex,
  renderLayoutIndex,
  renderPlatformIndex,
} from '../../formats/upstream/oci-layout.ts';
import { maxManifestBytes, type Descriptor } from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';
import type { MirrorTree } from '../../model/mirror-tree.ts';
import type { Reporter } from '../../model/ports.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { digestOf } from '../../verify/digest.ts';
import {
  requireDigest,
  type DescribedDocument,
  type ImageContent,
} from '../../verify/image/image-content.ts';
import { gatherImage, type WantedImage } from './image-items.ts';
import { gatherSignatures, type ImageSignatures } from './image-signatures.ts';
import { putFile } from './put-file.ts';
import { readSmall } from './read-small.ts';
import type { StagingItem } from './staging-items.ts';

/** An image, its documents read and judged. */
export interface MirrorImage {
  readonly wanted: WantedImage;
  readonly pinned: ImageContent;
  readonly signatures: ImageSignatures | undefined;
  /** Small blobs, to be written: what names others behind those. */
  readonly documents: readonly DescribedDocument[];
  /** To be fetched. */
  readonly layers: readonly StagingItem[];
}

export interface ImageFailure {
  readonly wanted: WantedImage;
  readonly error: AssayError;
}

interface Ports {
  readonly tree: MirrorTree;
  readonly store: ImageStore;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** One image's failure does not stop the others. */
export async function gatherMirrorImages(
  wanted: readonly WantedImage[],
  ports: Ports,
): Promise<{ readonly images: readonly MirrorImage[]; readonly failures: readonly ImageFailure[] }> {
  const named = wanted.length === 0 ? new Map<string, Descriptor>() : await readIndex(ports);
  const images: MirrorImage[] = [];
  const failures: ImageFailure[] = [];
  for (const one of wanted) {
    if (ports.signal?.aborted === true) break;
    try {
      images.push(await gather(one, named, ports));
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      failures.push({ wanted: one, error });
    }
  }
  return { images, failures };
}

async function gather(
  wanted: WantedImage,
  named: ReadonlyMap<string, Descriptor>,
  { tree, store, reporter }: Ports,
): Promise<MirrorImage> {
  reporter.step(`reading ${wanted.image.image}`);
  const find = (digest: Digest) => findDocument(tree, digest);
  const { pinned, config } = await gatherImage(wanted, store, { find, withIndex: true });
  const signatures = await gatherSignatures(pinned, { store, find, named });
  if (signatures === undefined) {
    reporter.warn(`${pinned.name}: there is no signature to be mirrored along; its digest is pinned`);
  }
  return {
    ...{ wanted, pinned, signatures },
    documents: [
      { descriptor: pinned.config, bytes: config },
      ...(signatures?.documents ?? []),
      { descriptor: pinned.manifest, bytes: pinned.manifestBytes },
      ...(pinned.index === undefined ? [] : [pinned.index]),
    ],
    layers: pinned.layers.map(({ digest, size }) => {
      const sources = store.sources(pinned.repository, digest);
      const url = sources[0]?.url ?? '';
      return { name: mirrorBlobPath(digest), url, digest, sizeBytes: size, sources };
    }),
  };
}

/** What the tree has by name: nothing where there is no index, or one that cannot be read. */
async function readIndex({ tree, reporter }: Ports): Promise<ReadonlyMap<string, Descriptor>> {
  try {
    const bytes = await readSmall((path) => tree.open(path), mirrorIndexPath, maxLayoutIndexBytes);
    return bytes === undefined ? new Map() : parseLayoutIndex(bytes, mirrorIndexPath);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    reporter.warn(`${error.message}: it is written anew, with the images of this run`);
    return new Map();
  }
}

/** A document of the tree, where it stands there and is right. */
async function findDocument(tree: MirrorTree, digest: Digest): Promise<Uint8Array | undefined> {
  const path = mirrorBlobPath(digest);
  try {
    const bytes = await readSmall((name) => tree.open(name), path, maxManifestBytes);
    if (bytes !== undefined) requireDigest(bytes, digest, path);
    return bytes;
  } catch (error) {
    if (error instanceof VerificationError) return undefined;
    throw error;
  }
}

export interface NamedImages {
  readonly images: readonly MirrorImage[];
  /** Forget the names of all others. */
  readonly prune: boolean;
}

/**
 * Writes the documents of images whose layers are all there, then the layout's index. Returns the paths of what belongs to
 * them, layers not among them. Throws UsageError `FILE_UNWRITABLE` and `NO_SPACE`.
 */
export async function putImages({ images, prune }: NamedImages, ports: Ports): Promise<readonly string[]> {
  const { tree } = ports;
  const paths = new Set<string>();
  const put = async ({ descriptor: { digest }, bytes }: DescribedDocument) => {
    const path = mirrorBlobPath(digest);
    if (paths.has(path)) return;
    paths.add(path);
    await putFile({ path, bytes, digest }, tree);
  };
  for (const { documents } of images) for (const document of documents) await put(document);
  const named = new Map<string, Descriptor>(prune ? [] : await readIndex(ports));
  for (const [name, members] of Map.groupBy(images, ({ pinned }) => pinned.name)) {
    const root = rootOf(members.map(({ pinned }) => pinned));
    await put(root);
    named.set(name, root.descriptor);
  }
  for (const { signatures } of images) {
    if (signatures !== undefined) named.set(signatures.name, signatures.manifest.descriptor);
  }
  for (const [path, bytes] of [
    [mirrorLayoutPath, layoutFileBytes],
    [mirrorIndexPath, renderLayoutIndex(named)],
  ] as const) {
    paths.add(path);
    await putFile({ path, bytes, digest: digestOf('sha256', bytes) }, tree);
  }
  return [...paths];
}

/**
 * What a name leads to: the publisher's index, the one manifest that there is, or an index of our own over the platforms
 * whose publisher signs them one by one.
 */
function rootOf(images: readonly ImageContent[]): DescribedDocument {
  const roots = new Map(
    images.map((image) => {
      const root = image.index ?? { descriptor: image.manifest, bytes: image.manifestBytes };
      return [root.descriptor.digest, root];
    }),
  );
  const [first, ...others] = roots.values();
  if (first !== undefined && others.length === 0) return first;
  const bytes = renderPlatformIndex(
    images.map(({ manifest, architecture }) => ({ descriptor: manifest, architecture })),
  );
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return { descriptor: { mediaType, digest: digestOf('sha256', bytes), size: bytes.length }, bytes };
}
