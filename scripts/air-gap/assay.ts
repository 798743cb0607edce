/** The built command. */
import { join } from 'node:path';
import { exec } from '../real-servers/programs.ts';

export const repository = join(import.meta.dirname, '../..');

/** Its standard output. Throws where it fails, with all that it said. */
export async function assay(...args: readonly string[]): Promise<string> {
  const { stdout } = await exec(process.execPath, [join(repository, 'dist/cli.js'), ...args], {
    maxBuffer: 64 << 20,
  });
  return stdout;
}
