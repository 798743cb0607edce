/**
 * Files, read with a bound and replaced whole: a reader sees the old bytes or the new ones, and a failed
 * run leaves the old ones.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { FileContent } from '../model/ports.ts';
import { createTemporarySibling, errnoOf, orUnwritable, temporaryPath } from './temporary-file.ts';
import type { TemporarySibling } from './temporary-file.ts';
import { lstatOrNothing } from './lenient.ts';
import { requireReplaceable } from './replaceable.ts';

const chunkBytes = 1024 * 1024;

/**
 * A whole file of at most `maxBytes`. Follows symbolic links, and reads pipes too (`/dev/stdin`).
 * Throws UsageError `FILE_UNREADABLE`.
 */
export async function readFileCapped(path: string, maxBytes: number): Promise<Uint8Array> {
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
  const file = await openRegularFile(path, links);
  return readAndClose(path, file, maxBytes);
}

/** What a symbolic link at the path is: a way to the file, or no file. */
export type Links = 'followed' | 'refused';

/** Opens a regular file to be read. Throws UsageError `FILE_UNREADABLE`. */
export async function openRegularFile(path: string, links: Links): Promise<FileHandle> {
  // Non-blocking: opening a pipe must not wait for somebody to write into it.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (links === 'refused' ? constants.O_NOFOLLOW : 0);
  const file = await orUnreadable(path, () => open(path, flags));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unreadable(path, 'not a regular file', 'Name a file, not a directory, pipe or device.');
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

export interface Replacement extends FileContent {
  /** Permission bits; by default those of the old file, or of any new one. */
  readonly mode?: number | undefined;
}

/**
 * Puts bytes in place of a file, or leaves the file as it was: also where it has these bytes already.
 * Throws UsageError `FILE_UNWRITABLE`.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  { mode }: { readonly mode?: number | undefined } = {},
): Promise<'written' | 'unchanged'> {
  const [outcome] = await replaceFiles([{ path, bytes, mode }]);
  return outcome ?? 'unchanged';
}

/**
 * Replaces several files, all or none: everything is written and flushed under temporary names first, then
 * renamed. Should a rename fail, those before it are undone. Outcomes are in the order of `replacements`.
 * Throws UsageError `FILE_UNWRITABLE`.
 */
export async function replaceFiles(
  replacements: readonly Replacement[],
): Promise<readonly ('written' | 'unchanged')[]> {
  const prepared: (Prepared | undefined)[] = [];
  const committed: Prepared[] = [];
  try {
    for (const replacement of replacements) prepared.push(await prepare(replacement));
    for (const file of prepared) {
      if (file === undefined) continue;
      await file.temporary.commit();
      committed.push(file);
    }
  } catch (error) {
    for (const file of committed.reverse()) await undo(file);
    throw error;
  } finally {
    for (const file of prepared) await cleanUp(file);
  }
  return prepared.map((file) => (file === undefined ? 'unchanged' : 'written'));
}

interface Prepared {
  readonly path: string;
  readonly temporary: TemporarySibling;
  /** A second name of the old file, where there was one. */
  readonly backup: string | undefined;
}

/** Undefined where the file has these bytes and this mode already. */
async function prepare({ path, bytes, mode }: Replacement): Promise<Prepared | undefined> {
  const old = await orUnwritable(path, lstatOrNothing(path));
  if (old?.isDirectory()) {
    throw new UsageError('FILE_UNWRITABLE', `cannot write ${path}: EISDIR`, {
      hint: 'There is a directory of that name.',
      context: { path, errno: 'EISDIR' },
    });
  }
  if (old?.isFile() === false) await requireReplaceable(path);
  const oldMode = old?.isFile() ? old.mode & 0o7777 : undefined;
  const sameMode = mode === undefined || mode === oldMode;
  if (old?.isFile() && old.size === bytes.byteLength && sameMode && (await hasBytes(path, bytes)))
    return undefined;

  const temporary = await createTemporarySibling(path, { mode: mode ?? oldMode });
  try {
    await temporary.write(bytes);
    await temporary.seal();
    const backup = old === undefined ? undefined : await orUnwritable(path, makeBackup(path));
    return { path, temporary, backup };
  } catch (error) {
    await temporary.discard();
    throw error;
  }
}

async function hasBytes(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return Buffer.compare(await readRegularFile(path, bytes.byteLength, 'refused'), bytes) === 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** A hard link (of a symbolic link: the link itself), so that undoing needs no space and copies nothing. */
async function makeBackup(path: string): Promise<string> {
  const backup = temporaryPath(path);
  try {
    await link(path, backup);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error;
    // A file system without hard links.
    await copyFile(path, backup, constants.COPYFILE_EXCL);
  }
  return backup;
}

async function undo({ path, backup }: Prepared): Promise<void> {
  await orUnwritable(path, backup === undefined ? unlink(path) : rename(backup, path));
}

async function cleanUp(file: Prepared | undefined): Promise<void> {
  await file?.temporary.discard();
  if (file?.backup !== undefined) await unlink(file.backup).catch(() => undefined);
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
  ['ENOENT', 'There is no such file: check the path.'],
  ['EACCES', 'Check the permissions of the file.'],
  ['EISDIR', 'It is a directory: name a file in it.'],
]);

/** The error for a file that cannot be read. */
export function unreadable(path: string, found: string, hint?: string, cause?: unknown): UsageError {
  return new UsageError('FILE_UNREADABLE', `cannot read ${path}: ${found}`, {
    hint: hint ?? 'Check the path.',
    context: { path, found },
    cause,
  });
}
