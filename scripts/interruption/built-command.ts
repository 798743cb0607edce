/** The built command, in a directory and an environment of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Ended {
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** After which it is killed, as one that hangs. */
  readonly seconds?: number;
  readonly onStart?: (pid: number | undefined) => void;
}

export async function runBuilt(
  directory: string,
  args: readonly string[],
  { env = {}, seconds = 120, onStart }: RunOptions = {},
): Promise<Ended> {
  // As `scripts/assay` starts it, with its compiled code.
  const cli = ['--max-semi-space-size=1', join(root, 'dist/cli.js')];
  const NODE_COMPILE_CACHE = join(root, '.cache/compiled');
  const child = spawn(process.execPath, [...cli, ...args], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...{ PATH: process.env['PATH'], XDG_CACHE_HOME: '/dev/null/cache', NODE_COMPILE_CACHE },
      ...env,
    },
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
  });
  onStart?.(child.pid);
  const [stderr, exitCode] = await Promise.all([
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number | undefined>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve(code ?? undefined);
      });
    }),
  ]);
  return { exitCode, stderr: stderr.join('') };
}
