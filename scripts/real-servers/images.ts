/** Container images for other people's programs: signed, small, and such as a node can unpack. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ManifestImage } from '../../src/formats/own/manifest.ts';
import type { Digest } from '../../src/model/digest.ts';
import { ociDigest, type OciLayer } from '../upstream/oci-image.ts';
import type { OciRepository } from '../upstream/oci-registry.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { releasePause } from '../upstream/sigstore/pause.ts';

/** A layer of one file. */
export async function runnableLayer(text = '#!/bin/sh\n'): Promise<OciLayer> {
  const archive = pack();
  archive.entry({ name: 'pause', mode: 0o755 }, text);
  archive.finalize();
  const tar = await buffer(archive);
  return { content: gzipSync(tar), diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}` };
}

/** `registry.k8s.io/pause` of these versions, each with a layer of its own. */
export async function pauseImages(...versions: readonly string[]): Promise<OciRepository> {
  const at = new Date(Date.now() - 3_600_000);
  const sigstore = createSigstore({ validFrom: new Date(at.getTime() - 86_400_000) });
  const releases = await Promise.all(
    versions.map(async (version) => ({
      version,
      at,
      layer: await runnableLayer(`#!/bin/sh\n: ${version}\n`),
    })),
  );
  return releasePause(sigstore, ...releases);
}

interface Described {
  readonly digest: Digest;
  readonly size: number;
}

/** As a manifest for amd64 pins it. */
export function pinnedImage(repository: OciRepository, version: string): ManifestImage {
  const index = repository.tags.get(version) ?? Buffer.of();
  const { manifests } = JSON.parse(Buffer.from(index).toString()) as {
    manifests: (Described & { platform: { architecture: string } })[];
  };
  const member = manifests.find(({ platform }) => platform.architecture === 'amd64');
  const bytes = repository.manifests.get(member?.digest ?? '');
  if (member === undefined || bytes === undefined) throw new TypeError(`there is no pause ${version}`);
  const { config, layers } = JSON.parse(Buffer.from(bytes).toString()) as {
    config: Described;
    layers: Described[];
  };
  return {
    image: `registry.k8s.io/pause:${version}`,
    digest: member.digest,
    size: layers.reduce((sum, { size }) => sum + size, bytes.length + config.size),
    platform: 'linux/amd64',
    index: ociDigest(index) as Digest,
  };
}
