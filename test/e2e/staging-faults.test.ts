/** The fault matrix through `assay stage`; and the faults that are no server's, through the built command. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ManifestDependency } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { cli, runAssay, runProgram, startAssay, type Outcome } from '../support/run-assay.ts';
import {
  exitCodes,
  faultyName,
  openStagingFaults,
  paused,
  slowly,
  stagingContent,
  stagingFaults,
  type FaultyStaging,
  type StagingFaults,
} from '../support/staging-faults.ts';

let matrix: StagingFaults;
beforeAll(async () => void (matrix = await openStagingFaults()));
afterAll(() => matrix.close());

const content = stagingContent[faultyName]!;

function stageArgs({ manifest, artifacts, mirrorBase }: FaultyStaging): string[] {
  return ['stage', manifest, '--dir', artifacts, '--mirror-base', mirrorBase, '--json', '--attempts', '3'];
}

function stage(staging: FaultyStaging, ...more: readonly string[]): Promise<Outcome> {
  return runInProcess([...stageArgs(staging), ...more]);
}

const verify = ({ manifest, artifacts }: FaultyStaging) =>
  runInProcess(['verify', '--staged', artifacts, manifest]);

describe.concurrent('stage, where the server', () => {
  test.for(stagingFaults)('$name: $verdict', async (fault) => {
    const staging = await matrix.stage(fault);
    const outcome = await stage(staging, ...(fault.stalls === true ? ['--stall-timeout', '2s'] : []));
    const exitCode = exitCodes[fault.verdict];
    if (fault.code === undefined) expect(outcome, outcome.stderr).toMatchObject({ exitCode });
    else expectRefused(outcome, exitCode, fault.code);
    await staging.requireOutcome(fault.verdict);
    if (fault.verdict !== 'refused') return;
    // What was refused is not there for the next run to go on from.
    expect(await readdir(staging.artifacts)).toEqual(['runc.tar.gz']);
  });
});

describe.concurrent('stage goes on where an earlier run', () => {
  test('was cut for good: nothing is fetched twice', async () => {
    const staging = await matrix.stage(stagingFaults.find(({ code }) => code === 'TRUNCATED')!);
    await stage(staging);
    const [partial] = (await readdir(join(staging.artifacts, '.assay'))).filter((name) =>
      name.endsWith('.partial'),
    );
    expect(partial).toMatch(/^\.kubelet\.[0-9a-f]{16}\.partial$/);
    const before = staging.requests().length;
    staging.answer(slowly(content, 10_000_000));
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
    const [resumed, ...others] = staging.requests().slice(before);
    expect(resumed!.headers.range).toBe('bytes=150000-');
    expect(others).toEqual([]);
  });

  test('was killed, ten times at random moments', async ({ expect }) => {
    // Slow enough that ten runs do not come to its end.
    const staging = await matrix.stage({ answers: [slowly(content, 10_000)] });
    const midway = async () => {
      const before = staging.requests().length;
      await expect.poll(() => staging.requests().length).toBeGreaterThan(before);
      await expect.poll(() => partialBytes(staging)).toBeGreaterThan(0);
      await sleep(Math.random() * 300);
    };
    for (let run = 0; run < 10; run++) {
      const moment = run % 2 === 0 ? () => sleep(Math.random() * 600) : midway;
      await killedAfter(staging, moment, 'SIGKILL');
      await staging.requireRightOrNone();
    }
    expect(staging.requests().some(({ headers }) => headers.range !== undefined)).toBe(true);
    staging.answer(slowly(content, 10_000_000));
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
    expectDone(await verify(staging));
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('was ended by %s, which keeps what it has', async ([signal, exitCode], { expect }) => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000)] });
    const begun = () => expect.poll(() => partialBytes(staging)).toBeGreaterThan(0);
    const ended = await killedAfter(staging, begun, signal);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain('error: interrupted: what is in place is right; run it again to go on\n');
    await staging.requireRightOrNone();
    staging.answer(slowly(content, 10_000_000));
    expectDone(await stage(staging));
    expect(staging.requests().at(-1)!.headers.range).toMatch(/^bytes=[1-9]/);
    await staging.requireOutcome('staged');
  });

  test('is ended by SIGTERM, though it hashes gigabytes that are there', async ({ expect }) => {
    const sizeBytes = 8 * 2 ** 40;
    const edit = (entry: ManifestDependency) => ({ ...entry, size: sizeBytes }) as ManifestDependency;
    const staging = await matrix.stage({ answers: [paused(content).answer], edit });
    await mkdir(staging.artifacts);
    await writeFile(join(staging.artifacts, 'kubelet'), '');
    // Of holes: it takes no room, and an hour to hash.
    await truncate(join(staging.artifacts, 'kubelet'), sizeBytes);
    const own = join(staging.artifacts, '.assay');
    const hashing = async () => {
      await expect.poll(() => readdir(own).catch(() => 'not yet')).toEqual([]);
      await sleep(500);
    };
    expect((await killedAfter(staging, hashing, 'SIGTERM')).exitCode).toBe(143);
    expect((await stat(join(staging.artifacts, 'kubelet'))).size).toBe(sizeBytes);
  });

  test('left something else under its hidden name: it is not written through', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    await stage(staging, '--only', 'runc');
    const elsewhere = join(staging.directory, 'elsewhere');
    await writeFile(elsewhere, 'untouched');
    const own = join(staging.artifacts, '.assay');
    await mkdir(own);
    await symlink(elsewhere, join(staging.artifacts, staging.partialName()));
    await writeFile(join(own, '.kubelet.0123456789abcdef.partial'), 'of another version');
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
    expect((await runProgram('cat', [elsewhere])).stdout).toBe('untouched');
  });

  test('left wrong bytes of the right length: they are no verdict on the server', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    await mkdir(join(staging.artifacts, '.assay'), { recursive: true });
    await writeFile(join(staging.artifacts, staging.partialName()), Buffer.alloc(content.length));
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
  });

  test('left wrong bytes under a version that the server still has: refused, and gone', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    await mkdir(join(staging.artifacts, '.assay'), { recursive: true });
    const name = staging.partialName();
    await writeFile(join(staging.artifacts, name), Buffer.alloc(1000));
    const version = { url: staging.faultyUrl, validator: '"this-very-version"' };
    await writeFile(join(staging.artifacts, name.replace('partial', 'version')), JSON.stringify(version));
    expectRefused(await stage(staging), 5, 'DIGEST_MISMATCH');
    await staging.requireOutcome('refused');
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
  });
});

describe.concurrent('two runs at once', () => {
  test('both end well: the second waits, and finds all in place', async ({ expect }) => {
    const { answer, goOn } = paused(content);
    const staging = await matrix.stage({ answers: [answer] });
    const both = [1, 2].map(() => startAssay(stageArgs(staging)));
    await expect.poll(() => both.map(({ said }) => said()).join()).toContain('waiting');
    await expect.poll(() => staging.requests().length).toBe(1);
    goOn();
    for (const { outcome } of both) expectDone(await outcome);
    await staging.requireOutcome('staged');
    expect(staging.requests()).toHaveLength(1);
  });

  test('the second gives up where it is not to wait for so long', async ({ expect }) => {
    const { answer, goOn } = paused(content);
    const staging = await matrix.stage({ answers: [answer] });
    const first = stage(staging);
    await expect.poll(() => staging.requests().length).toBe(1);
    expectRefused(await stage(staging, '--lock-timeout', '1s'), 2, 'LOCKED');
    goOn();
    expectDone(await first);
    await staging.requireOutcome('staged');
  });
});

describe.concurrent('a directory', () => {
  test('that is full is told so before anything is fetched, or leaves nothing behind', async ({ skip }) => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000)] });
    await mkdir(staging.artifacts);
    const script =
      'mount -t tmpfs -o size=400k tmpfs "$1" 2>/dev/null || exit 99; directory=$1; shift\n' +
      '"$@"; code=$?; wait; ls -A "$directory"; exit $code';
    const run = (...args: string[]) =>
      runProgram('unshare', ['-Urm', 'sh', '-c', script, 'sh', staging.artifacts, ...args], {
        env: { NODE_COMPILE_CACHE: '' },
      });
    const possible = await run('true').catch(() => ({ exitCode: 99 }));
    skip(possible.exitCode !== 0, 'no user namespaces here');
    const assay = [process.execPath, cli, ...stageArgs(staging)];
    // Full at once, or only when there had been room for all of it.
    const fill = 'head -c 390000 /dev/zero >"$1/ballast"';
    const begun = 'until [ -e "$1"/.assay/.kubelet.*.partial ]; do sleep 0.1; done; sleep 0.5';
    for (const [before, fetched] of [
      [fill, 0],
      [`(${begun}; ${fill}) 2>/dev/null &`, 1],
    ] as const) {
      const full = `${before}\nshift; "$@"`;
      const outcome = await run('sh', '-c', full, 'sh', staging.artifacts, ...assay);
      expect(outcome.exitCode, outcome.stderr).toBe(2);
      expect(outcome.stderr).toContain('[NO_SPACE]');
      expect(outcome.stdout).not.toContain('kubelet\n');
      expect(outcome.stdout).not.toContain('.partial');
      expect(staging.requests()).toHaveLength(fetched);
    }
  });

  test('that cannot be written to, is told so', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    // Root may write whatever the mode says; nobody creates files in there.
    const isRoot = process.getuid?.() === 0;
    const directory = isRoot ? '/sys/kernel' : staging.artifacts;
    if (!isRoot) {
      await mkdir(directory);
      await chmod(directory, 0o555);
    }
    expectRefused(await stage({ ...staging, artifacts: directory }), 2, 'FILE_UNWRITABLE');
    expect(staging.requests()).toEqual([]);
  });

  test('that has a directory under the name of a file, is told so before that is fetched', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    await mkdir(join(staging.artifacts, 'kubelet'), { recursive: true });
    expectRefused(await stage(staging), 2, 'FILE_UNWRITABLE');
    expect(staging.requests()).toEqual([]);
    expect((await readdir(staging.artifacts)).sort()).toEqual(['kubelet', 'runc.tar.gz']);
    const verdict = await verify(staging);
    expect(verdict).toMatchObject({ exitCode: 5 });
    expect(verdict.stderr).toContain('wrong kubelet: is no regular file');
  });

  test('that has a directory under a hidden name, is staged into all the same', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    await mkdir(join(staging.artifacts, '.assay/.kubelet.0123456789abcdef.partial'), { recursive: true });
    expectDone(await stage(staging));
  });

  test('loses what a killed fetch script left in it', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    const notes = join(staging.artifacts, '.assay/fetch.4711');
    await mkdir(notes, { recursive: true });
    await writeFile(join(notes, 'kubelet'), '0');
    const elsewhere = join(staging.directory, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'kept'), '');
    await symlink(elsewhere, join(staging.artifacts, '.assay/fetch.4712'));
    expect((await verify(staging)).stderr).toContain('extra .assay: left by a download that was interrupted');
    expectDone(await stage(staging));
    await staging.requireOutcome('staged');
    expectDone(await verify(staging));
    expect(await readdir(elsewhere)).toEqual(['kept']);
  });

  test('that cannot be made is told so, also where mkdir never comes to an end', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    for (const artifacts of ['/proc/assay', '/proc/assay/below', '/dev/null/below']) {
      expectRefused(await stage({ ...staging, artifacts }), 2, 'FILE_UNWRITABLE');
    }
  });

  test('--prune takes out of it what the manifest does not name, and no more', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    const at = (name: string) => join(staging.artifacts, name);
    await mkdir(at('kept-directory'), { recursive: true });
    await mkdir(at('.assay'));
    await writeFile(at('old.deb'), 'of an older manifest');
    await writeFile(at('.assay/.old.0123456789abcdef.partial'), 'half of it');
    await writeFile(at('.hidden'), 'not ours');
    await symlink('/etc/hostname', at('link'));
    const outcome = expectDone(await stage(staging, '--prune', '--only', 'kubelet,runc'));
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      pruned: ['.assay/.old.0123456789abcdef.partial', 'old.deb'],
    });
    expect((await readdir(staging.artifacts)).sort()).toEqual([
      ...['.hidden', 'kept-directory', 'kubelet', 'link', 'runc.tar.gz'],
    ]);
  });

  test('--prune is refused in a home directory, and after a failure nothing is pruned', async () => {
    const staging = await matrix.stage(stagingFaults.find(({ name }) => name === '404')!);
    await mkdir(staging.artifacts);
    await writeFile(join(staging.artifacts, 'old.deb'), 'of an older manifest');
    const env = { HOME: staging.artifacts };
    expectRefused(await runInProcess([...stageArgs(staging), '--prune'], { env }), 2, 'USAGE');
    expectRefused(await runInProcess([...stageArgs({ ...staging, artifacts: '/' }), '--prune']), 2, 'USAGE');
    expect(staging.requests()).toEqual([]);
    expectRefused(await stage(staging, '--prune'), 4, 'NOT_FOUND');
    expect(await readdir(staging.artifacts)).toContain('old.deb');
  });
});

describe.concurrent('verify --staged', () => {
  test('lists what is missing, wrong and extra, and says 5', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    expectDone(await stage(staging));
    expectDone(await verify(staging));
    const wrong = Buffer.from(content);
    wrong[0] = wrong[0]! ^ 1;
    await writeFile(join(staging.artifacts, 'kubelet'), wrong);
    await writeFile(join(staging.artifacts, 'runc.tar.gz'), 'shorter');
    await symlink('kubelet', join(staging.artifacts, 'extra'));
    const requireListed = async (runc: readonly [string, string]) => {
      const outcome = await runInProcess([
        'verify',
        '--staged',
        staging.artifacts,
        '--json',
        staging.manifest,
      ]);
      expect(outcome.exitCode).toBe(5);
      const { verified, files } = JSON.parse(outcome.stdout) as {
        verified: boolean;
        files: { name: string; status: string; error: { code: string } }[];
      };
      expect(verified).toBe(false);
      expect(files.map(({ name, status, error }) => [name, status, error.code])).toEqual([
        ['kubelet', 'wrong', 'DIGEST_MISMATCH'],
        ['runc.tar.gz', ...runc],
        ['extra', 'extra', 'FILE_UNEXPECTED'],
      ]);
      for (const { code } of files.map(({ error }) => error)) expect(outcome.stderr).toContain(`[${code}]`);
    };
    await requireListed(['wrong', 'SIZE_MISMATCH']);
    await rm(join(staging.artifacts, 'runc.tar.gz'));
    await requireListed(['missing', 'FILE_MISSING']);
  });

  test('takes no link for a file, and no directory that is not there for an empty one', async () => {
    const staging = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    expect((await verify(staging)).exitCode).toBe(2);
    expectDone(await stage(staging));
    await rm(join(staging.artifacts, 'kubelet'));
    const elsewhere = join(staging.directory, 'elsewhere');
    await writeFile(elsewhere, content);
    await symlink(elsewhere, join(staging.artifacts, 'kubelet'));
    expect((await verify(staging)).exitCode).toBe(5);
  });

  test('needs a mode', async () => {
    expectRefused(await runAssay(['verify', 'manifest.json', '--json']), 2, 'USAGE');
  });
});

describe.concurrent('--fallback-origin', () => {
  test('asks the origin where the mirror cannot be had, and never because of wrong bytes', async () => {
    const missing = await matrix.stage(stagingFaults.find(({ name }) => name === '404')!);
    const origin = await matrix.stage({ answers: [slowly(content, 10_000_000)] });
    const mirror = `https://files.example.invalid/v1.0/kubelet=${origin.faultyUrl}`;
    expectDone(await stage(missing, '--fallback-origin', '--mirror', mirror));
    await missing.requireOutcome('staged');
    const wrong = await matrix.stage(stagingFaults.find(({ code }) => code === 'DIGEST_MISMATCH')!);
    expectRefused(await stage(wrong, '--fallback-origin', '--mirror', mirror), 5, 'DIGEST_MISMATCH');
    expect(origin.requests()).toHaveLength(1);
    expectRefused(await runInProcess(['stage', wrong.manifest, '--fallback-origin', '--json']), 2, 'USAGE');
  });
});

/** What is on the disk of the file with the fault. */
async function partialBytes(staging: FaultyStaging): Promise<number> {
  const found = await stat(join(staging.artifacts, staging.partialName())).catch(() => undefined);
  return found?.size ?? 0;
}

/** The exit code of a run that got a signal, -1 where the signal ended it. */
async function killedAfter(staging: FaultyStaging, moment: () => Promise<unknown>, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [cli, ...stageArgs(staging)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stderr = child.stderr.setEncoding('utf8').toArray();
  const exitCode = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  await moment();
  child.kill(signal);
  return { exitCode: await exitCode, stderr: (await stderr).join('') };
}
