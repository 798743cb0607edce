/**
 * What delivery's part of the benchmark delivers: the files of the staging part and three container images, as a region's
 * mirror has them; a manifest that names all of it; and the files once more as an image layout, which skopeo can copy.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mirrorBlobPath, mirrorIndexPath, mirrorLayoutPath } from '../../src/formats/own/mirror-layout.ts';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import type { ManifestImage } from '../../src/formats/own/manifest-schema.ts';
import { blobPath, layoutFileBytes, renderLayoutIndex } from '../../src/formats/upstream/oci-layout.ts';
import type { Descriptor } from '../../src/formats/upstream/oci-manifest.ts';
import type { Digest } from '../../src/model/digest.ts';
import { sizesMb } from './staging-part.ts';

/** Of layers: a sandbox, a DNS server, a network plugin. */
export const imageSizesMb = [[0.3], [18, 2], [41, 25]];

export interface DeliverySet {
  readonly manifest: string;
  /** Of the origin's tree: what is copied, and the SHA-256 of each. */
  readonly files: readonly { readonly path: string; readonly hex: string }[];
  /** Of these, the artifacts. */
  readonly artifacts: readonly string[];
  readonly images: readonly ManifestImage[];
}

/** The tree is at `origin`, the layout of the files as one image at `layout`. */
export async function writeDeliverySet(work: string, origin: string, layout: string): Promise<DeliverySet> {
  const tree = new Tree(origin);
  const dependencies: Record<string, ManifestDependency> = {};
  for (const [at, mb] of sizesMb.entries()) {
    const key = `file-${at}`;
    const bytes = contentOf(mb);
    const digest = await tree.put(`vmconfig/artifacts/${key}/1.0/${key}`, bytes);
    const url = `https://files.example.org/${key}`;
    dependencies[key] = { version: '1.0', url, type: 'binary', digest, size: bytes.length };
    await writeAt(join(layout, blobPath(digest)), bytes);
  }
  const files = Object.values(dependencies).flatMap(({ digest, size }) =>
    digest === '' ? [] : [{ mediaType: layerType, digest, size }],
  );
  const inLayout = (path: string, bytes: Uint8Array) => writeAt(join(layout, path), bytes);
  const put = async (bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    await inLayout(blobPath(digest), bytes);
    return digest;
  };
  const { root } = await writeImage(files, put);
  await inLayout('oci-layout', layoutFileBytes);
  await inLayout('index.json', renderLayoutIndex(new Map([['set', root]])));
  const artifacts = tree.files.map(({ path }) => path);
  const images = await writeImages(tree);
  const manifest = join(work, 'delivered.json');
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const vmconfig = { version: 'dev', kind: 'knc', os, dependencies, images };
  await writeFile(manifest, renderManifest({ vmconfig }));
  return { manifest, files: tree.files, artifacts, images };
}

async function writeImages(tree: Tree): Promise<ManifestImage[]> {
  const put = (bytes: Uint8Array) => tree.put(mirrorBlobPath(digestOf(bytes)), bytes);
  const images: ManifestImage[] = [];
  const named = new Map<string, Descriptor>();
  for (const [at, layersMb] of imageSizesMb.entries()) {
    const layers = [];
    for (const mb of layersMb) {
      const bytes = contentOf(mb);
      layers.push({ mediaType: layerType, digest: await put(bytes), size: bytes.length });
    }
    const { root, size } = await writeImage(layers, put);
    const image = `registry.example.org/bench/image-${at}:1`;
    named.set(image, root);
    images.push({ image, digest: root.digest, size, platform: 'linux/amd64' });
  }
  await tree.put(mirrorLayoutPath, layoutFileBytes);
  await tree.put(mirrorIndexPath, renderLayoutIndex(named));
  return images;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar';

async function writeImage(layers: readonly Descriptor[], put: (bytes: Uint8Array) => Promise<Digest>) {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs }));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const configType = 'application/vnd.oci.image.config.v1+json';
  const described = { mediaType: configType, digest: await put(config), size: config.length };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers }));
  const root: Descriptor = { mediaType, digest: await put(bytes), size: bytes.length };
  return { root, size: layers.reduce((sum, layer) => sum + layer.size, config.length + bytes.length) };
}

/** Files below a directory, as they are listed for who copies them. */
class Tree {
  readonly files: { readonly path: string; readonly hex: string }[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async put(path: string, bytes: Uint8Array): Promise<Digest> {
    await writeAt(join(this.#root, path), bytes);
    const digest = digestOf(bytes);
    this.files.push({ path, hex: digest.slice('sha256:'.length) });
    return digest;
  }
}

async function writeAt(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function contentOf(mb: number): Buffer {
  return randomBytes(Math.round(mb * 1e6));
}
