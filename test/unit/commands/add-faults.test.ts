/** `assay add` where something goes wrong: it says what and what to do, and catalogue and pins stay as they were. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { atFirst, cut, refuse, stall } from '../../../scripts/upstream/behaviours.ts';
import { exhaustedQuota, secondaryLimit } from '../../../scripts/upstream/sigstore/github-api.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { startFaultServer } from '../../support/fault-server.ts';
import { cli } from '../../support/run-assay.ts';
import { openpgpKey, openToolbox, type ToolboxRehearsal } from '../../support/toolbox-rehearsal.ts';

const list = 'api.github.com/repos/o/sums/releases';
const files: [string, string] = ['sums-linux-amd64.tar.gz', 'sums-linux-arm64.tar.gz'];

let box: ToolboxRehearsal;
let head: string;
let before: string;
beforeAll(async () => {
  box = await openToolbox(
    [
      { at: 'o/sums', tag: 'v1.2.3', files, proof: 'sums' },
      { at: 'o/pgp', tag: 'v1.2.3', files, proof: 'openpgp sums' },
    ],
    { 'keys.example.org/tools.asc': openpgpKey.publicKeyArmored },
  );
  [head, before] = [await readFile(box.catalogue, 'utf8'), await box.text()];
});
afterAll(() => box.close());
afterEach(() => {
  box.server.override(list);
});

/** Neither a byte of it changed, nor is anything in the making left beside it. */
async function requireUntouched(expected = before): Promise<void> {
  expect(await box.text()).toBe(expected);
  const names = [...(await readdir(box.directory)), ...(await readdir(box.trustDir))];
  expect(names.filter((name) => name.includes('.assay-'))).toEqual([]);
}

describe('an upstream', () => {
  // In whole seconds, as GitHub says it.
  const resetAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000);
  it.each([
    [
      'has no quota left, until a time',
      exhaustedQuota(resetAt),
      'RATE_LIMITED',
      `until ${resetAt.toISOString()}`,
    ],
    ['is asked too often', secondaryLimit(600), 'RATE_LIMITED', 'the server asks to wait until'],
    ['refuses', refuse(403), 'HTTP_STATUS', '403'],
    ['has gone', refuse(410), 'NOT_FOUND', '410'],
  ])('%s', async (_, behaviour, code, said) => {
    box.server.override(list, behaviour);
    const outcome = await box.add('github:o/sums', '--yes', '--json');
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 4 });
    expect(outcome.stderr).toContain(said);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ verified: false, error: { code, exitCode: 4 } });
    await requireUntouched();
  });

  it('cannot be reached', async () => {
    const stranger = await startFaultServer({ tls: true });
    const mirror = ['--mirror', `https://api.github.com=${stranger.origin}`];
    const flags = box.flags.filter(
      (flag, at) => !`${flag} ${box.flags[at + 1] ?? ''}`.includes('api.github'),
    );
    const outcome = await runInProcess(['add', 'github:o/sums', '--yes', ...flags, ...mirror]);
    await stranger.close();
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 4 });
    expect(outcome.stderr).toMatch(/certificate is not trusted.*\[UNREACHABLE\]\n {2}\S/);
    await requireUntouched();
  });

  it('cuts its answer, and is asked again', async () => {
    box.server.override(list, atFirst(cut(Buffer.from('[{"tag_name":"v9"}]'), 9)));
    const outcome = await box.add('github:o/sums', '--yes', '--dry-run');
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 0 });
    expect(outcome.stdout).toContain('method: checksum');
    await requireUntouched();
  });
});

