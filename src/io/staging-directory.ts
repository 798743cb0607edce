/**
 * The `StagingDirectory` port over a real directory, which is created where it is missing. Files in the making are in a
 * private directory inside, which is locked: one run at a time stages into it. Who only looks has `openStagedFiles`,
 * which does neither.
 */
import { constants } from 'node:fs';
import type { Dirent } from 'node:fs';
import { open, readdir, realpath, statfs, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveDirectory } from '../model/archive-file.ts';
import type { OpenedFile } from '../model/readable-file.ts';
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import type { DirectoryEntry, FoundFile, StagedFiles } from '../model/staging-ports.ts';
import { ensureDirectory, orUnreadable, unreadable } from './files.ts';
import { createHashPool, HashingFailure, type HashPool } from './hash-pool.ts';
import { openPartialStore, withoutPartials } from './partial-store.ts';
import { privateName } from './private-directory.ts';
import { openedFile } from './readable-file.ts';
import { errnoOf, isTemporaryName, orUnwritable } from './temporary-file.ts';
import { lstatOrNothing } from './lenient.ts';

/** Closes what was opened: threads, and the lock. */
export interface Closable {
  close(): Promise<void>;
}

export interface StagingOptions {
  /** How long to wait for another run in the directory; 0 not to wait. */
  readonly lockTimeoutMs?: number;
  readonly onWait?: (() => void) | undefined;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** Ten minutes: what the other run takes for half a gigabyte on a slow line. */
export const defaultLockTimeoutMs = 600_000;

/**
 * A directory that nothing can be made in is good enough where nothing has to be: `receive` and `freeBytes` say so.
 * Throws UsageError `FILE_UNWRITABLE`, where it cannot be created, and `LOCKED`.
 */
export async function createStagingDirectory(
  directory: string,
  { lockTimeoutMs = defaultLockTimeoutMs, onWait, signal }: StagingOptions = {},
): Promise<ArchiveDirectory & Closable> {
  await ensureDirectory(directory);
  const lock = { timeoutMs: lockTimeoutMs, onWait, signal };
  let fault: UsageError | undefined;
  const partials = await openPartialStore(directory, lock).catch((error: unknown) => {
    if (!(error instanceof UsageError) || error.code === 'LOCKED') throw error;
    fault = error;
    return withoutPartials(error);
  });
  const pool = createHashPool();
  return {
    find: (name, expected) => findFile(pathOf(directory, name), expected, pool, signal),
    open: (name) => openFile(pathOf(directory, name)),
    async list() {
      const left = await orUnreadable(directory, () => partials.list());
      return [
        ...left.map((name) => ({ name: `${privateName}/${name}`, kind: 'partial' as const })),
        ...(await listDirectory(directory)).filter(({ name }) => name !== privateName),
      ];
    },
    async receive(name, { digest }) {
      const path = pathOf(directory, name);
      await refuseDirectory(path);
      return orUnwritable(path, partials.receive(name, path, digest, pool));
    },
    async receiveArchive(name, digest) {
      const path = pathOf(directory, name);
      await refuseDirectory(path);
      return orUnwritable(path, partials.receiveArchive(name, path, digest));
    },
    leftOf: (name, digest) => orUnreadable(directory, () => partials.leftOf(name, digest)),
    settle: (name) => orUnwritable(pathOf(directory, name), partials.settle(name)),
    remove: (name) => {
      const [first, left] = name.split('/');
      const isLeft = first === privateName && left !== undefined;
      return orUnwritable(
        join(directory, name),
        isLeft ? partials.remove(left) : removeRegular(directory, name),
      );
    },
    async freeBytes() {
      if (fault !== undefined) throw fault;
      return freeBytes(directory);
    },
    async close() {
      await pool.close();
      await partials.close();
    },
  };
}

/** A directory that is only looked at. Throws UsageError `FILE_UNREADABLE` where there is none. */
export async function openStagedFiles(directory: string): Promise<StagedFiles & Closable> {
  await orUnreadable(directory, async () => readdir(directory));
  const pool = createHashPool();
  return {
    find: (name, expected) => findFile(pathOf(directory, name), expected, pool),
    open: (name) => openFile(pathOf(directory, name)),
    list: () => listDirectory(directory),
    close: () => pool.close(),
  };
}

/**
 * Is this no place to remove files from: the root, what is right below it, or a home directory, by whatever path?
 * `home` is the user's.
 */
export async function isPrecious(directory: string, home: string | undefined): Promise<boolean> {
  const real = (path: string) => realpath(path).catch(() => undefined);
  const [path, homePath] = [await real(directory), home === undefined ? undefined : await real(home)];
  // What is not there yet holds nothing.
  if (path === undefined) return false;
  return dirname(path) === '/' || dirname(path) === '/home' || path === homePath;
}

async function listDirectory(directory: string): Promise<readonly DirectoryEntry[]> {
  const entries = await orUnreadable(directory, () => readdir(directory, { withFileTypes: true }));
  return entries.map(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The private directory is removed when there is nothing left in it. */
function entryOf(entry: Dirent): DirectoryEntry {
  const { name } = entry;
  if (entry.isFile()) return { name, kind: isTemporaryName(name) ? 'partial' : 'file' };
  return { name, kind: entry.isDirectory() && name === privateName ? 'partial' : 'other' };
}

/** `StagedFiles.find`, of any path. */
export async function findFile(
  path: string,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
  pool: HashPool,
  signal?: AbortSignal,
): Promise<FoundFile | undefined> {
  return orUnreadable(path, async () => {
    const file = await openRegular(path);
    if (file === undefined) return undefined;
    try {
      const found = (await file.stat()).size;
      if (found !== sizeBytes) return { sizeBytes: found, digest: undefined };
      const hashing = pool.open(file.fd, digestAlgorithm(digest)).end(sizeBytes);
      return { sizeBytes, digest: await orAborted(hashing, signal) };
    } catch (error) {
      if (error instanceof HashingFailure) throw unreadable(path, error.errno, undefined, error);
      throw error;
    } finally {
      await file.close();
    }
  });
}

/** `StagedFiles.open`, of any path. */
export async function openFile(path: string): Promise<OpenedFile | undefined> {
  const file = await orUnreadable(path, () => openRegular(path));
  return file === undefined ? undefined : openedFile(path, file);
}

/** Gigabytes take a while: who is told to end does not wait for them, and the pool's end is that of its threads. */
function orAborted<T>(action: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return action;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new HashingFailure('ABORTED'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    action.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A link is no staged file: it could be pointed elsewhere after the check. */
async function openRegular(path: string): Promise<FileHandle | undefined> {
  // Non-blocking: opening a pipe must not wait for somebody to write into it.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const file = await open(path, flags);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    if (!['ENOENT', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '')) throw error;
  }
  return undefined;
}

/** Before anything is fetched for it: no file can take its place. */
async function refuseDirectory(path: string): Promise<void> {
  if ((await lstatOrNothing(path))?.isDirectory() !== true) return;
  throw new UsageError('FILE_UNWRITABLE', `cannot write ${path}: it is a directory`, {
    hint: 'Remove it, or stage elsewhere: --dir.',
    context: { path, errno: 'EISDIR' },
  });
}

/** Throws UsageError `USAGE` for a name that leads elsewhere: manifests refuse such keys before. */
function pathOf(directory: string, name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+~%:-]*$/.test(name)) return join(directory, name);
  throw new UsageError('USAGE', `refused to stage under the name ${JSON.stringify(name)}`);
}

async function removeRegular(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  if (dirname(path) === join(directory) && (await lstatOrNothing(path))?.isFile() === true)
    await unlink(path);
}

/** What its file system has room for; undefined where it does not say. Throws UsageError `FILE_UNREADABLE`. */
export async function freeBytes(directory: string): Promise<number | undefined> {
  const { bavail, bsize, blocks } = await orUnreadable(directory, () => statfs(directory));
  return blocks === 0 ? undefined : bavail * bsize;
}
