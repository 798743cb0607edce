/**
 * The pause image, signed, in a registry of the embedded upstream, and manifests that pin it: for tests of images that are
 * mirrored and staged. What the registry holds may be changed before it is opened, and answers may be overridden after.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { ociDigest, signatureTagOf, type OciLayer } from '../../scripts/upstream/oci-image.ts';
import {
  publishRegistry,
  type OciRegistryOptions,
  type OciRepository,
} from '../../scripts/upstream/oci-registry.ts';
import { publicationMirrors } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import type { ManifestImage } from '../../src/formats/own/manifest-schema.ts';
import { ustarEndBytes, ustarHeader, ustarPadding } from '../../src/formats/upstream/ustar.ts';
import type { Architecture } from '../../src/model/artifact.ts';
import { parseMirror } from '../../src/io/http/mirrors.ts';
import type { Digest } from '../../src/model/digest.ts';
import type { Message, Reporter } from '../../src/model/ports.ts';
import { ImageStore, type ImageMirror } from '../../src/sources/image-store.ts';
import { pauseRepository } from './pause-registry.ts';
import { quickFetcher, type QuickFetcher } from './quick-fetcher.ts';
import { silentReporter } from './silent-reporter.ts';

export const imageName = 'registry.k8s.io/pause:3.10.2';
export const archiveFile = 'registry.k8s.io+pause++3.10.2.oci.tar';
export const blobs = 'registry.k8s.io/v2/pause/blobs';
export const manifests = 'registry.k8s.io/v2/pause/manifests';

/** What a node can unpack: one file in a tar archive, compressed. */
export function runnableLayer(text = 'pause'): OciLayer {
  const content = Buffer.from(text);
  const tar = Buffer.concat([
    ustarHeader('pause', content.length),
    content,
    Buffer.alloc(ustarPadding(content.length) + ustarEndBytes),
  ]);
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`;
  return { content: gzipSync(tar), diffId };
}

interface Described {
  readonly digest: Digest;
  readonly size: number;
}

/** An image's parts, as the registry has them. */
export interface PublishedImage {
  readonly index: Digest;
  readonly signatures: string;
  readonly manifest: Digest;
  readonly config: Described;
  readonly layers: readonly Described[];
  readonly pinned: ManifestImage;
}

export function publishedImage(
  { tags, manifests: documents }: OciRepository,
  arch: Architecture = 'amd64',
  tag = '3.10.2',
): PublishedImage {
  const index = tags.get(tag)!;
  const { manifests: members } = JSON.parse(Buffer.from(index).toString()) as {
    manifests: (Described & { platform: { architecture: string } })[];
  };
  const member = members.find(({ platform }) => platform.architecture === arch)!;
  const bytes = documents.get(member.digest)!;
  const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as {
    config: Described;
    layers: Described[];
  };
  const digest = ociDigest(index) as Digest;
  const size = layers.reduce((sum, layer) => sum + layer.size, bytes.length + config.size);
  return {
    ...{ index: digest, signatures: signatureTagOf(digest), manifest: member.digest, config, layers },
    pinned: {
      image: `registry.k8s.io/pause:${tag}`,
      digest: member.digest,
      size,
      platform: `linux/${arch}`,
      index: digest,
    },
  };
}

/** A manifest of images alone. */
export function manifestOf(
  images: readonly ManifestImage[],
  { kind = 'knc', arch = 'amd64' }: { readonly kind?: string; readonly arch?: Architecture } = {},
): Manifest {
  const os = { name: 'debian-13', arch } as const;
  return { vmconfig: { version: 'dev', kind, os, dependencies: {}, images: [...images] } };
}

/** Writes down what it is warned of. */
export interface WarningReporter extends Reporter {
  readonly warnings: string[];
}

export interface ImageRehearsal {
  readonly directory: string;
  readonly server: UpstreamServer;
  readonly repository: OciRepository;
  /** `--mirror ORIGIN=URL`, for every host of the registry. */
  readonly mirrorArgs: readonly string[];
  readonly mirrors: readonly string[];
  readonly fetcher: QuickFetcher;
  readonly reporter: WarningReporter;
  /** Of the registry, or of a mirror. */
  store(mirror?: ImageMirror): ImageStore;
  /** Writes a manifest of that name; returns its path. */
  write(manifest: Manifest, name?: string): Promise<string>;
}

/** Closed when the test is over. */
export async function openImages(
  repository: OciRepository = pauseRepository(),
  options: OciRegistryOptions = {},
): Promise<ImageRehearsal> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-images-'));
  const publication = publishRegistry(repository, options);
  const server = await startUpstreamServer(publication);
  const mirrors = publicationMirrors(publication, server.url);
  const fetcher = quickFetcher({
    mirrors: mirrors.map((text) => parseMirror(text)),
    retry: { attempts: 2 },
  });
  const warnings: string[] = [];
  const reporter = {
    ...silentReporter,
    warnings,
    warn: (text: Message) => void warnings.push([text].flat().join(' ')),
  };
  onTestFinished(async () => {
    await fetcher.close();
    await server.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    ...{ directory, server, repository, mirrors, fetcher, reporter },
    store: (mirror) => new ImageStore({ fetcher, reporter }, mirror),
    mirrorArgs: mirrors.flatMap((mirror) => ['--mirror', mirror]),
    async write(manifest, name = 'knc.debian-13.amd64.json') {
      const path = join(directory, name);
      await writeFile(path, renderManifest(manifest));
      return path;
    },
  };
}
