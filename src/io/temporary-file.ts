/**
 * A file in the making: a hidden sibling of its final path, renamed over it when it is whole (rename(2) is
 * atomic within a directory). Whatever fails before, the old file stays as it was. A symbolic link at the
 * final path is replaced, never followed.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../model/errors.ts';

/** `write` appends; after `truncate` it begins again at offset 0; after a failed `commit` nothing is left. */
export interface TemporarySibling {
  readonly path: string;
  write(chunk: Uint8Array): Promise<void>;
  truncate(): Promise<void>;
  /** Flushes to disk, gives the file its name, and flushes that. */
  commit(): Promise<void>;
  /** `commit` without the last step, where several files are put into one directory: see `syncDirectory`. */
  place(): Promise<void>;
  /** Removes what was not committed; does nothing after `commit`. */
  discard(): Promise<void>;
  /** Flushes and closes the file without putting it in place: `commit` has only the rename left to do. */
  seal(): Promise<void>;
}

export interface TemporaryOptions {
  /** Permission bits, whatever the umask; by default those of any new file. */
  readonly mode?: number | undefined;
  /** False spares the flushing to disk, where losing the file is no harm. */
  readonly isDurable?: boolean;
}

/** True for the names that `createTemporarySibling` gives: leftovers of a run that was killed. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.assay-[0-9a-f]{16}$/.test(name);
}

/** Of what a temporary name is for. */
export function finalName(name: string): string {
  return name.replace(/^\./, '').replace(/\.assay-[0-9a-f]{16}$/, '');
}

export function temporaryPath(finalPath: string, directory = dirname(finalPath)): string {
  return join(directory, `.${basename(finalPath)}.assay-${randomBytes(8).toString('hex')}`);
}

/** Every method but `discard` throws UsageError `FILE_UNWRITABLE` or `NO_SPACE`, and so does creating the file. */
export async function createTemporarySibling(
  finalPath: string,
  { mode, isDurable = true }: TemporaryOptions = {},
): Promise<TemporarySibling> {
  const path = temporaryPath(finalPath);
  const attempt = <T>(action: Promise<T>) => orUnwritable(finalPath, action);
  // Exclusive: neither an existing file nor a planted link is ever written through.
  const file = await attempt(open(path, 'wx', mode ?? 0o666));
  let state: 'open' | 'sealed' | 'gone' = 'open';
  let position = 0;

  async function seal(): Promise<void> {
    if (state !== 'open') return;
    if (mode !== undefined) await file.chmod(mode);
    if (isDurable) await file.sync();
    state = 'sealed';
    await file.close();
  }
  async function discard(): Promise<void> {
    if (state === 'open') await file.close().catch(() => undefined);
    if (state !== 'gone') await unlink(path).catch(() => undefined);
    state = 'gone';
  }
  async function place(): Promise<void> {
    try {
      await seal();
      await rename(path, finalPath);
    } catch (error) {
      await discard();
      throw error;
    }
    state = 'gone';
  }
  async function commit(): Promise<void> {
    await place();
    if (isDurable) await syncDirectory(dirname(finalPath));
  }
  return {
    path,
    write: (chunk) =>
      attempt(writeAll(file, chunk, position).then(() => void (position += chunk.byteLength))),
    truncate: () => attempt(file.truncate(0).then(() => void (position = 0))),
    seal: () => attempt(seal()),
    commit: () => attempt(commit()),
    place: () => attempt(place()),
    discard,
  };
}

async function writeAll(file: FileHandle, chunk: Uint8Array, start: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done, start + done);
    done += bytesWritten;
  }
}

/** Makes a rename durable. Some file systems cannot flush a directory: that is theirs to answer for. */
export async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    await directory.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EISDIR'].includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await directory?.close();
  }
}

/** The `code` of a system error (`ENOENT`, `ENOSPC`, …), or undefined for what is none. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('errno' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Awaits `action`; a system error becomes UsageError `FILE_UNWRITABLE` or `NO_SPACE` about `path`. */
export async function orUnwritable<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw unwritable(path, errno, writeHints.get(errno) ?? 'Check the path and its permissions.', error);
  }
}

/** The error for what cannot be written: `NO_SPACE` or `FILE_UNWRITABLE`. */
export function unwritable(path: string, errno: string, hint: string, cause: unknown): UsageError {
  const code = noSpace.has(errno) ? 'NO_SPACE' : 'FILE_UNWRITABLE';
  return new UsageError(code, `cannot write ${path}: ${errno}`, { hint, context: { path, errno }, cause });
}

const noSpace = new Set(['ENOSPC', 'EDQUOT']);

const writeHints = new Map([
  ['ENOSPC', 'The disk is full: make room, then run this again.'],
  ['EDQUOT', 'The disk quota is used up: make room, then run this again.'],
  ['EROFS', 'The file system is mounted read-only.'],
  ['EACCES', 'Check the permissions of the directory.'],
  ['EPERM', 'Check the owner and the attributes of the directory.'],
  ['ENOENT', 'Create the directory first.'],
  ['ENOTDIR', 'A part of the path is a file, not a directory.'],
  ['EISDIR', 'There is a directory of that name.'],
  ['EXDEV', 'The directory for files in the making is on another file system: name one on the same.'],
]);
