/** `assay mirror`: what is published, when, and what never is. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test as base, vi } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { cli, root, startAssay, type Outcome, type Running } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';
import { faultyName, paused, slowly, stagingContent } from '../support/staging-faults.ts';

const host = 'files.example.org';
const content: Readonly<Record<string, Buffer>> = {
  // What `slowly` knows the size of.
  'kubelet-amd64': stagingContent[faultyName]!,
  'runc.tgz': Buffer.alloc(30_000, 'runc'),
  'os.qcow2': Buffer.alloc(50_000, 'image'),
};

function entry(name: string, type: 'binary' | 'tar.gz' | 'qcow2' = 'binary', version = '1.0+1') {
  const bytes = content[name]!;
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
  return { version, url: `https://${host}/v1.0+1/${name}`, type, digest, size: bytes.length };
}

function manifestOf(kind: string, dependencies: Record<string, ManifestDependency>): Uint8Array {
  const os = { name: 'debian-13', arch: 'amd64', image: { ...entry('os.qcow2'), type: 'qcow2' } } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind, os, dependencies, images: [] } });
}

const stub = { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 } as const;
const knc = manifestOf('knc', {
  kubelet: entry('kubelet-amd64'),
  runc: entry('runc.tgz', 'tar.gz'),
  vmconfig: stub,
});
const knd = manifestOf('knd', { kubelet: entry('kubelet-amd64') });

const paths = {
  kubelet: 'vmconfig/artifacts/kubelet/1.0+1/kubelet-amd64',
  runc: 'vmconfig/artifacts/runc/1.0+1/runc.tgz',
  image: 'vmconfig/artifacts/os-image/1.0+1/os.qcow2',
  knc: 'manifests/vmconfig_knc_debian-13_amd64.json',
  knd: 'manifests/vmconfig_knd_debian-13_amd64.json',
};

const whole: Readonly<Record<string, Uint8Array>> = {
  [paths.kubelet]: content['kubelet-amd64']!,
  [paths.runc]: content['runc.tgz']!,
  [paths.image]: content['os.qcow2']!,
  [paths.knc]: knc,
  [paths.knd]: knd,
};

interface Mirroring {
  /** What every run is given. */
  readonly args: readonly string[];
  readonly directory: string;
  readonly tree: string;
  readonly server: UpstreamServer;
  mirror(...args: readonly string[]): Promise<Outcome>;
  start(...args: readonly string[]): Running;
  /** The regular files of the tree. */
  files(): Promise<Readonly<Record<string, string>>>;
}

const test = base.extend<{ run: Mirroring }>({
  run: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-mirror-'));
    const files = new Map(Object.entries(content).map(([name, bytes]) => [`${host}/v1.0+1/${name}`, bytes]));
    const server = await startUpstreamServer({ files });
    await writeFile(join(directory, 'knc.json'), knc);
    await writeFile(join(directory, 'knd.json'), knd);
    const tree = join(directory, 'tree');
    const args = ['--dir', tree, '--mirror', `https://${host}=${server.url}/${host}`, '--json'];
    const at = (word: string) => (word.endsWith('.json') ? join(directory, word) : word);
    await use({
      ...{ directory, tree, server, args },
      mirror: (...more) => runInProcess(['mirror', ...more.map(at), ...args]),
      start: (...more) => startAssay(['mirror', ...more.map(at), ...args]),
      files: async () => {
        const all = Object.entries(await snapshot(tree));
        return Object.fromEntries(all.filter(([, hex]) => hex !== 'no regular file'));
      },
    });
    await server.close();
    await rm(directory, { recursive: true });
  },
});

const hexOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, Buffer.from(whole[name]!).toString('hex')]));
const documentOf = ({ stdout }: Outcome) =>
  JSON.parse(stdout) as {
    files: { path: string; status: string }[];
    manifests: { path: string; status: string }[];
    pruned: string[];
  };
const statuses = (list: readonly { path: string; status: string }[]) =>
  Object.fromEntries(list.map(({ path, status }) => [path, status]));
const upstream = (name: string) => `${host}/v1.0+1/${name}`;

