/**
 * Files that are whole, given their names together: on the disk before any of them has its name, by one flush of their
 * file system, and then one of each directory. Flushed file by file, some hundreds of small ones take as long as the
 * disk needs to confirm as many writes. Whoever comes while a group is on its way is in the next one.
 *
 * syncfs(2) is the system call, which Node does not have, but coreutils and BusyBox do: `sync -f`. What it promises
 * depends on the file system: it is asked of those that are known to keep it, and else each file is flushed by itself.
 */
import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncDirectory } from './temporary-file.ts';

export interface Placing {
  /** In a directory that is there. */
  readonly finalPath: string;
  /** Has the disk take it; undefined where it has. */
  readonly flush: (() => Promise<void>) | undefined;
  /** Gives it its name. */
  readonly rename: () => Promise<void>;
}

export interface CommitGroup {
  /** Resolves once the file is on the disk under its name. Rejects with the system's error, and then it has none. */
  commit(placing: Placing): Promise<void>;
}

interface Waiting extends Placing {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Fewer are as soon flushed one beside the other as a program is started. */
const worthProgram = 8;

/** Small files come by the hundred or alone: for so long others are waited for, unless so many are there. */
const [gatheringMs, enough] = [30, 64];

/** By statfs(2): ext2 to ext4, XFS, Btrfs, tmpfs, and overlayfs, which asks the one below it. */
const keepSyncfs: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630]);

/** `syncAll`: of the file system that a directory is on; false where it cannot be relied on. */
export function createCommitGroup(
  syncAll: (directory: string) => Promise<boolean> = syncFileSystem,
): CommitGroup {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    while (waiting.length > 0) {
      const isSmall = waiting.every(({ flush }) => flush !== undefined);
      if (isSmall && waiting.length < enough) await sleep(gatheringMs);
      const group = waiting;
      waiting = [];
      await commitAll(group, syncAll);
    }
    isRunning = false;
  };
  return {
    commit: (placing) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ ...placing, resolve, reject });
        if (!isRunning) void run();
      }),
  };
}

/** Never rejects: each of them is told by itself. */
async function commitAll(
  group: readonly Waiting[],
  syncAll: (directory: string) => Promise<boolean>,
): Promise<void> {
  const unflushed = group.filter(({ flush }) => flush !== undefined);
  const [first] = unflushed;
  // Whatever goes wrong there: each is flushed by itself then.
  const isOnDisk =
    first !== undefined &&
    unflushed.length >= worthProgram &&
    (await syncAll(dirname(first.finalPath)).catch(() => false));
  const named = await Promise.all(
    group.map(async (one) => {
      try {
        if (!isOnDisk) await one.flush?.();
        await one.rename();
        return [one];
      } catch (error) {
        one.reject(error);
        return [];
      }
    }),
  );
  const byDirectory = Map.groupBy(named.flat(), ({ finalPath }) => dirname(finalPath));
  await Promise.all(
    [...byDirectory].map(async ([directory, files]) => {
      try {
        await syncDirectory(directory);
        for (const { resolve } of files) resolve();
      } catch (error) {
        for (const { reject } of files) reject(error);
      }
    }),
  );
}

async function syncFileSystem(directory: string): Promise<boolean> {
  if (platform() !== 'linux') return false;
  const { type } = await statfs(directory);
  if (!keepSyncfs.has(type)) return false;
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', '--', directory], { stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (status) => resolve(status === 0));
  });
}
