/**
 * The rendered fetch script, where the fault is no server's: runs that are killed, that meet, that find things in
 * their way, and manifests that nobody should have rendered.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  defaultFetchOptions,
  renderFetchScript,
  type FetchItem,
  type FetchOptions,
} from '../../src/render/fetch-script/fetch-script.ts';
import { loopbackCertificate, redirect, startFaultServer } from '../support/fault-server.ts';
import { hasProgram, inTurn, posixShells, type PosixShell } from '../support/posix-shells.ts';
import { renderFetch, runFetch, startFetch } from '../support/rendered-fetch.ts';
import { runAssay, runProgram, startAssay, type Outcome, type Running } from '../support/run-assay.ts';
import { pathWithout as makePathWithout, standIn } from '../support/stand-ins.ts';
import {
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
let work: string;
beforeAll(async () => {
  matrix = await openStagingFaults();
  work = await mkdtemp(join(tmpdir(), 'assay-fetch-script-'));
});
afterAll(async () => {
  await matrix.close();
  await rm(work, { recursive: true });
});

const content = stagingContent[faultyName]!;
const good = { answers: [slowly(content, 10_000_000)] };
const sh = posixShells[0]!;
const faultNamed = (wanted: string) => stagingFaults.find(({ name }) => name === wanted)!;

const expectExit = (outcome: Outcome, exitCode: number): Outcome => {
  expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
  return outcome;
};

/** A process group of its own, so that all of it can be killed. */
async function begin(
  shell: PosixShell,
  staging: FaultyStaging,
  env: Readonly<Record<string, string>> = {},
  options: Partial<FetchOptions> = {},
) {
  const [program, ...args] = shell.argv;
  const script = await renderFetch(staging, options);
  const child = spawn(program, [...args, script], {
    ...{ stdio: 'ignore', detached: true },
    env: { PATH: process.env['PATH'], ...env },
  });
  const exitCode = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  return { child, exitCode, killGroup: () => process.kill(-child.pid!, 'SIGKILL') };
}

/** Not `expect.poll`, which takes the tests that run beside this one for each other. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await isSo()); waitedMs += 50) {
    if (waitedMs > 120_000) throw new Error('it did not come to that');
    await sleep(50);
  }
}

const underway = (staging: FaultyStaging) => until(() => staging.requests().length > 0);

/** It has said that it waits for another run. */
const waits = ({ said }: Running) => until(() => said().includes('waiting for another run'));

