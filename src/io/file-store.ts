/** The `FileStore` port over a real file system. */
import { dirname } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { FileStore } from '../model/ports.ts';
import { ensureDirectory, readFileCapped, readRegularFile, replaceFiles } from './files.ts';
import { errnoOf } from './temporary-file.ts';

/** Catalogues, manifests, key blocks and release files: none comes near. */
const maxBytes = 64 << 20;

export function createFileStore(): FileStore {
  return {
    async read(path) {
      try {
        return await (isGivenPipe(path)
          ? readFileCapped(path, maxBytes)
          : readRegularFile(path, maxBytes, 'followed'));
      } catch (error) {
        if (error instanceof UsageError && errnoOf(error.cause) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async replaceAll(files) {
      for (const directory of new Set(files.map((file) => dirname(file.path)))) {
        await ensureDirectory(directory);
      }
      await replaceFiles(files);
    },
  };
}

/**
 * Standard input, or what a shell writes for `<(…)`. A pipe of another name was put where a file should be: opening it
 * would wait for a writer that may never come.
 */
function isGivenPipe(path: string): boolean {
  return path === '/dev/stdin' || /^\/(?:dev|proc\/self)\/fd\/\d+$/.test(path);
}
