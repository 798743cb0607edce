/** `assay mirror` and mirrors that are published already: filled from one, compared with one, kept for older manifests. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import type { Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const host = 'files.example.org';
const published = 'mirror.example/bucket';
const pathOf = (key: string, version: string) => `vmconfig/artifacts/${key}/${version}/${key}`;
const manifestPath = 'manifests/vmconfig_knc_debian-13_amd64.json';
const [older, newer] = ['17.8-0+deb13u1', '17.9-0+deb13u1'];

const contentOf = (key: string, version: string) => Buffer.alloc(20_000 + key.length, `${key} ${version} `);

function manifestOf(versions: Readonly<Record<string, string>>): Uint8Array {
  const dependencies = Object.fromEntries(
    Object.entries(versions).map(([key, version]) => {
      const bytes = contentOf(key, version);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
      const url = `https://${host}/${encodeURIComponent(version)}/${key}`;
      return [key, { version, url, type: 'binary', digest, size: bytes.length } as const];
    }),
  );
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [] } });
}

const current = { kubelet: '1.37.0', libpq5: newer, runc: '1.4.0' };
const paths = Object.entries(current).map(([key, version]) => pathOf(key, version));
const libpq5 = pathOf('libpq5', newer);

let directory: string;
/** The origin, and beside it what a tree was published to. */
let server: UpstreamServer;
let base: string;
let tree: string;
const inDirectory = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-mirror-remote-'));
  tree = inDirectory('tree');
  const all = [...Object.entries(current), ['libpq5', older] as const];
  const files = new Map(
    all.map(([key, version]) => [`${host}/${version}/${key}`, contentOf(key, version)] as const),
  );
  server = await startUpstreamServer({ files, directory: inDirectory('published') });
  base = `${server.url}/${published}`;
  await writeFile(inDirectory('new.json'), manifestOf(current));
  await writeFile(inDirectory('old.json'), manifestOf({ ...current, libpq5: older }));
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

const mirror = (manifest: string, ...args: readonly string[]) =>
  runInProcess(['mirror', inDirectory(manifest), '--json', '--cache-dir', '/dev/null/cache', ...args]);
const origin = () => ['--mirror', `https://${host}=${server.url}/${host}`];
const fill = (manifest: string, ...args: readonly string[]) =>
  mirror(manifest, '--dir', tree, ...origin(), ...args);
/** As rclone would. */
const publish = () => cp(tree, inDirectory(`published/${published}`), { recursive: true });
const verify = (...args: readonly string[]) => mirror('new.json', '--verify', base, ...args);

interface Verified {
  readonly verified: boolean;
  readonly seed: string;
  readonly files: readonly { path: string; status: string; error?: { code: string } }[];
}
const documentOf = ({ stdout }: Outcome) => JSON.parse(stdout) as Verified;
const statusOf = (outcome: Outcome, path: string) =>
  documentOf(outcome).files.find((file) => file.path === path);
const hashed = (outcome: Outcome) =>
  documentOf(outcome)
    .files.filter(({ path, status }) => status === 'right' && path !== manifestPath)
    .map(({ path }) => path)
    .sort();
const requestsFor = (path: string) => server.log.filter((one) => one.path === `${published}/${path}`);