for (const shell of posixShells) {
  describe.concurrent(`under ${shell.name}, the fetch script`, () => {
    const own = inTurn(test, shell);
    own('goes on where a run was killed, ten times at random moments', async () => {
      // Slow enough that ten runs do not come to its end.
      const staging = await matrix.stage({ answers: [slowly(content, 10_000)] });
      for (let run = 0; run < 10; run++) {
        const { killGroup, exitCode } = await begin(shell, staging);
        if (run < 9) await sleep(50 + Math.random() * 300);
        else await until(async () => (await partialSize(staging)) > 0);
        killGroup();
        await exitCode;
        await staging.requireRightOrNone();
      }
      staging.answer(slowly(content, 10_000_000));
      expectExit(await runFetch(shell, staging), 0);
      await staging.requireOutcome('staged');
      expect(staging.requests().at(-1)!.headers.range).toMatch(/^bytes=[1-9]/);
    });

    own('waits for what a killed shell left running, and both end well', async () => {
      const { answer, goOn } = paused(content);
      const staging = await matrix.stage({ answers: [answer] });
      const { child, exitCode } = await begin(shell, staging);
      await underway(staging);
      child.kill('SIGKILL');
      await exitCode;
      const second = await startFetch(shell, staging);
      await waits(second);
      goOn();
      expectExit(await second.outcome, 0);
      await staging.requireOutcome('staged');
      expect(staging.requests()).toHaveLength(1);
    });

    own.for([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('is ended by %s, and keeps what it has', async ([signal, expected]) => {
      const staging = await matrix.stage({ answers: [slowly(content, 20_000)] });
      const { child, exitCode } = await begin(shell, staging);
      // All but one artifact are in their place.
      const kept = [staging.partialName(), staging.partialName().replace(/partial$/, 'version')].sort();
      const namesIn = (directory: string) => readdir(directory).catch((): string[] => []);
      const left = async () =>
        (await namesIn(join(staging.artifacts, '.assay'))).map((name) => `.assay/${name}`).sort();
      await until(
        async () =>
          (await namesIn(staging.artifacts)).length === 2 &&
          (await partialSize(staging)) > 0 &&
          isDeepStrictEqual(
            (await left()).filter((name) => name.endsWith('partial')),
            kept.slice(0, 1),
          ),
      );
      child.kill(signal);
      expect(await exitCode).toBe(expected);
      await staging.requireRightOrNone();
      expect(await left()).toEqual(kept);
      // Its downloads ended with it: nobody writes any more.
      const sizeBytes = await partialSize(staging);
      await sleep(200);
      expect(await partialSize(staging)).toBe(sizeBytes);
      staging.answer(slowly(content, 10_000_000));
      expectExit(await runFetch(shell, staging), 0);
      expect(staging.requests().at(-1)!.headers.range).toMatch(/^bytes=[1-9]/);
      await staging.requireOutcome('staged');
    });

    own('makes its private directory so that nobody else was ever in it', async () => {
      const staging = await matrix.stage(good);
      const log = join(staging.directory, 'modes');
      const bin = await standIn(
        join(staging.directory, 'bin'),
        'mkdir',
        `printf '%s: %s\\n' "$*" "$(umask)" >>'${log}'`,
      );
      expectExit(await runFetch(shell, staging, {}, { env: { PATH: bin } }), 0);
      const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith('.assay'));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatch(/^\.assay: 0*77$/);
    });

    own('can run twice at once: the second waits, and finds all in place', async () => {
      const staging = await matrix.stage({ answers: [slowly(content, 300_000)] });
      const both = await Promise.all([1, 2].map(() => runFetch(shell, staging)));
      for (const outcome of both) expectExit(outcome, 0);
      await staging.requireOutcome('staged');
      expect(staging.requests()).toHaveLength(1);
    });

    own('can run twice at once where there is no flock: each has files of its own', async () => {
      const { answer, goOn } = paused(content);
      const staging = await matrix.stage({ answers: [answer] });
      const env = { PATH: await pathWithout('flock') };
      const both = Promise.all([1, 2].map(() => runFetch(shell, staging, {}, { env })));
      await until(() => staging.requests().length === 2);
      goOn();
      for (const outcome of await both) expectExit(outcome, 0);
      await staging.requireOutcome('staged');
    });

    own.for([0, 1, 127])('takes flock for held where that says so alone: %i', async (code) => {
      const staging = await matrix.stage(good);
      const bin = join(staging.directory, 'bin');
      await mkdir(bin);
      await writeFile(join(bin, 'flock'), `#!/bin/sh\necho noise >&2\nexit ${code}\n`, { mode: 0o755 });
      const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      const { stderr } = expectExit(
        await runFetch(shell, staging, { lockTimeoutMs: 1_000 }, { env }),
        code === 1 ? 2 : 0,
      );
      expect(stderr).not.toContain('noise');
      if (code !== 1) await staging.requireOutcome('staged');
    });

    own('needs nobody to read what it says', async () => {
      const staging = await matrix.stage(good);
      const run = [...shell.argv, await renderFetch(staging)];
      for (const redirect of ['2>&-', '2>/dev/full']) {
        expectExit(await runProgram('sh', ['-c', `"$@" ${redirect}`, 'sh', ...run]), 0);
        await staging.requireOutcome('staged');
      }
    });

    own('needs nothing to be writable where all is right', async ({ skip }) => {
      const staging = await matrix.stage(good);
      expectExit(await runFetch(shell, staging), 0);
      const nobody = await asNobody(staging, skip);
      await chmod(staging.artifacts, 0o555);
      const { stderr } = expectExit(await nobody(shell), 0);
      for (const line of stderr.trimEnd().split('\n'))
        expect(line).toMatch(/already there$|all 2 files are in/);
      await rm(join(staging.artifacts, faultyName));
      const lacking = expectExit(await nobody(shell), 2);
      expect(lacking.stderr).toMatch(/^assay-fetch: cannot write in .*, to get: kubelet$/m);
    });

    own('replaces what it cannot read', async ({ skip }) => {
      const staging = await matrix.stage(good);
      expectExit(await runFetch(shell, staging), 0);
      const nobody = await asNobody(staging, skip);
      await chmod(join(staging.artifacts, faultyName), 0);
      const { stderr } = expectExit(await nobody(shell), 0);
      await staging.requireOutcome('staged');
      for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^assay-fetch: /);
    });

    own('runs nothing of a manifest that no schema has seen', async () => {
      const staging = await matrix.stage(good);
      await mkdir(join(staging.directory, 'run'));
      const script = join(staging.directory, 'hostile.sh');
      await writeFile(script, renderHostile(staging));
      const [program, ...args] = shell.argv;
      expectExit(await runProgram(program, [...args, '-n', script]), 0);
      const cwd = join(staging.directory, 'run');
      const { exitCode, stderr } = await runProgram(program, [...args, script], { cwd });
      expect(exitCode, stderr).toBe(4);
      // Nothing was made: not here, not above, and in the directory not even a file.
      expect(await readdir(cwd)).toEqual([]);
      expect(await readdir(staging.artifacts)).toEqual([]);
      expect((await readdir(staging.directory)).sort()).toEqual(
        ['artifacts', 'hostile.sh', 'manifest.json', 'run'].sort(),
      );
      expect(staging.requests()).toEqual([]);
    });
  });
}

