/**
 * A folder in which a script is run, and which shows what it ran: of the programs on its path, those in `recorded` write
 * down their arguments, and `owned` that it was run at all.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { hasProgram, posixShells, type PosixShell } from '../support/posix-shells.ts';
import { BrokenPromise } from './target.ts';

export interface ShellRun {
  readonly status: number | null;
  /** Between NULs. */
  readonly stdout: readonly string[];
  readonly stderr: string;
  readonly calls: readonly Call[];
}

interface Call {
  readonly program: string;
  readonly args: readonly string[];
}

interface RoomOptions {
  /** Programs that end with 7, and whose calls are wanted. */
  readonly recorded?: readonly string[];
  readonly shells?: readonly PosixShell[];
}

const programs = [
  ...[
    'base64',
    'cat',
    'chmod',
    'cksum',
    'cmp',
    'cut',
    'flock',
    'grep',
    'gzip',
    'head',
    'id',
    'mkdir',
    'mv',
    'rm',
  ],
  ...['rmdir', 'sed', 'sha256sum', 'sha512sum', 'sh', 'sleep', 'stat', 'tail', 'touch', 'tr'],
];

/** What a shell says of a text that is none of ours, or that it read otherwise. */
const complaint =
  /not found|syntax error|unexpected|bad substitution|unbound variable|parameter not set|unterminated|ambiguous redirect/i;

/** Runs it under every shell that is here; `check` is told of each. Throws `BrokenPromise`. */
export function inEveryShell(
  script: string,
  check: (run: ShellRun) => void,
  { recorded = [], shells = posixShells }: RoomOptions = {},
): void {
  for (const { name, argv } of shells) {
    const room = mkdtempSync(join(tmpdir(), 'assay-shell-'));
    try {
      const run = runIn(room, argv, script, recorded);
      const said = run.stderr.split('\n').find((line) => complaint.test(line));
      if (said !== undefined && !script.includes(said.slice(-40)))
        throw new BrokenPromise(`${name} says ${JSON.stringify(said)}`);
      try {
        check(run);
      } catch (error) {
        if (!(error instanceof BrokenPromise)) throw error;
        throw new BrokenPromise(`${name}: ${error.message}\n${run.stderr.slice(0, 500)}`);
      }
    } finally {
      rmSync(room, { recursive: true, force: true });
    }
  }
}

function runIn(
  room: string,
  [shell, ...args]: readonly [string, ...string[]],
  script: string,
  recorded: readonly string[],
): ShellRun {
  const [bin, empty] = [join(room, 'bin'), join(room, 'cwd')];
  mkdirSync(bin);
  mkdirSync(empty);
  for (const name of programs) {
    const path = pathOf(name);
    if (path !== undefined && !recorded.includes(name)) symlinkSync(path, join(bin, name));
  }
  for (const name of ['canary', 'owned', ...recorded]) {
    const text = `#!/bin/sh\nprintf '%s\\0' ${name} "$#" "$@" >>"$CALLS"\nexit 7\n`;
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  }
  writeFileSync(join(room, 'script.sh'), script);
  const program = pathOf(shell) ?? shell;
  const parsed = spawnSync(program, [...args, '-n', join(room, 'script.sh')], { encoding: 'utf8' });
  if (parsed.status !== 0) throw new BrokenPromise(`${shell} -n: ${parsed.stderr.slice(0, 500)}`);
  const { status, stdout, stderr } = spawnSync(program, [...args, join(room, 'script.sh')], {
    ...{ cwd: empty, encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL', maxBuffer: 64 << 20 },
    env: { PATH: bin, HOME: empty, CALLS: join(room, 'calls'), LC_ALL: 'C.UTF-8' },
  });
  const calls = existsSync(join(room, 'calls')) ? callsIn(readFileSync(join(room, 'calls'), 'utf8')) : [];
  const isOwned = calls.some((call) => ['canary', 'owned'].includes(call.program));
  if (isOwned || readdirSync(empty).some((name) => name === 'canary' || name === 'owned'))
    throw new BrokenPromise(`${shell} ran what stands in a value`);
  return { status, stderr, calls, stdout: betweenNuls(stdout) };
}

function callsIn(text: string): readonly Call[] {
  const words = betweenNuls(text);
  const calls: Call[] = [];
  for (let at = 0; at < words.length;) {
    const count = Number(words[at + 1]);
    calls.push({ program: words[at] ?? '', args: words.slice(at + 2, at + 2 + count) });
    at += 2 + count;
  }
  return calls;
}

/** Errors alone: what a value looks like is nobody's style. Nothing where there is no shellcheck. Throws `BrokenPromise`. */
export function requireShellcheck(script: string): void {
  if (!hasProgram('shellcheck', '--version')) return;
  const args = ['--shell=sh', '--severity=error', '-'];
  const { status, stdout } = spawnSync('shellcheck', args, { input: script, encoding: 'utf8' });
  if (status !== 0) throw new BrokenPromise(`shellcheck: ${stdout.slice(0, 500)}`);
}

function betweenNuls(text: string): readonly string[] {
  return text.split('\0').slice(0, -1);
}

const found = new Map<string, string | undefined>();

function pathOf(name: string): string | undefined {
  if (!found.has(name)) {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    found.set(
      name,
      folders.map((folder) => join(folder, name)).find((path) => existsSync(path)),
    );
  }
  return found.get(name);
}
