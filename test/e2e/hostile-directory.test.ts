/**
 * Staging into a directory that others may read, or write to: what they lock is no lock of ours, and what they put in the
 * way is neither followed nor written through. The neighbour here is the same user, so that no root is needed: he does
 * what a directory's permissions would allow another, at the very moment when the script has looked and not yet written.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from '../support/command-in-process.ts';
import { makePipe } from '../support/make-pipe.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { hasProgram, inTurn, posixShells, shellsForFew } from '../support/posix-shells.ts';
import { runFetch } from '../support/rendered-fetch.ts';
import { runAssay, type Outcome } from '../support/run-assay.ts';
import {
  faultyName,
  openStagingFaults,
  slowly,
  stagingContent,
  type FaultyStaging,
  type StagingFaults,
} from '../support/staging-faults.ts';

let matrix: StagingFaults;
beforeAll(async () => void (matrix = await openStagingFaults()));
afterAll(() => matrix.close());

const good = { answers: [slowly(stagingContent[faultyName]!, 10_000_000)] };
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

function stage({ manifest, artifacts, mirrorBase }: FaultyStaging, ...more: string[]): Promise<Outcome> {
  return runInProcess([
    'stage',
    manifest,
    '--dir',
    artifacts,
    '--mirror-base',
    mirrorBase,
    '--json',
    ...more,
  ]);
}

/** All the ways to stage, each with a second for the lock. */
const ways = [
  { name: 'stage', run: (staging: FaultyStaging) => stage(staging, '--lock-timeout', '1s') },
  ...shellsForFew.map((shell) => ({
    name: `the fetch script under ${shell.name}`,
    run: (staging: FaultyStaging) => runFetch(shell, staging, { lockTimeoutMs: 1_000 }),
  })),
];

/** Somebody who may do no more than read. */
async function lockAsReader(path: string, kind: '-x' | '-s'): Promise<ChildProcess> {
  const argv = ['flock', kind, path, 'sh', '-c', 'echo held; exec sleep 60'];
  const become = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const [program = '', ...args] = isRoot ? [...become, ...argv] : argv;
  const reader = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await new Promise((resolve) => reader.stdout.once('data', resolve));
  return reader;
}

/** A victim's directory and file, and the directory to stage into, as everybody may write to it. */
async function openToAll(staging: FaultyStaging) {
  const elsewhere = join(staging.directory, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'victim'), 'untouched');
  await mkdir(staging.artifacts);
  await chmod(staging.directory, 0o755);
  await chmod(staging.artifacts, 0o777);
  const requireUntouched = async () => {
    expect(await readdir(elsewhere)).toEqual(['victim']);
    expect(await readFile(join(elsewhere, 'victim'), 'utf8')).toBe('untouched');
  };
  return { elsewhere, victim: join(elsewhere, 'victim'), requireUntouched };
}

describe.concurrent.for(ways)('$name', ({ run }) => {
  test.for(['-x', '-s'] as const)('is not kept waiting by whoever may read: flock %s', async (kind) => {
    const staging = await matrix.stage(good);
    await mkdir(staging.artifacts);
    await chmod(staging.directory, 0o755);
    const reader = await lockAsReader(staging.artifacts, kind);
    const outcome = await run(staging);
    process.kill(-reader.pid!, 'SIGKILL');
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    await staging.requireOutcome('staged');
  });

  test.for([
    ['a link to a directory', ({ elsewhere }: { elsewhere: string }, own: string) => symlink(elsewhere, own)],
    ['a link to a file', ({ victim }: { victim: string }, own: string) => symlink(victim, own)],
    ['a file', (_: unknown, own: string) => writeFile(own, 'x')],
    ['a pipe', (_: unknown, own: string) => makePipe(own)],
  ] as const)('takes the place of what has the name already: %s', async ([, plant]) => {
    const staging = await matrix.stage(good);
    const place = await openToAll(staging);
    await plant(place, join(staging.artifacts, '.assay'));
    const { exitCode, stderr } = await run(staging);
    expect(exitCode, stderr).toBe(0);
    await staging.requireOutcome('staged');
    await place.requireUntouched();
  });

  test("does not work in another's directory, and needs none where all is right", async ({ skip }) => {
    skip(!isRoot, 'only root can give a directory away');
    const staging = await matrix.stage(good);
    await openToAll(staging);
    const own = join(staging.artifacts, '.assay');
    await mkdir(own);
    await writeFile(join(own, 'bait'), '');
    await chown(own, nobody, nobody);
    const { exitCode, stderr } = await run(staging);
    expect(exitCode, stderr).toBe(2);
    expect(stderr).toContain(`.assay`);
    expect(stderr).toContain("another user's");
    expect(staging.requests()).toEqual([]);
    expect(await readdir(own)).toEqual(['bait']);
    for (const [name, bytes] of Object.entries(stagingContent))
      await writeFile(join(staging.artifacts, name), bytes);
    expect((await run(staging)).exitCode).toBe(0);
    // An empty one is no more than a name.
    await rm(join(own, 'bait'));
    await rm(join(staging.artifacts, faultyName));
    expect((await run(staging)).exitCode).toBe(0);
    await staging.requireOutcome('staged');
  });
});