describe.concurrent('the fetch script', () => {
  test('refuses its turn where another run takes too long', async () => {
    const { answer, goOn } = paused(content);
    const staging = await matrix.stage({ answers: [answer] });
    const first = runFetch(sh, staging);
    await underway(staging);
    const { stderr } = expectExit(await runFetch(sh, staging, { lockTimeoutMs: 1_000 }), 2);
    expect(stderr).toContain('is in use by another run');
    goOn();
    expectExit(await first, 0);
    await staging.requireOutcome('staged');
  });

  test('waits for `assay stage` in the same directory, and then downloads nothing', async () => {
    const { answer, goOn } = paused(content);
    const staging = await matrix.stage({ answers: [answer] });
    const where = ['--dir', staging.artifacts, '--mirror-base', staging.mirrorBase];
    const first = startAssay(['stage', staging.manifest, ...where]);
    await underway(staging);
    const second = await startFetch(sh, staging);
    await waits(second);
    goOn();
    for (const { outcome } of [first, second]) expectExit(await outcome, 0);
    await staging.requireOutcome('staged');
    expect(staging.requests()).toHaveLength(1);
  });

  test('without flock, removes what a killed run left', async () => {
    const staging = await matrix.stage({ answers: [paused(content).answer] });
    const env = { PATH: await pathWithout('flock') };
    const { killGroup, exitCode } = await begin(sh, staging, env);
    await underway(staging);
    killGroup();
    await exitCode;
    expect((await readdir(join(staging.artifacts, '.assay'))).join()).toMatch(/^fetch\.[0-9]+$/);
    staging.answer(slowly(content, 10_000_000));
    expectExit(await runFetch(sh, staging, {}, { env }), 0);
    await staging.requireOutcome('staged');
  });

  test('has nothing to do where installation is complete', async () => {
    const staging = await matrix.stage(good);
    await writeFile(join(staging.directory, 'installed.json'), '{}');
    const { stderr } = expectExit(await runFetch(sh, staging), 0);
    expect(stderr).toContain('nothing to do');
    expect(staging.requests()).toEqual([]);
    expect(await readdir(staging.directory)).not.toContain('artifacts');
  });

  test('fetches nothing twice, and replaces what is wrong', async () => {
    const staging = await matrix.stage(good);
    expectExit(await runFetch(sh, staging), 0);
    expectExit(await runFetch(sh, staging), 0);
    expect(staging.requests()).toHaveLength(1);
    const wrong = Buffer.from(content);
    wrong[7] = wrong[7]! ^ 1;
    await writeFile(join(staging.artifacts, faultyName), wrong);
    expectExit(await runFetch(sh, staging), 0);
    await staging.requireOutcome('staged');
  });

  test('leaves a wrong file as it was while its successor is not verified', async () => {
    const staging = await matrix.stage(faultNamed('one flipped bit'));
    await mkdir(staging.artifacts);
    await writeFile(join(staging.artifacts, faultyName), 'of an older version');
    expectExit(await runFetch(sh, staging), 5);
    expect(await readFile(join(staging.artifacts, faultyName), 'utf8')).toBe('of an older version');
  });

  test('says which digest it found, and which was expected', async () => {
    const staging = await matrix.stage(faultNamed('one flipped bit'));
    const { stderr } = expectExit(await runFetch(sh, staging), 5);
    expect(stderr).toMatch(
      /^assay-fetch: kubelet: digest is sha256:[0-9a-f]{64}, expected sha256:[0-9a-f]{64} /m,
    );
    expect(stderr).toMatch(/^assay-fetch: failed: kubelet$/m);
  });

  test('writes through no link under its hidden names, nor into a second name', async () => {
    const staging = await matrix.stage(good);
    const elsewhere = join(staging.directory, 'elsewhere');
    const hidden = join(staging.artifacts, staging.partialName());
    const version = JSON.stringify({ url: staging.faultyUrl, validator: '"this-very-version"' });
    for (const plant of [symlink, link]) {
      await mkdir(join(hidden, '..'), { recursive: true });
      await writeFile(elsewhere, content.subarray(0, 1000));
      await plant(elsewhere, hidden);
      await writeFile(hidden.replace(/partial$/, 'version'), `${version}\n`);
      expectExit(await runFetch(sh, staging), 0);
      await staging.requireOutcome('staged');
      expect((await readFile(elsewhere)).length).toBe(1000);
      await rm(join(staging.artifacts, faultyName));
    }
    expect(staging.requests().every(({ headers }) => headers.range === undefined)).toBe(true);
  });

  test('replaces a link under the final name, and not what it leads to', async () => {
    const staging = await matrix.stage(good);
    await mkdir(join(staging.artifacts, '../elsewhere'), { recursive: true });
    await mkdir(staging.artifacts);
    await symlink('../elsewhere', join(staging.artifacts, faultyName));
    expectExit(await runFetch(sh, staging), 0);
    await staging.requireOutcome('staged');
    expect(await readdir(join(staging.directory, 'elsewhere'))).toEqual([]);
  });

  test('has nothing to do with a directory under the final name', async () => {
    const staging = await matrix.stage(good);
    await mkdir(join(staging.artifacts, faultyName), { recursive: true });
    const { stderr } = expectExit(await runFetch(sh, staging), 2);
    expect(stderr).toContain('kubelet is a directory');
  });

  test('takes wrong bytes that were left, of the right length, for no verdict on the server', async () => {
    const staging = await matrix.stage(good);
    await mkdir(join(staging.artifacts, '.assay'), { recursive: true });
    await writeFile(join(staging.artifacts, staging.partialName()), Buffer.alloc(content.length));
    expectExit(await runFetch(sh, staging), 0);
    await staging.requireOutcome('staged');
  });

  test('refuses wrong bytes under a version that the server still has, and removes them', async () => {
    const staging = await matrix.stage(good);
    await leave(staging, Buffer.alloc(1000), '"this-very-version"');
    expectExit(await runFetch(sh, staging), 5);
    await staging.requireOutcome('refused');
    expectExit(await runFetch(sh, staging), 0);
    await staging.requireOutcome('staged');
  });

  test.for<[string, string]>([
    ['of another URL', '{"url":"http://127.0.0.1:1/kubelet","validator":"\\"this-very-version\\""}\n'],
    ['with a header of its own', '{"url":"URL","validator":"\\"x\\"\r\nX-Evil: 1"}\n'],
    ['weak', '{"url":"URL","validator":"W/\\"this-very-version\\""}\n'],
    ['empty', ''],
    ['of many lines', 'a\nb\n\n\nHTTP/1.1 200 OK\netag: "this-very-version"\n\n'],
  ])('starts over from a version file that is no good: %s', async ([, text]) => {
    const staging = await matrix.stage(good);
    await leave(staging, content.subarray(0, 1000), '');
    const version = join(staging.artifacts, staging.partialName().replace(/partial$/, 'version'));
    await writeFile(version, text.replace('URL', staging.faultyUrl));
    expectExit(await runFetch(sh, staging), 0);
    expect(staging.requests().map(({ headers }) => headers.range)).toEqual([undefined]);
    await staging.requireOutcome('staged');
  });

  test('goes on where `assay stage` was cut, and the other way round', async () => {
    const cut = faultNamed('cut always, without a byte more');
    for (const isScriptFirst of [true, false]) {
      const staging = await matrix.stage(cut);
      const stage = () =>
        runAssay([
          ...['stage', staging.manifest, '--dir', staging.artifacts, '--mirror-base', staging.mirrorBase],
          ...['--attempts', '2'],
        ]);
      const script = () => runFetch(sh, staging);
      expectExit(await (isScriptFirst ? script() : stage()), 4);
      const before = staging.requests().length;
      staging.answer(slowly(content, 10_000_000));
      expectExit(await (isScriptFirst ? stage() : script()), 0);
      expect(
        staging
          .requests()
          .slice(before)
          .map(({ headers }) => headers.range),
      ).toEqual(['bytes=150000-']);
      await staging.requireOutcome('staged');
    }
  });

  test('says so where the disk is full', async ({ skip }) => {
    const staging = await matrix.stage(good);
    await mkdir(staging.artifacts);
    const inner =
      'mount -t tmpfs -o size=200k tmpfs "$1" 2>/dev/null || exit 99; directory=$1; shift\n' +
      '"$@"; code=$?; ls -A "$directory"; exit $code';
    const run = (...args: string[]) =>
      runProgram('unshare', ['-Urm', 'sh', '-c', inner, 'sh', staging.artifacts, ...args]);
    const possible = await run('true').catch(() => ({ exitCode: 99 }));
    skip(possible.exitCode !== 0, 'no user namespaces here');
    const outcome = await run(...sh.argv, await renderFetch(staging));
    expectExit(outcome, 2);
    expect(outcome.stderr).toMatch(/^assay-fetch: kubelet: cannot write .*: is the disk full\?/m);
    expect(outcome.stdout.split('\n')).not.toContain(faultyName);
  });

  test('says so where it cannot write', async () => {
    const staging = await matrix.stage(good);
    // Root may write whatever the mode says; nobody creates files in there.
    const isRoot = process.getuid?.() === 0;
    const directory = isRoot ? '/sys/kernel' : staging.artifacts;
    if (!isRoot) {
      await mkdir(directory);
      await chmod(directory, 0o555);
    }
    const { stderr } = expectExit(await runFetch(sh, staging, { directory }), 2);
    expect(stderr).toContain('cannot write in');
    expect(staging.requests()).toEqual([]);
  });

  test('says so where a program is missing', async () => {
    const staging = await matrix.stage(good);
    const env = { PATH: await pathWithout('curl') };
    const { stderr } = expectExit(await runFetch(sh, staging, {}, { env }), 2);
    expect(stderr).toContain('there is no curl here');
  });

  test("without flock, what a killed run of the very same number left is in nobody's way", async () => {
    const staging = await matrix.stage(good);
    const env = { PATH: await pathWithout('flock') };
    // `exec` keeps the number.
    const script = 'mkdir -p "$1/.assay/fetch.$$/1" && exec sh "$2"';
    const run = ['-c', script, 'sh', staging.artifacts, await renderFetch(staging)];
    expectExit(await runProgram('sh', run, { env }), 0);
    await staging.requireOutcome('staged');
  });

  test('is not moved by the settings of a user', async () => {
    const staging = await matrix.stage(good);
    await writeFile(join(staging.directory, '.curlrc'), 'proxy = http://127.0.0.1:1\n');
    expectExit(await runFetch(sh, staging, {}, { env: { HOME: staging.directory } }), 0);
  });

  test('asks no server by plain HTTP unless it is a mirror, nor follows one there', async () => {
    const staging = await matrix.stage(good);
    expectExit(await runFetch(sh, staging, { allowsHttp: false }), 4);
    expect(staging.requests()).toEqual([]);
  });

  test('follows no https server to plain HTTP', async () => {
    const staging = await matrix.stage(good);
    const secure = await startFaultServer({ tls: true });
    secure.on('/kubelet', redirect(staging.faultyUrl));
    const item = { name: faultyName, url: `${secure.origin}/kubelet`, sizeBytes: content.length };
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}` as const;
    const [directory, installedFile] = [staging.artifacts, join(staging.directory, 'installed.json')];
    const options = { ...defaultFetchOptions, directory, installedFile };
    const authority = join(staging.directory, 'ca.crt');
    await writeFile(authority, loopbackCertificate);
    const script = join(staging.directory, 'https.sh');
    await writeFile(script, renderFetchScript([{ ...item, digest }], options, 'https'));
    const run = await runProgram(sh.argv[0], [...sh.argv.slice(1), script], {
      env: { CURL_CA_BUNDLE: authority },
    });
    await secure.close();
    expectExit(run, 4);
    expect(secure.requests).toHaveLength(1);
    expect(staging.requests()).toEqual([]);
  });

  test('says why in one line where a certificate is refused', async () => {
    const staging = await matrix.stage(good);
    const secure = await startFaultServer({ tls: true });
    const digest = `sha256:${'0'.repeat(64)}` as const;
    const [directory, installedFile] = [staging.artifacts, join(staging.directory, 'installed.json')];
    const items = [{ name: 'a', url: `${secure.origin}/a`, digest, sizeBytes: 1 }];
    const script = join(staging.directory, 'https.sh');
    await writeFile(
      script,
      renderFetchScript(items, { ...defaultFetchOptions, directory, installedFile }, 'https'),
    );
    const { stderr } = expectExit(await runProgram(sh.argv[0], [...sh.argv.slice(1), script]), 4);
    await secure.close();
    expect(stderr).toMatch(/^assay-fetch: a: curl: \(60\) SSL .*certificate.* \(https:\S+\)$/m);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  test.for([
    ['with the line of curl that has the reason', 'curl: (6) Could not resolve host: a', 6],
    ['with the first line where none has', 'sh: curl: Permission denied', 7],
    ['with the exit code where there is nothing', 'curl ended with 35', 35],
  ] as const)('says why, %s', async ([, reason, code]) => {
    const staging = await matrix.stage(good);
    const bin = join(staging.directory, 'bin');
    await mkdir(bin);
    const lines = {
      6: [
        'curl: /lib/x.so: no version information available',
        reason,
        '',
        'curl: visit the page',
        'how to fix it.',
      ],
      7: [reason, 'more'],
      35: [],
    }[code];
    const said = lines.map((line) => `echo '${line}' >&2`).join('\n');
    await writeFile(join(bin, 'curl'), `#!/bin/sh\n${said}\nexit ${code}\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const { stderr } = expectExit(await runFetch(sh, staging, { attempts: 1 }, { env }), 4);
    expect(stderr.split('\n')).toContain(`assay-fetch: ${faultyName}: ${reason} (${staging.faultyUrl})`);
  });

  test('is clean by shellcheck', async ({ skip }) => {
    skip(!hasProgram('shellcheck', '--version'), 'shellcheck is not installed');
    const staging = await matrix.stage(good);
    const script = join(staging.directory, 'hostile.sh');
    await writeFile(script, renderHostile(staging));
    // Of text that looks like shell and is none, it would ask whether that was meant.
    const args = ['--exclude=SC2016,SC1003', script];
    expectExit(await runProgram('shellcheck', args), 0);
    const { stdout, exitCode } = await runProgram('shellcheck', [await renderFetch(staging)]);
    expect(exitCode, stdout).toBe(0);
  });
});

