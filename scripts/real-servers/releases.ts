/** Three releases of one kind of VM after one another: some files stay, some are replaced. Made here, small. */
import { createHash } from 'node:crypto';
import { renderManifest, type ManifestImage } from '../../src/formats/own/manifest.ts';
import type { Content } from '../upstream/virtual-file.ts';

export const host = 'files.example.org';
export const manifestFile = 'knc.debian-13.amd64.json';

/** With what is hard to say in a URL, too. */
const kept = { k3s: '1.35.5+k3s1', runc: '1.4.2' };
export const releases = [
  { name: 'first', versions: { ...kept, kubelet: '1.36.4', libpq5: '17.8-0+deb13u1' } },
  { name: 'second', versions: { ...kept, kubelet: '1.37.0', libpq5: '17.8-0+deb13u1' } },
  { name: 'third', versions: { ...kept, kubelet: '1.37.0', libpq5: '17.9-0+deb13u1~1' } },
] as const;
export type Release = (typeof releases)[number];

function contentOf(key: string, version: string): Buffer {
  return Buffer.alloc(200_000 + 1_000 * key.length, `${key} ${version} `);
}

const nameOf = (key: string, version: string) => `${key}_${version}_amd64`;

/** Where a mirror has it. */
export function pathOf(key: string, version: string): string {
  return `vmconfig/artifacts/${key}/${version}/${nameOf(key, version)}`;
}

/** All of them, by host and path. */
export function originFiles(): ReadonlyMap<string, Content> {
  const all = releases.flatMap(({ versions }) => Object.entries(versions));
  return new Map(
    all.map(([key, version]) => [`${host}/pool/${nameOf(key, version)}`, contentOf(key, version)]),
  );
}

/** `images`: container images besides. */
export function manifestOf({ versions }: Release, images: readonly ManifestImage[] = []): Uint8Array {
  const dependencies = Object.fromEntries(
    Object.entries(versions).map(([key, version]) => {
      const bytes = contentOf(key, version);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
      const url = `https://${host}/pool/${nameOf(key, version)}`;
      return [key, { version, url, type: 'binary', digest, size: bytes.length } as const];
    }),
  );
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [...images] } });
}
