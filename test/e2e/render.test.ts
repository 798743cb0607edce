/** `assay render`, built: what it writes and where, and what it refuses. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess } from '../support/command-in-process.ts';
import { manifestText, sha512 } from '../support/manifest-sample.ts';
import { expectDone } from '../support/outcomes.ts';
import { runAssay, runProgram } from '../support/run-assay.ts';
import { openStagingFaults, stagingFaults, type StagingFaults } from '../support/staging-faults.ts';

let matrix: StagingFaults;
let work: string;
let manifest: string;
beforeAll(async () => {
  matrix = await openStagingFaults();
  work = await mkdtemp(join(tmpdir(), 'assay-render-'));
  manifest = join(work, 'knc.debian-13.amd64.json');
  await writeFile(manifest, manifestText);
});
afterAll(async () => {
  await matrix.close();
  await rm(work, { recursive: true, force: true });
});

const fetchScript = (...args: readonly string[]) => runInProcess(['render', 'fetch-script', ...args]);

describe.concurrent('render fetch-script', () => {
  test('writes a script that stages what stage stages', async () => {
    const staging = await matrix.stage(
      stagingFaults.find(({ name }) => name === 'cut in the middle, then good')!,
    );
    const script = join(staging.directory, 'fetch.sh');
    const where = ['--dir', staging.artifacts, '--mirror-base', staging.mirrorBase, '-o', script];
    expect(expectDone(await fetchScript(staging.manifest, ...where)).stdout).toBe('');
    expect((await stat(script)).mode & 0o777).toBe(0o755);
    expectDone(await runProgram(script, []));
    await staging.requireOutcome('staged');
    expectDone(await runInProcess(['verify', '--staged', staging.artifacts, staging.manifest]));
  });

  test('has every flag in it, also the hostile ones', async () => {
    const hostile = `it's $(touch owned)`;
    const flags = ['--dir', hostile, '--installed-file', '-n', '--jobs', '2', '--attempts', '9'];
    const times = ['--stall-timeout', '2m', '--lock-timeout', '1s', '--only', 'agent', '--providers', 'aws'];
    const { stdout } = expectDone(await fetchScript(manifest, ...flags, ...times));
    for (const line of [
      ...[`dir='it'\\''s $(touch owned)'`, `installed='-n'`, `jobs=1`, `attempts=9`],
      ...[`stall_seconds=120`, `lock_seconds=1`, `protocols='=https'`],
      `\titem 'agent.tar.gz' 'https://releases.example/v1.2.3/agent.tgz' '${sha512}' '5953829'`,
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
    expect(stdout).not.toContain('agent-2');
  });

  test.for([
    ['a name that the manifest does not have', ['--only', 'kubelet'], 'USAGE'],
    ['a mirror that is no URL', ['--mirror-base', 'file:///mirror'], 'USAGE'],
    ['no jobs', ['--jobs', '0'], 'USAGE'],
    ['an output that cannot be written', ['-o', '/proc/none/fetch.sh'], 'FILE_UNWRITABLE'],
    ['an output that is no file', ['-o', '/proc/self/fd/1'], 'FILE_UNWRITABLE'],
  ] as const)('refuses %s', async ([, flags, code]) => {
    const outcome = await fetchScript(manifest, ...flags);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    if (code !== 'USAGE') expect(outcome.stderr).toContain(`[${code}]`);
  });

  test('refuses a manifest that is none, and leaves what was there', async () => {
    const broken = join(work, 'broken.json');
    const output = join(work, 'before.sh');
    await writeFile(
      broken,
      manifestText.replace('https://deb.example/', "https://deb.example/'$(touch owned)'"),
    );
    await writeFile(output, 'before');
    const outcome = await fetchScript(broken, '-o', output);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('[MANIFEST_INVALID]');
    expect(await readFile(output, 'utf8')).toBe('before');
    // Other tests write beside it.
    expect((await readdir(work)).filter((name) => name.startsWith('.before.sh'))).toEqual([]);
  });
});

describe.concurrent('render install-plan', () => {
  test('is of the very bytes of the file, on standard output or in a file', async () => {
    const hex = createHash('sha256').update(manifestText).digest('hex');
    const { stdout } = expectDone(await runAssay(['render', 'install-plan', manifest]));
    expect(stdout.split('\n')[2]).toBe(`VMCONFIG_MANIFEST_JSON_SHA256=${hex}`);
    const output = join(work, 'vmconfig-manifest.sh');
    expectDone(await runInProcess(['render', 'install-plan', manifest, '--output', output]));
    expect(await readFile(output, 'utf8')).toBe(stdout);
    expect((await stat(output)).mode & 0o777).toBe(0o644);
    const { status, stderr } = spawnSync('bash', ['-n', output]);
    expect([status, stderr.toString()]).toEqual([0, '']);
  });

  test('replaces a link in place of writing through it', async () => {
    const [elsewhere, output] = [join(work, 'elsewhere'), join(work, 'link.sh')];
    await writeFile(elsewhere, 'untouched');
    await symlink(elsewhere, output);
    expectDone(await runInProcess(['render', 'install-plan', manifest, '-o', output]));
    expect(await readFile(elsewhere, 'utf8')).toBe('untouched');
  });

  test('refuses a manifest that is not there', async () => {
    const outcome = await runInProcess(['render', 'install-plan', join(work, 'none.json')]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('[FILE_UNREADABLE]');
  });
});

test('render alone says what it can make', async () => {
  const outcome = await runAssay(['render']);
  expect(outcome.exitCode).toBe(2);
  expect(outcome.stderr).toContain('fetch-script');
});
