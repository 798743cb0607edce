/** A set of files for the staging benchmark: an upstream that has them, and the manifest that names them. */
import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import type { Setting } from './contenders.ts';
import type { StagingUpstreamAnswer, StagingUpstreamRequest } from './staging-upstream.ts';

export interface StagingSet {
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly hexes: readonly string[];
  readonly manifest: string;
  readonly base: string;
  /** Where contenders put their files, each below a name of its own. */
  readonly out: string;
  close(): void;
}

/** `name`: of its manifest and of the folder to stage into. */
export async function openSet(
  { work }: Pick<Setting, 'work'>,
  name: string,
  sizes: readonly number[],
  shape?: StagingUpstreamRequest['shape'],
): Promise<StagingSet> {
  await mkdir(work, { recursive: true });
  const names = sizes.map((_, at) => `file-${at}`);
  const files = sizes.map((sizeBytes, at) => ({
    path: `/vmconfig/artifacts/file-${at}/1.0/file-${at}`,
    sizeBytes,
  }));
  const child = fork(fileURLToPath(new URL('staging-upstream.ts', import.meta.url)));
  const { url, hexes } = await new Promise<StagingUpstreamAnswer>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the upstream of the benchmark ended')));
    child.once('message', (message) => resolve(message as StagingUpstreamAnswer));
    child.send({ files, ...(shape === undefined ? {} : { shape }) });
  });
  const dependencies = Object.fromEntries(
    names.map((key, at): [string, ManifestDependency] => [
      key,
      {
        version: '1.0',
        url: `https://files.example.org/${key}`,
        type: 'binary',
        digest: `sha256:${hexes[at] ?? ''}`,
        size: sizes[at] ?? 0,
      },
    ]),
  );
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const manifest = join(work, `${name}.json`);
  await writeFile(
    manifest,
    renderManifest({ vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [] } }),
  );
  return {
    ...{ names, hexes, manifest, base: url, out: join(work, name) },
    urls: files.map(({ path }) => url + path),
    close: () => child.disconnect(),
  };
}
