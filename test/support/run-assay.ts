/**
 * Runs the built command as a user would: `node dist/cli.js`, with an environment of its own. `make test`
 * builds it first.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holdToSchema } from './json-documents.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const cli = join(root, 'dist/cli.js');

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Besides PATH, and what keeps the machine's own settings out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Compiled code, kept between runs: a third of what a run takes. It counts for these very sources. */
const compileCache = join(root, '.cache/compile-cache');

/** What it prints under `--json` is held to its schema. */
export function runAssay(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return startAssay(args, options).outcome;
}

/** Any program, in the environment of `runAssay`: for shells around the command. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return startProgram(program, args, options).outcome;
}

/** A run that is under way. */
export interface Running {
  /** On standard error, so far. */
  readonly said: () => string;
  readonly outcome: Promise<Outcome>;
}

export function startAssay(args: readonly string[], options: RunOptions = {}): Running {
  const { said, outcome } = startProgram(process.execPath, [cli, ...args], options);
  return {
    said,
    outcome: outcome.then((ended) => {
      holdToSchema(args, ended.stdout);
      return ended;
    }),
  };
}

export function startProgram(
  program: string,
  args: readonly string[],
  { env = {}, cwd = root }: RunOptions = {},
): Running {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A directory that cannot be made: a test that forgets --cache-dir has no cache, and leaves none.
    env: {
      PATH: process.env['PATH'],
      XDG_CACHE_HOME: '/dev/null/cache',
      NODE_COMPILE_CACHE: compileCache,
      ...env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    said: () => stderr,
    outcome: new Promise((resolve, reject) => {
      child.on('error', reject);
      // A signal is no exit code that anybody expects.
      child.on('close', (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
    }),
  };
}