async function partialSize(staging: FaultyStaging): Promise<number> {
  return (await stat(join(staging.artifacts, staging.partialName())).catch(() => ({ size: 0 }))).size;
}

async function leave(staging: FaultyStaging, bytes: Uint8Array, validator: string): Promise<void> {
  const partial = join(staging.artifacts, staging.partialName());
  await mkdir(join(partial, '..'), { recursive: true });
  await writeFile(partial, bytes);
  const version = JSON.stringify({ url: staging.faultyUrl, validator });
  await writeFile(partial.replace(/partial$/, 'version'), `${version}\n`);
}

const pathsWithout = new Map<string, Promise<string>>();

function pathWithout(program: string): Promise<string> {
  const made = pathsWithout.get(program) ?? makePathWithout(join(work, `without-${program}`), program);
  pathsWithout.set(program, made);
  return made;
}

/** Runs the script as somebody whom modes bind: root gives everything there to a user who is nobody, and is him. */
async function asNobody(staging: FaultyStaging, skip: (condition: boolean, note: string) => void) {
  const isRoot = process.getuid?.() === 0;
  skip(isRoot && !hasProgram('setpriv', '--version'), 'setpriv is not installed');
  const script = await renderFetch(staging);
  const id = 65534;
  const become = ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'];
  if (isRoot) {
    const { directory, artifacts } = staging;
    await chmod(directory, 0o755);
    const names = (await readdir(artifacts)).map((name) => join(artifacts, name));
    for (const path of [artifacts, script, ...names]) await chown(path, id, id);
  }
  return ({ argv }: PosixShell) => {
    const [program, ...args] = [...(isRoot ? become : []), ...argv, script];
    return runProgram(program, args, { cwd: '/' });
  };
}

