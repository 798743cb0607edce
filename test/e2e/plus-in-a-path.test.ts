/**
 * A mirror in an object store that reads a bare plus as a blank, as S3 does: filled by `assay mirror`, and asked by `assay
 * stage` and the fetch script. Names on disk are those of the manifest.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import { expectDone } from '../support/outcomes.ts';
import { shellsForFew } from '../support/posix-shells.ts';
import { runAssay, runProgram } from '../support/run-assay.ts';

const host = 'files.example.org';

/** Keys, versions and URLs. */
const artifacts = [
  ['libpq5', '17.12-0+deb13u1~1', 'pool/libpq5_17.12-0+deb13u1~1_amd64.deb', 'deb'],
  ['k3s', '1.35.5+k3s1', 'download/v1.35.5%2Bk3s1/k3s%2Bx', 'binary'],
  ['c++', '1++', 'c++/c++', 'binary'],
  ['odd', '1', 'odd/a@1:2,3=4&5', 'binary'],
] as const;
const contents: Readonly<Record<string, Buffer>> = Object.fromEntries(
  artifacts.map(([key, , , type], index) => [
    type === 'deb' ? `${key}.deb` : key,
    Buffer.alloc(5_000 + index, `${key} `),
  ]),
);

let directory: string;
let upstream: UpstreamServer;
let store: UpstreamServer;
let manifest: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-plus-'));
  manifest = join(directory, 'knd.debian-13.amd64.json');
  const bytes = Object.values(contents);
  upstream = await startUpstreamServer({
    files: new Map(
      artifacts.map(([, , path], index) => [`${host}/${decodeURIComponent(path)}`, bytes[index]!]),
    ),
  });
  store = await startUpstreamServer({ directory: join(directory, 'tree') });
  const dependencies = Object.fromEntries(
    artifacts.map(([key, version, path, type], index): [string, ManifestDependency] => {
      const digest = `sha256:${createHash('sha256').update(bytes[index]!).digest('hex')}` as const;
      return [key, { version, url: `https://${host}/${path}`, type, digest, size: bytes[index]!.length }];
    }),
  );
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  await writeFile(
    manifest,
    renderManifest({ vmconfig: { version: 'dev', kind: 'knd', os, dependencies, images: [] } }),
  );
  const mirror = ['--mirror', `https://${host}=${upstream.url}/${host}`];
  expectDone(
    await runAssay(['mirror', manifest, '--dir', join(directory, 'tree'), '--no-os-image', ...mirror]),
  );
});
afterAll(async () => {
  await Promise.all([upstream.close(), store.close()]);
  await rm(directory, { recursive: true });
});

async function expectStaged(dir: string): Promise<void> {
  const names = (await readdir(dir)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => [name, await readFile(join(dir, name))] as const),
  );
  expect(Object.fromEntries(found)).toEqual(contents);
}

test('the store reads a bare plus as a blank', async () => {
  const path = '/vmconfig/artifacts/c++/1++/c++';
  expect((await fetch(`${store.url}${path}`)).status).toBe(404);
  expect((await fetch(`${store.url}${path.replaceAll('+', '%2B')}`)).status).toBe(200);
});

test('the tree keeps the names of versions and files', async () => {
  const files = await readdir(join(directory, 'tree/vmconfig/artifacts'), { recursive: true });
  expect(files.filter((name) => name.split('/').length === 3).sort()).toEqual([
    'c++/1++/c++',
    'k3s/1.35.5+k3s1/k3s+x',
    'libpq5/17.12-0+deb13u1~1/libpq5_17.12-0+deb13u1~1_amd64.deb',
    'odd/1/a@1:2,3=4&5',
  ]);
});

test('`assay stage` finds everything there, and at the origin', async () => {
  for (const [name, args] of Object.entries({
    mirrored: ['--mirror-base', store.url],
    direct: ['--mirror', `https://${host}=${upstream.url}/${host}`],
  })) {
    const dir = join(directory, name);
    expectDone(await runAssay(['stage', manifest, '--dir', dir, ...args]));
    await expectStaged(dir);
  }
});

for (const shell of shellsForFew) {
  test(`the fetch script finds everything there, under ${shell.name}`, async () => {
    const dir = join(directory, shell.name);
    await mkdir(dir);
    const script = join(directory, `${shell.name}.sh`);
    const render = ['render', 'fetch-script', manifest, '--mirror-base', store.url, '--dir', dir];
    expectDone(await runAssay([...render, '--output', script]));
    const [program, ...args] = shell.argv;
    expectDone(await runProgram(program, [...args, script]));
    await expectStaged(dir);
    // What one of them put there is right for the other.
    expectDone(await runAssay(['stage', manifest, '--dir', dir, '--mirror-base', store.url]));
    await expectStaged(dir);
  });
}
