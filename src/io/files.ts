/** Files, read with a bound, and the directories that they are in. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { errnoOf, orUnwritable } from './temporary-file.ts';

const chunkBytes = 1024 * 1024;

/**
 * A whole file of at most `maxBytes`. Follows symbolic links, and reads pipes too (`/dev/stdin`).
 * Throws UsageError `FILE_UNREADABLE`.
 */
export async function readFileCapped(path: string, maxBytes: number): Promise<Uint8Array> {
  const small = await readIfSmall(path, maxBytes);
  if (small !== undefined) return small;
  const file = await orUnreadable(path, () => open(path, constants.O_RDONLY));
  return readAndClose(path, file, maxBytes);
}

async function readAndClose(path: string, file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  await orUnreadable(path, async () => {
    try {
      for await (const chunk of readChunks(file)) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > maxBytes)
          throw unreadable(path, `larger than ${maxBytes} bytes`, 'Is it the right file?');
        chunks.push(Uint8Array.from(chunk));
      }
    } finally {
      await file.close();
    }
  });
  return Buffer.concat(chunks, sizeBytes);
}

/**
 * A whole regular file of at most `maxBytes`, in a place where others may have put something else: a pipe, a device or
 * a directory is refused, and nothing is waited for. Throws UsageError `FILE_UNREADABLE`.
 */
export async function readRegularFile(path: string, maxBytes: number, links: Links): Promise<Uint8Array> {
  const small = await orUnreadable(path, () =>
    Promise.resolve(readAtOnce(path, links, Math.min(maxBytes, smallBytes))),
  );
  return small ?? readAndClose(path, await openRegularFile(path, links), maxBytes);
}

/**
 * A whole regular file, where it is a small one of at most `maxBytes`; undefined for all else, which is not opened: a
 * pipe that is closed again has ended its writer. Follows symbolic links. Throws UsageError `FILE_UNREADABLE`.
 */
export async function readIfSmall(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  return orUnreadable(path, () =>
    Promise.resolve(
      statSync(path).isFile() ? readAtOnce(path, 'followed', Math.min(maxBytes, smallBytes)) : undefined,
    ),
  );
}

/** Up to here a file is read in less time than a thread is asked for it: a run reads some hundred of them. */
const smallBytes = 256 * 1024;

/** Undefined for what is no regular file, is larger, or is not as large as it says. Throws what the system says. */
function readAtOnce(path: string, links: Links, maxBytes: number): Uint8Array | undefined {
  const file = openSync(path, regularFlags(links));
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    // One byte more, to see the end by: a file in /proc says that it has none.
    const buffer = Buffer.allocUnsafeSlow(stats.size + 1);
    const count = readSync(file, buffer);
    return count === stats.size && count > 0 ? buffer.subarray(0, count) : undefined;
  } finally {
    closeSync(file);
  }
}

/** What a symbolic link at the path is: a way to the file, or no file. */
export type Links = 'followed' | 'refused';

/** Non-blocking: opening a pipe must not wait for somebody to write into it. */
function regularFlags(links: Links): number {
  return constants.O_RDONLY | constants.O_NONBLOCK | (links === 'refused' ? constants.O_NOFOLLOW : 0);
}

/** Opens a regular file to be read. Throws UsageError `FILE_UNREADABLE`. */
export async function openRegularFile(path: string, links: Links): Promise<FileHandle> {
  const file = await orUnreadable(path, () => open(path, regularFlags(links)));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unreadable(path, 'not a regular file', 'Name a file, not a directory, pipe or device.');
}

/** What can be read there; undefined where there is nothing. Throws UsageError `FILE_UNREADABLE`. */
export async function typeOfPath(path: string): Promise<'file' | 'folder' | undefined> {
  return orUnreadable(path, async () => {
    try {
      return (await stat(path)).isDirectory() ? 'folder' : 'file';
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** By whatever names: links are followed. False where one of them is not there, or cannot be asked. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)));
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}

/** Creates a directory and those above it; `mode` is for what is created. Throws UsageError `FILE_UNWRITABLE`. */
export async function ensureDirectory(path: string, mode = 0o777): Promise<void> {
  await orUnwritable(path, makeDirectories(resolve(path), mode));
}

/** Not by mkdir's own `recursive`: that goes round for ever where a file system, such as /proc, knows no new names. */
async function makeDirectories(path: string, mode: number, hasParent = false): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (errnoOf(error) !== 'ENOENT' || hasParent) throw error;
    await makeDirectories(dirname(path), mode);
    await makeDirectories(path, mode, true);
  }
}

/** The rest of an open file, each chunk valid until the next: copy what is to be kept. */
export async function* readChunks(file: FileHandle): AsyncGenerator<Uint8Array, void, void> {
  // Of a small file no more than it has, and one byte to see its end by. What is no file says that it has none.
  const { size } = await file.stat();
  const buffer = new Uint8Array(size === 0 ? chunkBytes : Math.min(size + 1, chunkBytes));
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** What the system says is UsageError `FILE_UNREADABLE`. */
export async function orUnreadable<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw unreadable(path, errno, readHints.get(errno), error);
  }
}

const readHints = new Map([
  ['ENOENT', 'Check the path.'],
  ['EACCES', 'Check the permissions of the file.'],
  ['EISDIR', 'It is a directory: name a file in it.'],
]);

/** The error for a file that cannot be read. */
export function unreadable(path: string, found: string, hint?: string, cause?: unknown): UsageError {
  const message = found === 'ENOENT' ? `${path} does not exist` : `cannot read ${path}: ${found}`;
  return new UsageError('FILE_UNREADABLE', message, {
    hint: hint ?? 'Check the path.',
    context: { path, found },
    cause,
  });
}
