/** What every command owes its user: help, exit codes, and clean streams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { describe, expect, it } from 'vitest';
import { runInProcess } from '../support/command-in-process.ts';
import { cli, root, runAssay, runProgram } from '../support/run-assay.ts';

const inRelease = 'test/fixtures/debian/dists/trixie-updates/InRelease';
const verify = ['verify-release', inRelease, '--keyring', 'trust/debian-archive.asc'];
const now = ['--now', '2026-11-20T12:00:00Z'];

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly engines: { readonly node: string };
};

/** Read off the program itself, so that a new command is tested the day it is there. */
const commands = [...(await runAssay(['--help'])).stdout.matchAll(/^ {2}([a-z][a-z-]+) {2}/gm)].map(
  ([, name = '']) => name,
);

describe.concurrent('the command line', () => {
  it.each(commands)('%s --help shows an example', async (name) => {
    const { exitCode, stdout, stderr } = await runInProcess([name, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples?:\\n +assay ${name}\\b`));
  });

  it.each([
    [['stage', 'm.json', '--stall-timeout', '5'], '--stall-timeout <duration>'],
    [['stage', 'm.json', '--lock-timeout', '5x'], '--lock-timeout <duration>'],
    [['update-trust', '--within', '60'], '--within [time]'],
    [['render', 'fetch-script', 'm.json', '--retry-pause', '1.5s'], '--retry-pause <duration>'],
  ])('%j: a wrong length of time names its flag', async (args, flag) => {
    const { exitCode, stderr } = await runInProcess(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`option '${flag}'`);
    expect(stderr).toContain('Write a whole number and one of s, m, h, d and w');
  });

  it('--help names every command and the exit codes', async () => {
    const { exitCode, stdout } = await runAssay(['--help']);
    expect(exitCode).toBe(0);
    for (const name of commands) expect(stdout).toContain(`  ${name} `);
    expect(stdout).toContain('Exit codes:');
  });

  it('--version is that of the package', async () => {
    const stdout = `${packageJson.version}\n`;
    expect(await runAssay(['--version'])).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it.each([
    [['-h'], 'Usage: assay [options] [command]\n'],
    [['help'], 'Usage: assay [options] [command]\n'],
    [['help', 'stage'], 'Usage: assay stage [options] <manifest>\n'],
    [['stage', '-h'], 'Usage: assay stage [options] <manifest>\n'],
    [['help', 'render', 'user-data'], 'Usage: assay render user-data [options] [manifest]\n'],
    [['render', 'help', 'user-data'], 'Usage: assay render user-data [options] [manifest]\n'],
    [['render', '--help'], 'Usage: assay render [options] [command]\n'],
    [['help', 'help'], 'Usage: assay help [options] [command...]\n'],
  ])('%j prints help', async (args, usage) => {
    const { exitCode, stdout, stderr } = await runInProcess(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.slice(0, usage.length)).toBe(usage);
  });

  it.each([
    [['help', 'stge'], 'unknown command "stge"; did you mean "stage"?'],
    [['help', 'render', 'userdata'], 'unknown command "userdata"; did you mean "user-data"?'],
    [['help', 'stage', 'x'], 'unknown command "x"'],
    [['nonsense', '--help'], 'unknown command "nonsense"'],
    [['render', 'nonsense', '-h'], 'unknown command "nonsense"'],
    [[], 'assay what? No command is given'],
    [['render'], 'render what? No command is given'],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, stdout, stderr } = await runInProcess(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`error: ${message} [USAGE]\n`);
  });

  it.each([
    [['stage', '--onli', 'x', '--json'], 'USAGE'],
    [['stage', '--json'], 'USAGE'],
    [['--json'], 'USAGE'],
    [['--json', 'stage', 'm.json'], 'USAGE'],
    [['nonsense', '--json'], 'USAGE'],
    [['render', 'nonsense', '--json'], 'USAGE'],
    [['help', 'nonsense', '--json'], 'USAGE'],
    [['render', 'install-plan', '--json', 'm.json'], 'USAGE'],
    [['stage', 'm.json', '--jobs', '0', '--json'], 'USAGE'],
    [['stage', '--json', 'm.json', '--jobs'], 'USAGE'],
    [['stage', 'm.json', 'n.json', '--json'], 'USAGE'],
    [['stage', 'm.json', '--mirror', 'x', '--json'], 'USAGE'],
    [['stage', '--only=', 'm.json', '--json'], 'USAGE'],
    [['verify-keys', 'x', '--pin', '12', '--json'], 'TRUST_INVALID'],
    [['verify', '--json'], 'USAGE'],
    [['stage', 'no-such-file', '--json'], 'FILE_UNREADABLE'],
  ])('%j has its document on stdout', async (args, code) => {
    const { exitCode, stdout, stderr } = await runInProcess(args);
    expect({ exitCode, document: JSON.parse(stdout) as unknown }).toMatchObject({
      exitCode: 2,
      document: { verified: false, error: { code, exitCode: 2 } },
    });
    expect(stderr).toContain(`[${code}]\n`);
  });

  it.each([
    [['stage', '--onli', 'x']],
    [['stage', '--onli', 'x', '--', '--json']],
    [['stage', '--dir', '--json']],
    [['stage', '--only', '--json', 'no-such-file']],
    [['render', 'install-plan', '-o', '--json', 'no-such-file']],
  ])('%j has none: it does not ask for one', async (args) => {
    expect(await runInProcess(args)).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it.each([
    ['an unknown command', ['verify-relaese']],
    ['an unknown flag', [...verify, '--keyrings', 'x']],
    ['no command', []],
    ['a time without a zone', [...verify, '--now', '2026-11-20T12:00:00']],
    ['an architecture that is none', ['update-manifests', '--arch', 'x86_64']],
    ['a mirror with a password', ['stage', 'x.json', '--mirror', 'https://a.example=https://u:p@b.example']],
  ])('%s is exit code 2, with nothing on stdout', async (_, args) => {
    const { exitCode, stdout, stderr } = await runInProcess(args);
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

  it('says so where Node is too old, before it loads what that cannot read', async () => {
    const versions = [
      '12.22.12',
      '20.20.2',
      '22.22.1',
      '22.22.2',
      '22.23.0',
      '23.11.1',
      '24.14.9',
      '24.15.0',
    ];
    for (const node of [...versions, '25.9.0', '26.0.0', '27.1.0']) {
      const fake = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${node}'}})`;
      const args = ['--import', `data:text/javascript,${encodeURIComponent(fake)}`, cli, '--version'];
      const outcome = await runProgram(process.execPath, args);
      if (satisfies(node, packageJson.engines.node)) {
        expect(outcome, node).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
      } else {
        expect(outcome, node).toMatchObject({ exitCode: 2, stdout: '' });
        expect(outcome.stderr, node).toMatch(
          /^error: assay needs Node 26 or later, .*; this is Node [0-9.]+\n {2}\S.*\n$/,
        );
      }
    }
  });

  it('can be read by Node 12, as far as it has to be', () => {
    const text = readFileSync(cli, 'utf8');
    expect(text).not.toMatch(/\?\?|\?\.|^import |\bawait\b/m);
    expect(text).toContain("import('./main.cjs')");
  });

  it('writes no colours under NO_COLOR, not even where they are forced', async () => {
    const env = { NO_COLOR: '1', FORCE_COLOR: '1' };
    const { stderr } = await runAssay(['verify-release', 'no-such-file', '--keyring', 'x'], { env });
    expect(stderr).toContain('[FILE_UNREADABLE]');
    expect(stderr).not.toMatch(/\u001b/);
  });
});
