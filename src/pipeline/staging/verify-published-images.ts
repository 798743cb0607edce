/**
 * Does a server have the container images that some manifests pin? Their documents are read whole, and judged by the pinned
 * digests. What gives them their names, `index.json`, nothing vouches for: each name must lead to what is pinned, and
 * everything that it names must be there.
 */
import { mirrorBlobPath, mirrorIndexPath } from '../../formats/own/mirror-layout.ts';
import { maxLayoutIndexBytes, parseLayoutIndex } from '../../formats/upstream/oci-layout.ts';
import { maxManifestBytes, parseOciDocument, type Descriptor } from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { digestOf, verifyBytes } from '../../verify/digest.ts';
import { readImageContent, type ImageContent } from '../../verify/image/image-content.ts';
import { gatherImage, type WantedImage } from './image-items.ts';
import type { StagingItem } from './staging-items.ts';
import { failed, type PublishedVerdict } from './verify-mirror.ts';

export interface PublishedImages {
  /** On what is read whole: the documents of each image, the layout's index, and what else that names. */
  readonly verdicts: readonly PublishedVerdict[];
  /** Layers and the like, each once, of those whose documents are right: to be asked for. */
  readonly files: readonly StagingItem[];
}

export interface MirrorPorts {
  /** The mirror's URL, without a slash at its end. */
  readonly base: string;
  readonly fetcher: Fetcher;
  /** Of the mirror alone. */
  readonly store: ImageStore;
}

/** Throws nothing that a server did. */
export async function readPublishedImages(
  wanted: readonly WantedImage[],
  ports: MirrorPorts,
): Promise<PublishedImages> {
  if (wanted.length === 0) return { verdicts: [], files: [] };
  const verdicts: PublishedVerdict[] = [];
  const images: ReadImage[] = [];
  for (const one of wanted) {
    const { image, digest, size } = one.image;
    const item = { name: image, digest, sizeBytes: size };
    try {
      const { pinned } = await gatherImage(one, ports.store, { find: nothing, withIndex: true });
      images.push({ wanted: one, pinned });
      verdicts.push({ item, status: 'right' });
    } catch (error) {
      verdicts.push(failed(item, image, error));
    }
  }
  const layout = await readLayout(wanted, images, ports);
  const layers = images.flatMap(({ pinned }) => pinned.layers.map((layer) => fileOf(layer, ports)));
  const files = new Map([...layers, ...layout.files].map((file) => [file.name, file]));
  return { verdicts: [...verdicts, ...layout.verdicts], files: [...files.values()] };
}

interface ReadImage {
  readonly wanted: WantedImage;
  readonly pinned: ImageContent;
}

const nothing = () => Promise.resolve(undefined);

function fileOf({ digest, size }: Descriptor, { base }: MirrorPorts): StagingItem {
  const name = mirrorBlobPath(digest);
  const url = `${base}/${name}`;
  return { name, url, digest, sizeBytes: size, sources: [{ url, isMirror: true }] };
}

async function readLayout(
  wanted: readonly WantedImage[],
  images: readonly ReadImage[],
  ports: MirrorPorts,
): Promise<PublishedImages> {
  const url = `${ports.base}/${mirrorIndexPath}`;
  let item: PublishedVerdict['item'] = { name: mirrorIndexPath };
  try {
    const bytes = await read(url, maxLayoutIndexBytes, ports);
    item = { ...item, digest: digestOf('sha256', bytes), sizeBytes: bytes.length };
    const named = parseLayoutIndex(bytes, url);
    // What the images are judged by has its verdict.
    const judged = new Set(wanted.flatMap(({ image }) => [image.digest, image.index]));
    const rest = [...named.values()].filter(({ digest }) => !judged.has(digest));
    const others = await readOthers(rest, ports);
    const own = images.map(({ pinned }) => [pinned.manifest.digest, pinned.manifestBytes] as const);
    const documents = new Map([...others.documents, ...own]);
    const verdict = judgeNames(item, { images, named, documents, url });
    return { verdicts: [verdict, ...others.verdicts], files: others.files };
  } catch (error) {
    return { verdicts: [failed(item, url, error)], files: [] };
  }
}

