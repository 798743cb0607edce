/** The `FileStore` port over a real file system. */
import { readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { OwnFiles } from '../model/own-files.ts';
import { ensureDirectory, orUnreadable, readFileCapped, readRegularFile } from './files.ts';
import { replaceFiles } from './replace-files.ts';
import { errnoOf, orUnwritable } from './temporary-file.ts';

/** Catalogues, manifests, key blocks and release files: none comes near. */
const maxBytes = 64 << 20;

export function createFileStore(): OwnFiles {
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
    async list(directory) {
      const entries = await orUnreadable(directory, async () => {
        try {
          return await readdir(directory, { withFileTypes: true });
        } catch (error) {
          if (errnoOf(error) === 'ENOENT') return [];
          throw error;
        }
      });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    remove: (path) => orUnwritable(path, rm(path, { force: true })),
  };
}

/**
 * Standard input, or what a shell writes for `<(…)`. A pipe of another name was put where a file should be: opening it
 * would wait for a writer that may never come.
 */
function isGivenPipe(path: string): boolean {
  return path === '/dev/stdin' || /^\/(?:dev|proc\/self)\/fd\/\d+$/.test(path);
}