describe.concurrent('mirror', () => {
  test('publishes what the manifests name, and the manifests by their own bytes', async ({ run }) => {
    const done = expectDone(await run.start('knc.json', 'knd.json').outcome);
    expect(await run.files()).toEqual(hexOf(Object.keys(whole)));
    expect(run.server.log).toHaveLength(3);
    // Nothing in the making is left, in the tree or beside it.
    expect((await readdir(run.directory)).sort()).toEqual(['knc.json', 'knd.json', 'tree']);
    expect(statuses(documentOf(done).manifests)).toEqual({ [paths.knc]: 'written', [paths.knd]: 'written' });

    const before = await Promise.all(Object.keys(whole).map((path) => stat(join(run.tree, path))));
    const again = documentOf(expectDone(await run.mirror('knc.json', 'knd.json')));
    const after = await Promise.all(Object.keys(whole).map((path) => stat(join(run.tree, path))));
    expect(new Set([...again.files, ...again.manifests].map(({ status }) => status))).toEqual(
      new Set(['kept']),
    );
    expect(run.server.log).toHaveLength(3);
    // What rclone and rsync go by.
    const seen = (stats: typeof after) => stats.map(({ ino, mtimeMs, size }) => ({ ino, mtimeMs, size }));
    expect(seen(after)).toEqual(seen(before));
  });

  test('replaces what is wrong, and leaves out OS images where told', async ({ run }) => {
    expectDone(await run.mirror('knc.json', '--no-os-image'));
    await writeFile(join(run.tree, paths.kubelet), Buffer.alloc(content['kubelet-amd64']!.length, 'Kubelet'));
    const done = documentOf(expectDone(await run.mirror('knc.json', '--no-os-image')));
    expect(statuses(done.files)).toEqual({ [paths.kubelet]: 'staged', [paths.runc]: 'kept' });
    expect(await run.files()).toEqual(hexOf([paths.kubelet, paths.runc, paths.knc]));
  });

  test('has equal content once, under several names', async ({ run }) => {
    const old = entry('kubelet-amd64', 'binary', '0.9');
    await writeFile(
      join(run.directory, 'two.json'),
      manifestOf('two', { kubelet: entry('kubelet-amd64'), older: old }),
    );
    const other = 'vmconfig/artifacts/older/0.9/kubelet-amd64';
    const done = documentOf(expectDone(await run.mirror('two.json')));
    expect(statuses(done.files)).toMatchObject({ [paths.kubelet]: 'staged', [other]: 'linked' });
    expect(run.server.log.filter(({ path }) => path === upstream('kubelet-amd64'))).toHaveLength(1);
    const [one, two] = [await stat(join(run.tree, paths.kubelet)), await stat(join(run.tree, other))];
    expect(two.ino).toBe(one.ino);

    // One of them goes wrong: the other keeps its bytes.
    await rm(join(run.tree, other));
    await writeFile(join(run.tree, other), 'something else');
    const mended = documentOf(expectDone(await run.mirror('two.json')));
    expect(statuses(mended.files)).toMatchObject({ [paths.kubelet]: 'kept', [other]: 'linked' });
  });

  test('--prune removes what is no longer named, manifests included, and nothing of others', async ({
    run,
  }) => {
    expectDone(await run.mirror('knc.json', 'knd.json'));
    const kept = ['index.html', 'vmconfig/README', 'manifests/notes.txt', 'vmconfig/artifacts/.hidden'];
    for (const path of kept) await writeFile(join(run.tree, path), 'mine');
    expect(documentOf(expectDone(await run.mirror('knd.json'))).pruned).toEqual([]);
    const done = documentOf(expectDone(await run.mirror('knd.json', '--prune')));
    expect(done.pruned).toEqual([paths.knc, paths.runc]);
    expect(Object.keys(await run.files()).sort()).toEqual(
      [...kept, paths.image, paths.kubelet, paths.knd].sort(),
    );
    expect(await readdir(join(run.tree, 'vmconfig/artifacts'))).not.toContain('runc');
  });
});

/** What is on the disk of files in the making. */
async function partialBytes(directory: string): Promise<number> {
  const own = join(directory, '.assay');
  const names = (await readdir(own).catch(() => [])).filter((name) => name.endsWith('.partial'));
  const all = await Promise.all(names.map((name) => stat(join(own, name)).catch(() => undefined)));
  return all.reduce((sum, stats) => sum + (stats?.size ?? 0), 0);
}