/** Throws TransportError, and VerificationError `LIMIT_EXCEEDED`. */
async function read(url: string, maxBytes: number, { fetcher }: MirrorPorts): Promise<Uint8Array> {
  try {
    return (await fetcher.get({ url, maxBytes, mayBePlain: true })).bytes;
  } catch (error) {
    if (!(error instanceof TransportError && error.code === 'TOO_LARGE')) throw error;
    throw new VerificationError('LIMIT_EXCEEDED', error.message, { context: { url }, cause: error });
  }
}

/** Signatures, and images of manifests that were not given: what a manifest among them names is to be there as well. */
async function readOthers(descriptors: readonly Descriptor[], ports: MirrorPorts) {
  const verdicts: PublishedVerdict[] = [];
  const files: StagingItem[] = [];
  const documents = new Map<Digest, Uint8Array>();
  for (const descriptor of new Map(descriptors.map((one) => [one.digest, one])).values()) {
    const { name, url, digest, sizeBytes } = fileOf(descriptor, ports);
    const item = { name, digest, sizeBytes };
    try {
      const bytes = await read(url, maxManifestBytes, ports);
      verifyBytes(bytes, { digest, sizeBytes }, url);
      const document = parseOciDocument(bytes, url);
      documents.set(digest, bytes);
      verdicts.push({ item, status: 'right' });
      if (document.kind === 'index') continue;
      const { config, layers } = document.manifest;
      files.push(...[config, ...layers].map((one) => fileOf(one, ports)));
    } catch (error) {
      verdicts.push(failed(item, url, error));
    }
  }
  return { verdicts, files, documents };
}

interface Named {
  readonly images: readonly ReadImage[];
  readonly named: ReadonlyMap<string, Descriptor>;
  /** Those that are right. */
  readonly documents: ReadonlyMap<Digest, Uint8Array>;
  readonly url: string;
}

function judgeNames(item: PublishedVerdict['item'], { images, ...layout }: Named): PublishedVerdict {
  try {
    for (const image of images) requireNamed(image, layout);
    return { item, status: 'right' };
  } catch (error) {
    return failed(item, layout.url, error);
  }
}

/** Throws VerificationError `EVIDENCE_MISSING` and `SUBJECT_MISMATCH`. */
function requireNamed({ wanted, pinned }: ReadImage, { named, documents, url }: Omit<Named, 'images'>): void {
  const found = named.get(pinned.name);
  if (found === undefined) {
    const message = `${url} has no ${pinned.name}`;
    throw new VerificationError('EVIDENCE_MISSING', message, { context: { url, image: pinned.name } });
  }
  const root = pinned.index?.descriptor ?? pinned.manifest;
  if (found.digest === root.digest) {
    requireSame(found, root, pinned.name, url);
    return;
  }
  if (pinned.index !== undefined) throw leadsElsewhere(found.digest, root.digest, pinned.name, url);
  // Of a publisher who signs no index: one of the mirror's own, over the platforms. What is not there was said.
  const bytes = documents.get(found.digest);
  if (bytes === undefined) return;
  const image = { ...wanted.image, index: found.digest };
  readImageContent(image, wanted.architecture, { manifest: pinned.manifestBytes, index: bytes });
}

function requireSame(found: Descriptor, root: Descriptor, name: string, url: string): void {
  for (const key of ['size', 'mediaType'] as const) {
    if (found[key] === root[key]) continue;
    throw leadsElsewhere(`${key} ${String(found[key])}`, String(root[key]), name, url);
  }
}

function leadsElsewhere(found: string, expected: string, name: string, url: string): VerificationError {
  const message = `${url} leads ${name} to ${found}, expected ${expected}`;
  const hint = 'Publish it: copy the tree again.';
  return new VerificationError('SUBJECT_MISMATCH', message, {
    hint,
    context: { url, image: name, expected, found },
  });
}