describe('a catalogue', () => {
  const inBraces = 'sources: { x: { type: github-release, repository: o/x, tag: "v{version}" } }';
  it.each<readonly [string, () => string]>([
    ['that is no YAML', () => 'version: 1\nkinds: [tools\nsources: {}\n'],
    ['with an unknown key', () => `${head}nonsense: 1\n`],
    ['that is empty', () => ''],
    ['whose sections are no blocks', () => head.replace('sources: {}', inBraces)],
  ])('%s', async (_, textOf) => {
    await writeFile(box.catalogue, textOf());
    const outcome = await box.add('github:o/sums', '--yes');
    const after = await readFile(box.catalogue, 'utf8');
    await writeFile(box.catalogue, head);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2 });
    expect(outcome.stderr).toContain('[CATALOGUE_INVALID]\n');
    expect(outcome.stderr).toContain(box.catalogue);
    expect(after).toBe(textOf());
  });

  it.each(['catalogue', 'pins'] as const)('that somebody changed in the meantime: %s', async (which) => {
    const path = which === 'pins' ? join(box.trustDir, 'pins.yaml') : box.catalogue;
    const old = await readFile(path, 'utf8');
    const confirm = async () => {
      await writeFile(path, `${old}# Somebody else's.\n`);
      return true;
    };
    const key = ['--key', 'https://keys.example.org/tools.asc'];
    const outcome = await runInProcess(['add', 'github:o/pgp', ...key, ...box.flags], { confirm });
    const after = await readFile(path, 'utf8');
    await writeFile(path, old);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2 });
    expect(outcome.stderr).toMatch(/ was changed .*\[CATALOGUE_INVALID\]\n.*again/);
    expect(after).toBe(`${old}# Somebody else's.\n`);
    await requireUntouched();
  });
});

describe('a place', () => {
  const signed = ['--key', 'https://keys.example.org/tools.asc', '--accept', openpgpKey.fingerprint];

  it('where one of the files cannot be written, has none of them', async () => {
    // Root too: the key's file is a directory.
    await mkdir(join(box.trustDir, 'pgp.asc'));
    const outcome = await box.add('github:o/pgp', ...signed);
    await rm(join(box.trustDir, 'pgp.asc'), { recursive: true });
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2 });
    expect(outcome.stderr).toMatch(/\[FILE_UN(?:WRITABLE|READABLE)\]/);
    await requireUntouched();
  });

  it('that may not be written to', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may write whatever the mode says');
    await chmod(box.directory, 0o555);
    const outcome = await box.add('github:o/pgp', ...signed);
    await chmod(box.directory, 0o755);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode: 2 });
    expect(outcome.stderr).toContain('[FILE_UNWRITABLE]');
    await requireUntouched();
  });
});

/** In a terminal of its own: `answer` is typed once the question is there. */
async function answered(
  answer: string,
): Promise<{ readonly exitCode: number | null; readonly shown: string }> {
  const command = [process.execPath, cli, 'add', 'github:o/sums', ...box.flags];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', quoted, '/dev/null'], {
    env: { PATH: process.env['PATH'], SHELL: '/bin/sh', TERM: 'dumb' },
  });
  let [shown, isAnswered] = ['', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (isAnswered || !shown.includes('[y/N]')) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  return { exitCode, shown };
}

const hasTerminal = await new Promise<boolean>((resolve) => {
  spawn('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' })
    .on('error', () => resolve(false))
    .on('close', (code) => resolve(code === 0));
});

describe('a person', () => {
  it('who is not there has to be named what they accept', async () => {
    const outcome = await box.add('github:o/sums');
    expect(outcome).toMatchObject({ exitCode: 6 });
    expect(outcome.stderr).toMatch(/\[TRUST_CHANGED\]\n.*--yes/);
    await requireUntouched();
  });

  it('says no, ends the input or presses Ctrl-C, and nothing is written', async ({ skip }) => {
    skip(!hasTerminal, 'script (util-linux) is not there, which makes a terminal');
    const [no, end, interrupt] = await Promise.all(['n\r', '\u0004', '\u0003'].map(answered));
    expect([no, end, interrupt].map((one) => one?.exitCode)).toEqual([6, 6, 130]);
    for (const declined of [no, end]) expect(declined?.shown).toContain('nothing was written');
    expect(interrupt?.shown).toContain('interrupted: ');
    await requireUntouched();
  });

  it('interrupts while the upstream is asked', async () => {
    const half = stall(Buffer.from('[{}]'), 1);
    const asked = new Promise<void>((resolve) => {
      box.server.override(list, (...request) => {
        half(...request);
        resolve();
      });
    });
    const child = spawn(process.execPath, [cli, 'add', 'github:o/sums', '--yes', ...box.flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await asked;
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said).toContain('interrupted: ');
    await requireUntouched();
  });

  it('says yes, and it is written', async ({ skip }) => {
    skip(!hasTerminal, 'script (util-linux) is not there, which makes a terminal');
    const { exitCode, shown } = await answered('y\r');
    expect(shown).toContain('sums added');
    expect(exitCode).toBe(0);
    expect(await readFile(box.catalogue, 'utf8')).toContain('method: checksum');
    await writeFile(box.catalogue, head);
  });
});