describe.concurrent('two mirror runs at once', () => {
  test.for([
    ['both by default', undefined],
    ['one elsewhere', 'elsewhere'],
  ] as const)('take turns, their files in the making %s', async ([, elsewhere], { run, expect }) => {
    const { answer, asked, goOn } = paused(content['kubelet-amd64']!);
    run.server.override(upstream('kubelet-amd64'), answer);
    const first = run.mirror('knc.json');
    await asked;
    const more = elsewhere === undefined ? [] : ['--partial-dir', join(run.directory, elsewhere)];
    const second = run.start('knc.json', 'knd.json', ...more);
    await expect.poll(() => second.said()).toContain('waiting');
    goOn();
    const { manifests } = documentOf(expectDone(await second.outcome));
    expect(statuses(manifests)).toEqual({ [paths.knc]: 'kept', [paths.knd]: 'written' });
    expectDone(await first);
    expect(await run.files()).toEqual(hexOf(Object.keys(whole)));
    expect(run.server.log).toHaveLength(3);
    expect(await readdir(run.directory)).not.toContain('tree.partial');
    expect((await readdir(run.tree)).sort()).toEqual(['manifests', 'vmconfig']);
  });

  test('the waiting one still fetches what is its own', async ({ run, expect }) => {
    const { answer, asked, goOn } = paused(content['kubelet-amd64']!);
    run.server.override(upstream('kubelet-amd64'), answer);
    const first = run.mirror('knd.json');
    await asked;
    expectRefused(await run.mirror('knc.json', '--lock-timeout', '1s'), 2, 'LOCKED');
    const second = run.start('knc.json');
    await expect.poll(() => second.said()).toContain('waiting');
    goOn();
    expectDone(await second.outcome);
    expectDone(await first);
    expect(await run.files()).toEqual(hexOf(Object.keys(whole)));
  });
});

