/** Stretches of an open file, read in constant memory. */
import type { FileHandle } from 'node:fs/promises';
import type { OpenedFile } from '../model/readable-file.ts';
import { orUnreadable } from './files.ts';

const chunkBytes = 1024 * 1024;

/** `path` is for messages. Reading throws UsageError `FILE_UNREADABLE`. */
export async function* readStretch(
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

/** The file is closed with what is returned. */
export async function openedFile(path: string, file: FileHandle): Promise<OpenedFile> {
  const { size: sizeBytes } = await orUnreadable(path, () => file.stat());
  return {
    sizeBytes,
    read: (offset, count) => readStretch(path, file, offset, count),
    close: () => file.close(),
  };
}
