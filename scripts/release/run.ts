/** Programs that a release is made with, started in the checkout. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** What it prints on standard output; what it says on stderr is passed on. Throws where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const child = spawn(program, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done));
  const stdout = Buffer.concat(await child.stdout.toArray()).toString();
  const code = await exit;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${String(code)}\n${stdout}`);
  return stdout;
}