/** The run has all but one file, a part of that, and gets the signal. An exit code of -1: the signal ended it. */
async function endedBy(signal: NodeJS.Signals, { args, directory, tree }: Mirroring): Promise<Outcome> {
  const child = spawn(process.execPath, [cli, 'mirror', 'knc.json', ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  const texts = [child.stdout, child.stderr].map((stream) => stream.setEncoding('utf8').toArray());
  const isIn = (path: string) => stat(join(tree, path)).then(Boolean, () => false);
  const isMidway = async () =>
    (await isIn(paths.runc)) && (await isIn(paths.image)) && (await partialBytes(`${tree}.partial`)) > 0;
  await vi.waitUntil(isMidway, { timeout: 120_000 });
  child.kill(signal);
  const [stdout = '', stderr = ''] = (await Promise.all(texts)).map((pieces) => pieces.join(''));
  return { exitCode: await ended, stdout, stderr };
}

describe.concurrent('mirror, in the middle of a file', () => {
  const kubelet = content['kubelet-amd64']!;

  test.for([
    ['SIGKILL', -1],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ended by %s, has no half file, and is gone on with', async ([signal, exitCode], { run }) => {
    run.server.override(upstream('kubelet-amd64'), slowly(kubelet, 10_000));
    expect((await endedBy(signal, run)).exitCode).toBe(exitCode);
    expect(await run.files()).toEqual(hexOf([paths.runc, paths.image]));
    run.server.override(upstream('kubelet-amd64'), slowly(kubelet, 10_000_000));
    expectDone(await run.mirror('knc.json'));
    const requests = run.server.log.filter(({ path }) => path === upstream('kubelet-amd64'));
    expect(requests.at(-1)).toMatchObject({
      status: 206,
      range: expect.stringMatching(/^bytes=[1-9]/) as string,
    });
    expect(await run.files()).toEqual(hexOf(Object.keys(whole).filter((path) => path !== paths.knd)));
    expect(await readdir(run.directory)).not.toContain('tree.partial');
  });

  test('ended by a signal, says that, and not that its own connections were cut', async ({ run }) => {
    run.server.override(upstream('kubelet-amd64'), slowly(kubelet, 10_000));
    const { stdout, stderr } = await endedBy('SIGTERM', run);
    expect(stderr).toMatch(/^error: interrupted: /m);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    // The document has all of it.
    expect(JSON.parse(stdout)).toMatchObject({
      manifests: [{ path: paths.knc, status: 'held' }],
      failures: [{ path: paths.kubelet, error: { code: 'UNREACHABLE' } }],
    });
  });
});

test('--help publishes as docs/object-stores.md does: manifests last, and removing nothing', async ({
  run,
}) => {
  const { stdout } = await run.mirror('--help');
  const published = stdout.match(/rclone .*/g);
  const documented = /^```sh publish\n(.*?)^```$/ms.exec(
    await readFile(join(root, 'docs/object-stores.md'), 'utf8'),
  );
  expect(published).toEqual(documented?.[1]?.match(/^rclone .*/gm));
  expect(published?.map((line) => line.split('/').at(-1))).toEqual([
    'vmconfig',
    'blobs',
    'images',
    'manifests',
  ]);
  expect(published?.join()).not.toMatch(/sync|delete|purge|move/);
});

describe.concurrent('mirror refuses', () => {
  test('one directory for the tree and for files in the making', async ({ run }) => {
    expectRefused(await run.mirror('knc.json', '--partial-dir', `${run.tree}/.`), 2, 'USAGE');
    expect(await run.files()).toEqual({});
  });

  test('other bytes, and holds back the manifest that names them, and no other', async ({ run }) => {
    expectDone(await run.mirror('knd.json'));
    run.server.override(upstream('runc.tgz'), substitute(Buffer.alloc(30_000, 'Runc')));
    const outcome = await run.mirror('knc.json', 'knd.json', '--prune');
    expectRefused(outcome, 5, 'DIGEST_MISMATCH');
    expect(statuses(documentOf(outcome).manifests)).toEqual({ [paths.knc]: 'held', [paths.knd]: 'kept' });
    expect(await run.files()).toEqual(hexOf([paths.kubelet, paths.image, paths.knd]));
    expect(await readdir(run.directory)).not.toContain('tree.partial');
  });

  test('what cannot be had, leaving an older manifest and its files', async ({ run }) => {
    expectDone(await run.mirror('knc.json'));
    const runc = entry('runc.tgz', 'tar.gz', '2.0');
    await writeFile(
      join(run.directory, 'knc.json'),
      manifestOf('knc', { kubelet: entry('kubelet-amd64'), runc }),
    );
    run.server.override(upstream('runc.tgz'), refuse(404));
    const outcome = await run.mirror('knc.json', '--prune');
    expectRefused(outcome, 4, 'NOT_FOUND');
    expect(await run.files()).toEqual(hexOf([paths.kubelet, paths.runc, paths.image, paths.knc]));
  });

  test('two manifests of other bytes under one path, before anything is fetched', async ({ run }) => {
    const other = { ...entry('kubelet-amd64'), digest: entry('runc.tgz').digest };
    await writeFile(join(run.directory, 'knd.json'), manifestOf('knd', { kubelet: other }));
    const outcome = await run.mirror('knc.json', 'knd.json');
    expectRefused(outcome, 6, 'ARTIFACT_MUTATED');
    expect(run.server.log).toEqual([]);
    expect(await readdir(run.directory)).not.toContain('tree');
  });

  test('to go through a link in the tree, and writes nothing behind it', async ({ run }) => {
    const elsewhere = join(run.directory, 'elsewhere');
    await mkdir(elsewhere);
    await mkdir(join(run.tree, 'vmconfig/artifacts'), { recursive: true });
    await symlink(elsewhere, join(run.tree, 'vmconfig/artifacts/kubelet'));
    expectRefused(await run.mirror('knd.json'), 2, 'FILE_UNWRITABLE');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('to keep a link in place of a file, or to write through one', async ({ run }) => {
    const elsewhere = join(run.directory, 'elsewhere');
    await writeFile(elsewhere, content['kubelet-amd64']!);
    await mkdir(dirname(join(run.tree, paths.kubelet)), { recursive: true });
    await symlink(elsewhere, join(run.tree, paths.kubelet));
    expectDone(await run.mirror('knd.json'));
    expect(await run.files()).toEqual(hexOf([paths.kubelet, paths.image, paths.knd]));
    // A second name of a file outside: it is replaced, and not written to.
    await rm(join(run.tree, paths.kubelet));
    await writeFile(elsewhere, 'mine');
    await link(elsewhere, join(run.tree, paths.kubelet));
    expectDone(await run.mirror('knd.json'));
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
  });

  test('a manifest that leads elsewhere', async ({ run }) => {
    const text = Buffer.from(knd).toString();
    await writeFile(join(run.directory, 'knd.json'), text.replace('"kubelet"', '"../kubelet"'));
    expectRefused(await run.mirror('knd.json'), 2, 'MANIFEST_INVALID');
    await writeFile(join(run.directory, 'knd.json'), text.replace('kubelet-amd64"', '%2e%2e"'));
    expectRefused(await run.mirror('knd.json'), 2, 'MANIFEST_INVALID');
    expect(run.server.log).toEqual([]);
  });
});
