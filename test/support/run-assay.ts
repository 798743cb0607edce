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
export async function runAssay(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await runProgram(process.execPath, [cli, ...args], options);
  holdToSchema(args, outcome.stdout);
  return outcome;
}

/** Any program, in the environment of `runAssay`: for shells around the command. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env = {}, cwd = root }: RunOptions = {},
): Promise<Outcome> {
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
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      // A signal is no exit code that anybody expects.
      child.on('close', (code) => resolve(code ?? -1));
    }),
  ]);
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}
