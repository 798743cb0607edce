/** The `ReadableFiles` port over a directory. */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { ReadableFiles } from '../model/readable-files.ts';
import { openRegularFile, orUnreadable } from './files.ts';
import { errnoOf } from './temporary-file.ts';

const chunkBytes = 1024 * 1024;

/** Paths are of the caller's making: nothing in them is checked here. */
export function openReadableFiles(directory: string): ReadableFiles {
  return {
    async open(path) {
      const full = join(directory, path);
      const file = await openOrNothing(full);
      if (file === undefined) return undefined;
      const { size: sizeBytes } = await orUnreadable(full, () => file.stat());
      return {
        sizeBytes,
        read: (offset, count) => readStretch(full, file, offset, count),
        close: () => file.close(),
      };
    },
  };
}

async function openOrNothing(path: string): Promise<FileHandle | undefined> {
  try {
    return await openRegularFile(path, 'followed');
  } catch (error) {
    const errno = error instanceof UsageError ? errnoOf(error.cause) : undefined;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function* readStretch(
  path: string,
  file: FileHandle,
  offset: number,
  count: number,
): AsyncGenerator<Uint8Array, void, void> {
  const buffer = new Uint8Array(Math.min(count, chunkBytes));
  for (let done = 0; done < count;) {
    const length = Math.min(count - done, buffer.byteLength);
    const { bytesRead } = await orUnreadable(path, () => file.read(buffer, 0, length, offset + done));
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
