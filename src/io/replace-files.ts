/** Files replaced whole: a reader sees the old bytes or the new ones, and a failed run leaves the old ones. */
import { constants } from 'node:fs';
import { copyFile, link, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { FileContent } from '../model/ports.ts';
import { readRegularFile } from './files.ts';
import { lstatOrNothing } from './lenient.ts';
import { requireReplaceable } from './replaceable.ts';
import {
  createTemporarySibling,
  errnoOf,
  finalName,
  isTemporaryName,
  orUnwritable,
  syncDirectory,
  temporaryPath,
} from './temporary-file.ts';
import type { TemporarySibling } from './temporary-file.ts';

/** Files that are written at the same time: a disk flushes several in the time of one. */
const maxWrites = 16;

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
  const prepared: (Prepared | undefined)[] = replacements.map(() => undefined);
  const committed: Prepared[] = [];
  try {
    await inParallel(replacements, async (replacement, at) => {
      prepared[at] = await prepare(replacement);
    });
    const files = prepared.filter((file) => file !== undefined);
    for (const [at, file] of files.entries()) {
      await file.temporary.place();
      committed.push(file);
      // In their order also after a crash, and a directory once for all that follow each other in it.
      const [directory, next] = [dirname(file.path), files[at + 1]?.path];
      if (next === undefined || dirname(next) !== directory) {
        await orUnwritable(directory, syncDirectory(directory));
      }
    }
  } catch (error) {
    for (const file of committed.reverse()) await undo(file);
    throw error;
  } finally {
    for (const file of prepared) await cleanUp(file);
  }
  await removeLeftovers(replacements.map(({ path }) => path));
  return prepared.map((file) => (file === undefined ? 'unchanged' : 'written'));
}

const leftoverAgeMs = 3_600_000;

/**
 * What runs that were killed left in the making of these files. No lock says that nobody is at work on them: what is
 * `ageMs` old by its change of status, which also a new link to an old file is, nobody is.
 */
export async function removeLeftovers(paths: readonly string[], ageMs = leftoverAgeMs): Promise<void> {
  const byDirectory = Map.groupBy(paths, (path) => dirname(path));
  for (const [directory, own] of byDirectory) {
    const names = new Set(own.map((path) => basename(path)));
    for (const name of await readdir(directory).catch(() => [])) {
      if (!isTemporaryName(name) || !names.has(finalName(name))) continue;
      const found = await lstatOrNothing(join(directory, name)).catch(() => undefined);
      if (found === undefined || Date.now() - found.ctimeMs < ageMs) continue;
      await unlink(join(directory, name)).catch(() => undefined);
    }
  }
}

/** Ends when everything has ended. Rejects with the first failure, after which nothing more is begun. */
async function inParallel<T>(
  items: readonly T[],
  action: (item: T, at: number) => Promise<void>,
): Promise<void> {
  const waiting = [...items.entries()].reverse();
  const failures: unknown[] = [];
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined && failures.length === 0; next = waiting.pop()) {
      await action(next[1], next[0]).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: maxWrites }, work));
  if (failures.length > 0) throw failures[0];
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
