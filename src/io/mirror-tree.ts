/**
 * The `MirrorTree` port over two real directories: the tree, which is locked, so that one run at a time fills it; and
 * one beside it for files in the making, locked as well. Both locks are of a private directory in each
 * (private-directory.ts).
 */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, mkdir, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { mirrorDirectories, type MirrorTree } from '../model/mirror-tree.ts';
import type { DirectoryEntry } from '../model/staging-ports.ts';
import type { LockOptions } from './directory-lock.ts';
import { ensureDirectory, orUnreadable } from './files.ts';
import { createHashPool } from './hash-pool.ts';
import { openPartialStore } from './partial-store.ts';
import { enterPrivateDirectory } from './private-directory.ts';
import {
  defaultLockTimeoutMs,
  findFile,
  openFile,
  freeBytes,
  type Closable,
  type StagingOptions,
} from './staging-directory.ts';
import { errnoOf, orUnwritable, temporaryPath } from './temporary-file.ts';
import { lstatOrNothing } from './lenient.ts';

export interface MirrorTreeOptions extends StagingOptions {
  /** Its private directory has the files in the making; by default `ROOT.partial`, removed when nothing is left in it. */
  readonly partialDirectory?: string | undefined;
}

/** Both directories are created where they are missing. Throws UsageError `FILE_UNWRITABLE` and `LOCKED`. */
export async function openMirrorTree(
  root: string,
  options: MirrorTreeOptions = {},
): Promise<MirrorTree & Closable> {
  await ensureDirectory(root);
  // In the tree itself: it stays, and it is the same one wherever the files in the making are.
  const { lockTimeoutMs: timeoutMs = defaultLockTimeoutMs, onWait, signal } = options;
  const locking = { timeoutMs, onWait, signal };
  const lock = await enterPrivateDirectory(root, locking);
  try {
    const tree = await openLocked(root, options.partialDirectory, locking);
    return { ...tree, close: () => tree.close().finally(() => lock.release()) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openLocked(
  root: string,
  named: string | undefined,
  locking: LockOptions,
): Promise<MirrorTree & Closable> {
  const partialDirectory = named ?? `${resolve(root)}.partial`;
  await requireTwo(root, partialDirectory);
  const partials = await openPartialStore(partialDirectory, locking);
  const pool = createHashPool();
  return {
    find: async (path, expected) => findFile(await pathOf(root, path), expected, pool),
    open: async (path) => openFile(await pathOf(root, path)),
    async receive(path, { digest }) {
      const full = await pathOf(root, path);
      const file = await orUnwritable(full, partials.receive(flatName(path), full, digest, pool));
      return { ...file, commit: () => makeParents(root, path).then(() => file.commit()) };
    },
    leftOf: (path, digest) => orUnreadable(root, () => partials.leftOf(flatName(path), digest)),
    settle: (path) => orUnwritable(join(root, path), partials.settle(flatName(path))),
    freeBytes: () => freeBytes(partialDirectory),
    async link(from, to) {
      const [source, target] = [await pathOf(root, from), await pathOf(root, to)];
      await makeParents(root, to);
      return orUnwritable(target, linkOver(source, target, temporaryPath(target, partials.directory)));
    },
    async isLinked(one, other) {
      const [a, b] = [await statOf(await pathOf(root, one)), await statOf(await pathOf(root, other))];
      return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
    },
    list: async () => [
      ...(await listFiles(root, mirrorDirectories.manifests, 2)),
      ...(await listFiles(root, mirrorDirectories.artifacts, 5)),
      ...(await listFiles(root, mirrorDirectories.images, 2)),
      ...(await listFiles(root, mirrorDirectories.images, 4)),
    ],
    async remove(path) {
      const full = await pathOf(root, path);
      await orUnwritable(full, unlink(full));
      await removeEmpty(root, path);
    },
    async close() {
      await pool.close();
      await partials.close();
      // Not if there is something left that the next run can go on from; and one that was named is not ours.
      if (named === undefined) await rmdir(partialDirectory).catch(() => undefined);
    },
  };
}

/** One directory for both would be waited for by the run that has it. */
async function requireTwo(root: string, partialDirectory: string): Promise<void> {
  await ensureDirectory(partialDirectory);
  const [one, other] = await orUnreadable(root, () => Promise.all([stat(root), stat(partialDirectory)]));
  if (one.dev !== other.dev || one.ino !== other.ino) return;
  throw new UsageError('USAGE', `--dir and --partial-dir are both ${root}`, {
    hint: 'Files in the making are not to be published: name another --partial-dir on the same file system.',
    context: { root, partialDirectory },
  });
}

/** The same in every run, for a download to be resumed by. */
function flatName(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

/** What a plan names: no hidden file, nothing that leads elsewhere. */
const segment = /^[A-Za-z0-9_][A-Za-z0-9_.+~:@,=&-]*$/;

/** Throws UsageError `USAGE` for a path that leads elsewhere, and `FILE_UNWRITABLE` for a link on the way. */
async function pathOf(root: string, path: string): Promise<string> {
  const parts = path.split('/');
  if (!parts.every((part) => segment.test(part))) {
    throw new UsageError('USAGE', `refused to mirror under the name ${JSON.stringify(path)}`);
  }
  for (let depth = 1; depth < parts.length; depth += 1) {
    const above = join(root, ...parts.slice(0, depth));
    const stats = await statOf(above);
    if (stats === undefined) break;
    if (stats.isDirectory()) continue;
    throw new UsageError('FILE_UNWRITABLE', `cannot write ${join(root, path)}: ${above} is no directory`, {
      hint: 'A mirror follows no links: remove it, or name another --dir.',
      context: { path, above },
    });
  }
  return join(root, path);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return orUnreadable(path, () => lstatOrNothing(path));
}

/**
 * One directory at a time: `recursive` would follow links. Between the look at one and its use, who can write in the tree
 * could put a link there: nobody else may (docs/threat-model.md).
 */
async function makeParents(root: string, path: string): Promise<void> {
  await pathOf(root, path);
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const directory = join(root, ...parts.slice(0, depth));
    await orUnwritable(directory, makeDirectory(directory));
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Renaming one name of a file over another of the same does nothing, and leaves both: hence the last step. */
async function linkOver(source: string, target: string, temporary: string): Promise<boolean> {
  try {
    await link(source, temporary);
  } catch (error) {
    if (['EPERM', 'ENOTSUP', 'EMLINK', 'EXDEV'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
  try {
    await rename(temporary, target);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
  return true;
}

/** Files of that many segments. What a plan could not name is somebody else's, and links are nobody's. */
async function listFiles(root: string, directory: string, depth: number): Promise<readonly DirectoryEntry[]> {
  const full = join(await pathOf(root, directory), '/');
  if ((await statOf(join(root, directory)))?.isDirectory() !== true) return [];
  const entries = await orUnreadable(full, () => readdir(full, { withFileTypes: true }));
  const isLast = directory.split('/').length + 1 === depth;
  const files: DirectoryEntry[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!segment.test(entry.name)) continue;
    const name = `${directory}/${entry.name}`;
    if (isLast && entry.isFile()) files.push({ name, kind: 'file' });
    else if (!isLast && entry.isDirectory()) {
      for (const file of await listFiles(root, name, depth)) files.push(file);
    }
  }
  return files;
}

async function removeEmpty(root: string, path: string): Promise<void> {
  for (let directory = dirname(path); directory !== '.'; directory = dirname(directory)) {
    try {
      await rmdir(join(root, directory));
    } catch {
      return;
    }
  }
}