describe('mirror --verify', () => {
  beforeEach(async () => {
    expectDone(await fill('new.json'));
    await publish();
  });

  test('asks for the size of each file, hashes a sample and the manifests, and writes nothing', async () => {
    const before = await snapshot(directory);
    const sent = server.log.length;
    const done = expectDone(await verify('--sample', '1'));
    expect(documentOf(done)).toMatchObject({ verified: true });
    expect(documentOf(done).files.map(({ path }) => path)).toEqual([...paths, manifestPath]);
    expect(hashed(done)).toHaveLength(1);
    expect(statusOf(done, manifestPath)?.status).toBe('right');
    const methods = server.log.slice(sent).map(({ method }) => method);
    expect(methods.sort()).toEqual(['GET', 'GET', 'HEAD', 'HEAD']);
    expect(await snapshot(directory)).toEqual(before);
  });

  test('hashes all, none, or as the seed says, which the run tells', async () => {
    expect(hashed(await verify('--sample', 'all'))).toEqual(paths);
    expect(hashed(await verify('--sample', '0'))).toEqual([]);
    const first = await verify();
    expect(hashed(await verify('--seed', documentOf(first).seed))).toEqual(hashed(first));
    expect(first.stderr).toContain(`--seed ${documentOf(first).seed}`);
  });

  test('says what is missing, of another size and of other bytes, each file by itself', async () => {
    const [kubelet = '', , runc = ''] = paths;
    server.override(`${published}/${kubelet}`, substitute(Buffer.from('short')));
    server.override(`${published}/${libpq5}`, refuse(404));
    const changed = Buffer.alloc(contentOf('runc', '1.4.0').length, 'x');
    server.override(`${published}/${runc}`, substitute(changed));
    const outcome = await verify('--sample', 'all');
    expect(outcome.exitCode).toBe(5);
    expect(documentOf(outcome).verified).toBe(false);
    expect(documentOf(outcome).files.map(({ status, error }) => [status, error?.code])).toEqual([
      ['wrong', 'SIZE_MISMATCH'],
      ['missing', 'FILE_MISSING'],
      ['wrong', 'DIGEST_MISMATCH'],
      ['right', undefined],
    ]);
    // The size is seen without the bytes, which alone tell of the rest.
    const sizes = await verify('--sample', '0');
    expect(documentOf(sizes).files.map(({ status }) => status)).toEqual([
      'wrong',
      'missing',
      'there',
      'right',
    ]);
  });

  test('refuses an older manifest in place of the one that it was given', async () => {
    const old = await readFile(inDirectory('old.json'));
    server.override(`${published}/${manifestPath}`, substitute(old));
    const outcome = await verify('--sample', '0');
    expect(outcome.exitCode).toBe(5);
    expect(statusOf(outcome, manifestPath)).toMatchObject({
      status: 'wrong',
      error: { code: 'DIGEST_MISMATCH' },
    });
  });

  test.for([405, 501])('asks by GET where HEAD is answered with %d', async (status) => {
    server.override(`${published}/${libpq5}`, (request, response, place) => {
      if (request.method !== 'HEAD') place.answerHonestly();
      else response.writeHead(status).end();
    });
    expectDone(await verify('--sample', '0'));
    expect(requestsFor(libpq5).map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('takes the 403 of a store that does not list for what is missing', async () => {
    server.override(`${published}/${libpq5}`, refuse(403));
    const outcome = await verify('--sample', '0');
    expect([outcome.exitCode, statusOf(outcome, libpq5)?.status]).toEqual([5, 'missing']);
  });

  test('hashes what the server does not tell the size of', async () => {
    const bytes = contentOf('libpq5', newer);
    server.override(`${published}/${libpq5}`, (request, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(request.method === 'GET' ? bytes : '');
    });
    const done = expectDone(await verify('--sample', '0'));
    expect(statusOf(done, libpq5)?.status).toBe('right');
  });

  test('ends with 4 where a server cannot be asked, and with 5 where another file is wrong besides', async () => {
    server.override(`${published}/${libpq5}`, refuse(401));
    const outcome = await verify('--sample', '0');
    expect([outcome.exitCode, statusOf(outcome, libpq5)?.status]).toEqual([4, 'unasked']);
    server.override(`${published}/${paths[0] ?? ''}`, refuse(410));
    expect((await verify('--sample', '0')).exitCode).toBe(5);
  });

  test('asks for what --keep names as well', async () => {
    const outcome = await verify('--keep', inDirectory('old.json'), '--sample', '0');
    expect(outcome.exitCode).toBe(5);
    expect(statusOf(outcome, pathOf('libpq5', older))?.status).toBe('missing');
  });
});

describe('mirror --mirror-base', () => {
  beforeEach(async () => {
    expectDone(await fill('new.json'));
    await publish();
    await rm(tree, { recursive: true });
  });
  const requests = (prefix: string) => server.log.filter(({ path }) => path.startsWith(`${prefix}/`));

  test('fills a tree from the mirror of another region, and asks no origin', async () => {
    const before = requests(host).length;
    expectDone(await mirror('new.json', '--dir', tree, '--mirror-base', base));
    expect(requests(host)).toHaveLength(before);
    expect(await snapshot(tree)).toEqual(await snapshot(inDirectory(`published/${published}`)));
  });

  test('believes nothing of it: other bytes are refused, and no origin is asked for better ones', async () => {
    const before = requests(host).length;
    server.override(`${published}/${libpq5}`, substitute(contentOf('libpq5', older)));
    const outcome = await fill('new.json', '--mirror-base', base, '--fallback-origin');
    expectRefused(outcome, 5, 'DIGEST_MISMATCH');
    expect(requests(host)).toHaveLength(before);
    expect(await readdir(tree)).toEqual(['vmconfig']);
  });

  test('asks the origin for what it does not have, where that was said', async () => {
    server.override(`${published}/${libpq5}`, refuse(404));
    expectRefused(await fill('new.json', '--mirror-base', base), 4, 'NOT_FOUND');
    expectDone(await fill('new.json', '--mirror-base', base, '--fallback-origin'));
    expect(await snapshot(tree)).toEqual(await snapshot(inDirectory(`published/${published}`)));
  });
});

describe('mirror --keep', () => {
  test('has what an older manifest names, and prunes what none does', async () => {
    expectDone(await fill('old.json'));
    const artifacts = async () =>
      Object.keys(await snapshot(tree)).filter((path) => path.includes('libpq5/'));
    const [was, is] = [older, newer].map((version) => pathOf('libpq5', version));
    const keep = ['--keep', inDirectory('old.json')];
    expectDone(await fill('new.json', '--prune', ...keep));
    expect(await artifacts()).toEqual(expect.arrayContaining([was, is]));
    // One manifest is published, the new one.
    expect(await readFile(join(tree, manifestPath))).toEqual(Buffer.from(manifestOf(current)));
    // In an empty directory as well: it is fetched, and not only left alone.
    await rm(tree, { recursive: true });
    expectDone(await fill('new.json', '--prune', ...keep));
    expect(await artifacts()).toEqual(expect.arrayContaining([was, is]));
    expectDone(await fill('new.json', '--prune'));
    expect(await artifacts()).not.toContain(was);
  });

  test('prunes nothing where what it names cannot be had', async () => {
    expectDone(await fill('old.json'));
    await rm(join(tree, pathOf('libpq5', older)));
    server.override(`${host}/${older}/libpq5`, refuse(404));
    const stray = join(tree, 'vmconfig/artifacts/kubelet/1.37.0/stray');
    await writeFile(stray, 'x');
    expectRefused(await fill('new.json', '--prune', '--keep', inDirectory('old.json')), 4, 'NOT_FOUND');
    expect(await readFile(stray, 'utf8')).toBe('x');
    expect(await readFile(join(tree, manifestPath))).toEqual(Buffer.from(manifestOf(current)));
  });
});

test.for([
  ['neither directory nor server', []],
  ['both', ['--dir', 'tree', '--verify', 'https://mirror.example']],
  ['a sample of what is filled', ['--dir', 'tree', '--sample', '5%']],
  ['a seed of what is filled', ['--dir', 'tree', '--seed', '1']],
  ['to prune a server', ['--verify', 'https://mirror.example', '--prune']],
  ['a mirror of a server', ['--verify', 'https://mirror.example', '--mirror-base', 'https://other.example']],
  ['to fall back from nothing', ['--dir', 'tree', '--fallback-origin']],
  ['no amount', ['--verify', 'https://mirror.example', '--sample', 'some']],
  ['more than all', ['--verify', 'https://mirror.example', '--sample', '101%']],
  ['a server with a password', ['--verify', 'https://a:b@mirror.example']],
  ['a server of no such scheme', ['--verify', 's3://bucket']],
] as const)('mirror is wrong usage with %s', async ([, args]) => {
  expectRefused(await mirror('new.json', ...args), 2, 'USAGE');
  expect(server.log).toEqual([]);
});
