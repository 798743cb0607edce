/**
 * Puts verified artifacts into a directory under their local names: hashed as they stand on the disk, given their name
 * only once the digest is right, and left alone where they are right already.
 */
import { AssayError, UsageError } from '../../model/errors.ts';
import type { StagingDirectory } from '../../model/staging-ports.ts';
import { smallFileBytes } from '../../model/small-file.ts';
import { inTurns, type Turns } from '../shared/in-turns.ts';
import { isStaged, receiveFile, type Receiving } from './stage-file.ts';
import type { StagingItem } from './staging-items.ts';

export interface StagedItem {
  readonly item: StagingItem;
  readonly status: 'kept' | 'staged';
}

export interface StagingFailure {
  readonly item: StagingItem;
  readonly error: AssayError;
}

export interface StageInput extends Receiving, Turns {
  readonly items: readonly StagingItem[];
  /** As soon as a file is in place. */
  readonly onStaged?: (staged: StagedItem) => void;
}

export interface StageResult {
  readonly staged: readonly StagedItem[];
  readonly failures: readonly StagingFailure[];
}

/**
 * One file's failure does not stop the others: what is right is staged, the rest is reported. Throws UsageError
 * `NO_SPACE`, before anything is fetched, where the directory's file system has no room for what is missing.
 */
export async function stage(input: StageInput): Promise<StageResult> {
  const { items, directory, onStaged, signal } = input;
  const staged: StagedItem[] = [];
  const failures: StagingFailure[] = [];
  const missing: StagingItem[] = [];
  const orFailed = async <T>(item: StagingItem, action: Promise<T>): Promise<T | undefined> => {
    try {
      return await action;
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      failures.push({ item, error });
      return undefined;
    }
  };
  const done = (one: StagedItem) => {
    staged.push(one);
    onStaged?.(one);
  };
  await inTurns(bySize(items), input, async (item) => {
    const isThere = await orFailed(item, isStaged(item, directory));
    if (isThere === true) done({ item, status: 'kept' });
    else if (isThere === false) missing.push(item);
    return undefined;
  });
  if (missing.length > 0 && signal?.aborted !== true) await requireSpace(missing, directory);
  await inTurns(bySize(missing), input, async (item) => {
    const putInPlace = await orFailed(item, receiveFile(item, input));
    if (putInPlace === undefined) return undefined;
    const inPlace = putInPlace().then(() => done({ item, status: 'staged' }));
    return { rest: orFailed(item, inPlace), isSmall: item.sizeBytes <= smallFileBytes };
  });
  const position = ({ item }: { readonly item: StagingItem }) => items.indexOf(item);
  return {
    staged: staged.sort((a, b) => position(a) - position(b)),
    failures: failures.sort((a, b) => position(a) - position(b)),
  };
}

/** The largest first: begun last, it would be waited for alone. */
export function bySize<T extends StagingItem>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

/** Throws UsageError `NO_SPACE`. */
export async function requireSpace(
  items: readonly Pick<StagingItem, 'name' | 'digest' | 'sizeBytes'>[],
  directory: StagingDirectory,
): Promise<void> {
  let neededBytes = 0;
  for (const { name, digest, sizeBytes } of items) {
    neededBytes += Math.max(0, sizeBytes - (await directory.leftOf(name, digest)));
  }
  const freeBytes = await directory.freeBytes();
  if (freeBytes === undefined || freeBytes >= neededBytes) return;
  throw new UsageError(
    'NO_SPACE',
    `what is missing has ${neededBytes} bytes, and there is room for ${freeBytes} bytes`,
    { hint: 'Make room, or stage elsewhere: --dir.', context: { neededBytes, freeBytes } },
  );
}

/**
 * Removes regular files directly in the directory that are not among `names`, and what interrupted runs left. Hidden
 * files, links and directories were not put there by staging, and stay. Returns what it removed, sorted. Throws
 * UsageError `FILE_UNWRITABLE`.
 */
export async function pruneDirectory(
  directory: StagingDirectory,
  names: ReadonlySet<string>,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const { name, kind } of await directory.list()) {
    const isOurs = kind === 'partial' || (kind === 'file' && !name.startsWith('.') && !names.has(name));
    if (!isOurs) continue;
    await directory.remove(name);
    removed.push(name);
  }
  return removed;
}