/** What the manifest's schema refuses, past it; `touch` would leave a file wherever it were run. */
function renderHostile({ artifacts, mirrorBase, directory }: FaultyStaging): string {
  const digest = `sha256:${'0'.repeat(64)}` as const;
  const url = `${mirrorBase}/vmconfig/artifacts/kubelet/1.0%2B1/kubelet`;
  const texts = [
    "'; touch injected; '",
    '"; touch injected; "',
    '$(touch injected)',
    '`touch injected`',
    '${x:=$(touch injected)}',
    'a\ntouch injected\n',
    'a b * ? [a-z]',
    '-o',
    '--output=injected',
    '../injected',
    '/tmp/assay-injected',
    '.',
    '..',
    '',
    '\\',
    '%s%n',
    '&& touch injected ||',
    '}\ntouch injected',
  ];
  const items: FetchItem[] = texts.flatMap((text) => [
    { name: text, url, digest, sizeBytes: 3 },
    { name: 'plain', url: text, digest, sizeBytes: 3 },
    { name: 'plain', url, digest: text as never, sizeBytes: 3 },
    { name: 'plain', url, digest: `sha256:${text}`, sizeBytes: 3 },
    { name: 'plain', url, digest, sizeBytes: text as never },
  ]);
  items.push(
    { name: 'file-url', url: 'file:///etc/hostname', digest, sizeBytes: 3 },
    { name: 'short', url, digest: 'sha256:00', sizeBytes: 3 },
    { name: 'upper', url, digest: `sha256:${'A'.repeat(64)}`, sizeBytes: 3 },
    { name: 'md5', url, digest: `md5:${'0'.repeat(32)}` as never, sizeBytes: 3 },
  );
  return renderFetchScript(
    items,
    {
      ...{ ...defaultFetchOptions, attempts: 1, retryPauseMs: 0, directory: artifacts },
      installedFile: join(directory, "$(touch injected)'"),
    },
    'title\ntouch injected',
  );
}
