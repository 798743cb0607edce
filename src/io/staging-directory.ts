/** The `StagingDirectory` port over a real directory, which is created where it is missing. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { StagingDirectory } from '../model/ports.ts';
import { ensureDirectory, hashFile } from './files.ts';
import { createTemporarySibling, errnoOf } from './temporary-file.ts';

/** Throws UsageError `FILE_UNWRITABLE`. */
export async function createStagingDirectory(directory: string): Promise<StagingDirectory> {
  await ensureDirectory(directory);
  return {
    async hash(name, algorithm) {
      const path = pathOf(directory, name);
      // A link is no staged file: it could be pointed elsewhere after the check.
      if (!(await isRegularFile(path))) return undefined;
      return hashFile(path, algorithm);
    },
    create: async (name) => createTemporarySibling(pathOf(directory, name)),
  };
}

/** Throws UsageError `USAGE` for a name that leads elsewhere: manifests refuse such keys before. */
function pathOf(directory: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+~%:-]*$/.test(name)) return join(directory, name);
  throw new UsageError('USAGE', `refused to stage under the name ${JSON.stringify(name)}`);
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