describe.concurrent.for(posixShells)('the fetch script under $name, while it fetches', (shell) => {
  const own = inTurn(test, shell);
  /** A `curl` that has something done before it fetches, in the directory of artifacts. */
  async function runWith(staging: FaultyStaging, mischief: string): Promise<Outcome> {
    const bin = join(staging.directory, 'bin');
    await mkdir(bin);
    const path = process.env['PATH'] ?? '';
    const text = `#!/bin/sh\n(cd '${staging.artifacts}' && ${mischief})\nPATH='${path}' exec curl "$@"\n`;
    await writeFile(join(bin, 'curl'), text, { mode: 0o755 });
    return runFetch(shell, staging, { jobs: 1 }, { env: { PATH: `${bin}:${path}` } });
  }

  own('writes through no link that appears beside its directory', async () => {
    const staging = await matrix.stage(good);
    const { victim, requireUntouched } = await openToAll(staging);
    const name = staging.partialName().slice('.assay/'.length);
    const names = [name, name.replace(/partial$/, 'version'), 'ready', 'fetch.1'];
    const mischief = names.map((one) => `ln -s '${victim}' '${one}' 2>/dev/null`).join('; ');
    const { exitCode, stderr } = await runWith(staging, mischief);
    expect(exitCode, stderr).toBe(0);
    for (const one of Object.keys(stagingContent))
      expect(await readFile(join(staging.artifacts, one))).toEqual(stagingContent[one]);
    await requireUntouched();
  });

  own('stays in its directory where another takes the name', async () => {
    const staging = await matrix.stage(good);
    const { elsewhere, requireUntouched } = await openToAll(staging);
    const mischief = `mv .assay moved 2>/dev/null; ln -sn '${elsewhere}' .assay 2>/dev/null`;
    const { exitCode, stderr } = await runWith(staging, mischief);
    expect(exitCode, stderr).toBe(0);
    await requireUntouched();
    for (const [name, bytes] of Object.entries(stagingContent))
      expect(await readFile(join(staging.artifacts, name))).toEqual(bytes);
  });

  own('moves nothing into a directory that a link under the final name leads to', async () => {
    const staging = await matrix.stage(good);
    const { elsewhere, requireUntouched } = await openToAll(staging);
    const names = Object.keys(stagingContent);
    const mischief = names.map((name) => `ln -sn '${elsewhere}' ${name} 2>/dev/null`).join('; ');
    const { exitCode, stderr } = await runWith(staging, mischief);
    expect(exitCode, stderr).toBe(0);
    await staging.requireOutcome('staged');
    await requireUntouched();
  });
});

describe.concurrent('mirror and package', () => {
  test('are not kept waiting by whoever may read', async ({ skip }) => {
    skip(!hasProgram('flock', '--version'), 'flock is not installed');
    const staging = await matrix.stage(good);
    const tree = join(staging.directory, 'tree');
    const out = join(staging.directory, 'out');
    for (const path of [tree, `${tree}.partial`, out, join(staging.directory, 'root')]) await mkdir(path);
    await chmod(staging.directory, 0o755);
    await writeFile(join(staging.directory, 'knd.debian-13.amd64.json'), await readFile(staging.manifest));
    await writeFile(join(staging.directory, 'root/file'), 'x');
    const readers = await Promise.all([tree, `${tree}.partial`, out].map((path) => lockAsReader(path, '-x')));
    const origin = ['--mirror', `https://files.example.invalid=${staging.mirrorBase}`];
    const lock = ['--lock-timeout', '1s', '--json'];
    const mirrored = await runAssay(['mirror', staging.manifest, '--dir', tree, ...origin, ...lock]);
    // Nothing of it is at that address: it came as far as to ask.
    expectRefused(mirrored, 4, 'NOT_FOUND');
    const release = ['--kind', 'knd', '--os', 'debian-13', '--arch', 'amd64', '--version', '1.0.0'];
    const places = ['--tree', join(staging.directory, 'root'), '--out', out];
    const from = ['--manifests-dir', staging.directory, '--base-url', 'https://releases.example/v1.0.0'];
    expectDone(await runAssay(['package', ...release, ...places, ...from, ...lock]));
    for (const reader of readers) process.kill(-reader.pid!, 'SIGKILL');
    for (const path of [tree, out]) expect(await readdir(path)).not.toContain('.assay');
  });
});
