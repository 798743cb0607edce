/** The `FileStore` port over a real file system. */
import { dirname } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { FileStore } from '../model/ports.ts';
import { ensureDirectory, readFileCapped, replaceFiles } from './files.ts';
import { errnoOf } from './temporary-file.ts';

/** Catalogues, manifests, key blocks and release files: none comes near. */
const maxBytes = 64 << 20;

export function createFileStore(): FileStore {
  return {
    async read(path) {
      try {
        return await readFileCapped(path, maxBytes);
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
