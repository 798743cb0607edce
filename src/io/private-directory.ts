/**
 * A place of this user's alone in a directory that others may read, or even write to: `.assay`, mode 0700. Files in the
 * making are there, so that nobody can put a link in their way, or change them between their check and their renaming;
 * it is on the same file system, so that renaming is atomic.
 *
 * It is also what a run locks, and keeps others from it: flock(2) needs no more than an open file, so that a lock on the
 * directory itself could be held by whoever may read it. Rendered scripts do the same
 * (src/render/fetch-script/shared-shell.ts).
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { lockDirectory, type LockOptions } from './directory-lock.ts';
import { ownUid } from './own-uid.ts';
import { errnoOf, orUnwritable } from './temporary-file.ts';

export const privateName = '.assay';

export interface PrivateDirectory {
  /** Leads to this very directory, whatever becomes of its name. */
  readonly path: string;
  /** Lets others have their turn. What is left in it stays; empty, it is removed. */
  release(): Promise<void>;
}

/** How often it may be gone, or something else, when it is looked at again: each time, somebody was there in between. */
const maxAttempts = 100;

/**
 * Creates it in `parent` where it is missing, and locks it. Throws UsageError `LOCKED` where another run has it for
 * longer than `timeoutMs`, and `FILE_UNWRITABLE`, also where it is somebody else's.
 */
export async function enterPrivateDirectory(parent: string, options: LockOptions): Promise<PrivateDirectory> {
  const path = join(parent, privateName);
  let isTold = false;
  const onWait = () => {
    if (!isTold) options.onWait?.();
    isTold = true;
  };
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const own = await orUnwritable(path, openOwn(path));
    if (own === undefined) continue;
    const entered = await lockCurrent(own, path, parent, { ...options, onWait });
    if (entered !== undefined) return entered;
    await own.close();
  }
  throw notOwn(path, 'it is replaced again and again');
}

/** Undefined where it is the former directory of that name by then: who had it locked has removed it. */
async function lockCurrent(
  own: FileHandle,
  path: string,
  parent: string,
  options: LockOptions,
): Promise<PrivateDirectory | undefined> {
  try {
    const lock = await lockDirectory(own, path, parent, options);
    if (!(await isAt(path, own))) {
      await lock.release();
      return undefined;
    }
    return {
      path: await lastingPath(own, path),
      async release() {
        await rmdir(path).catch(() => undefined);
        await lock.release();
        await own.close();
      },
    };
  } catch (error) {
    await own.close();
    throw error;
  }
}

/** Undefined where something else was there, and has been removed, or is gone by now. */
async function openOwn(path: string): Promise<FileHandle | undefined> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  let directory: FileHandle;
  try {
    directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    switch (errnoOf(error)) {
      case 'ENOENT':
        return undefined;
      case 'ELOOP':
      case 'ENOTDIR':
        await unlink(path).catch(() => undefined);
        return undefined;
      case 'EACCES':
        throw notOwn(path, "it is another user's");
      default:
        throw error;
    }
  }
  try {
    if (await isOwn(directory, path)) return directory;
  } catch (error) {
    await directory.close();
    throw error;
  }
  await directory.close();
  return undefined;
}

/** False where it was somebody else's, and empty: it is gone then. */
async function isOwn(directory: FileHandle, path: string): Promise<boolean> {
  const { uid, mode } = await directory.stat();
  if (uid !== ownUid()) {
    try {
      await rmdir(path);
      return false;
    } catch {
      throw notOwn(path, "it is another user's");
    }
  }
  if ((mode & 0o077) === 0) return true;
  // A file system without modes may be content with what it has: then others may read, but not write.
  await directory.chmod(0o700).catch(() => undefined);
  if (((await directory.stat()).mode & 0o022) === 0) return true;
  throw notOwn(path, 'others can write there');
}

async function isAt(path: string, directory: FileHandle): Promise<boolean> {
  const [found, own] = [await lstat(path).catch(() => undefined), await directory.stat()];
  return found?.dev === own.dev && found.ino === own.ino;
}

/** Through the open directory, where the system has names for those: Linux. */
async function lastingPath(directory: FileHandle, path: string): Promise<string> {
  const byHandle = `/proc/self/fd/${directory.fd}`;
  const [found, own] = [await stat(byHandle).catch(() => undefined), await directory.stat()];
  return found?.dev === own.dev && found.ino === own.ino ? byHandle : path;
}

function notOwn(path: string, why: string): UsageError {
  return new UsageError('FILE_UNWRITABLE', `cannot use ${path} for files in the making: ${why}`, {
    hint: 'Find out who made it, and remove it.',
    context: { path },
  });
}
