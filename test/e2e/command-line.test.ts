/** What every command owes its user: help, exit codes, and clean streams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, root, runAssay, runProgram } from '../support/run-assay.ts';

const inRelease = 'test/fixtures/debian/dists/trixie-updates/InRelease';
const verify = ['verify-release', inRelease, '--keyring', 'trust/debian-archive.asc'];
const now = ['--now', '2026-11-20T12:00:00Z'];

/** Read off the program itself, so that a new command is tested the day it is there. */
const commands = [...(await runAssay(['--help'])).stdout.matchAll(/^ {2}([a-z-]+) {2}/gm)].map(
  ([, name = '']) => name,
);

describe.concurrent('the command line', () => {
  it.each(commands)('%s --help shows an example', async (name) => {
    const { exitCode, stdout, stderr } = await runAssay([name, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples?:\\n +assay ${name}\\b`));
  });

  it('--help names every command and the exit codes', async () => {
    const { exitCode, stdout } = await runAssay(['--help']);
    expect(exitCode).toBe(0);
    for (const name of commands) expect(stdout).toContain(`  ${name} `);
    expect(stdout).toContain('Exit codes:');
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await runAssay(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    ['an unknown command', ['verify-relaese']],
    ['an unknown flag', [...verify, '--keyrings', 'x']],
    ['no command', []],
    ['a time without a zone', [...verify, '--now', '2026-11-20T12:00:00']],
    ['an architecture that is none', ['update-manifests', '--arch', 'x86_64']],
    ['a mirror with a password', ['stage', 'x.json', '--mirror', 'https://a.example=https://u:p@b.example']],
  ])('%s is exit code 2, with nothing on stdout', async (_, args) => {
    const { exitCode, stdout, stderr } = await runAssay(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('this is a bug');
    expect(stderr).not.toContain('u:p');
  });

  it.each([
    ['has seen enough', 'head -n 1', 'Origin: Debian\n'],
    ['is gone before the first byte', ':', ''],
  ])('a reader that %s is no crash', async (_, reader, read) => {
    // The exit code of the command itself is what the shell would not say.
    const script = `{ "$@"; echo "exit code $?" >&2; } | ${reader}`;
    const args = ['-c', script, 'sh', process.execPath, cli, ...verify, ...now];
    const { stdout, stderr } = await runProgram('sh', args);
    expect({ stdout, stderr }).toEqual({ stdout: read, stderr: 'exit code 0\n' });
  });

  it('writes no colours under NO_COLOR, not even where they are forced', async () => {
    const env = { NO_COLOR: '1', FORCE_COLOR: '1' };
    const { stderr } = await runAssay(['verify-release', 'no-such-file', '--keyring', 'x'], { env });
    expect(stderr).toContain('[FILE_UNREADABLE]');
    expect(stderr).not.toMatch(/\u001b/);
  });
});
