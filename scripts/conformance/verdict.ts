/** What a suite wants, and what assay says. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const cli = join(import.meta.dirname, '../../dist/cli.js');

export interface Verdict {
  readonly name: string;
  /** Is it to be accepted? */
  readonly isWanted: boolean;
  readonly exitCode: number | undefined;
  /** For people: why not. */
  readonly said: string;
}

/** From a folder without pins: the roots of the release count. */
export async function runAssay(
  args: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly stderr: string }> {
  const child = spawn(process.execPath, [cli, ...args], { cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
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
