/** Partial files by name, in the private directory of another, for one run at a time. */
import { readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFile } from '../model/archive-file.ts';
import type { Digest } from '../model/digest.ts';
import type { UsageError } from '../model/errors.ts';
import type { PartialFile } from '../model/staging-ports.ts';
import { openArchiveFile } from './archive-in-making.ts';
import { createCommitGroup } from './commit-group.ts';
import type { LockOptions } from './directory-lock.ts';
import type { HashPool } from './hash-pool.ts';
import { openPartialFile, partialName, partialOf } from './partial-file.ts';
import { enterPrivateDirectory } from './private-directory.ts';
import { isTemporaryName } from './temporary-file.ts';
import { lstatOrNothing } from './lenient.ts';

/** Rejects with the system's errors, but for `receive`. */
export interface PartialStore {
  /** For new content at `finalPath`; what is left of other content under this name is removed. */
  receive(name: string, finalPath: string, digest: Digest, pool: HashPool): Promise<PartialFile>;
  /** The same for an archive. */
  receiveArchive(name: string, finalPath: string, digest: Digest): Promise<ArchiveFile>;
  /** Of this content, in bytes. */
  leftOf(name: string, digest: Digest): Promise<number>;
  settle(name: string): Promise<void>;
  /** Names for `remove`. */
  list(): Promise<readonly string[]>;
  remove(name: string): Promise<void>;
  /** Lets others have their turn. */
  close(): Promise<void>;
}

/** `directory`: the private one, for other files in the making. Throws UsageError `LOCKED`, `FILE_UNWRITABLE` and `NO_SPACE`. */
export async function openPartialStore(
  parent: string,
  lock: LockOptions,
): Promise<PartialStore & { readonly directory: string }> {
  const own = await enterPrivateDirectory(parent, lock);
  const directory = own.path;
  const group = createCommitGroup();
  const settle = async (name: string, kept?: string) => {
    for (const other of await readdir(directory, { withFileTypes: true })) {
      const isKept = other.name === kept || other.name === kept?.replace(/partial$/, 'version');
      // A directory of that name is nothing that staging left.
      if (isKept || other.isDirectory() || partialOf(other.name) !== name) continue;
      await unlink(join(directory, other.name));
    }
  };
  try {
    await sweep(directory);
  } catch (error) {
    await own.release();
    throw error;
  }
  return {
    directory,
    async receive(name, finalPath, digest, pool) {
      await settle(name, partialName(name, digest));
      return openPartialFile({ directory, name, finalPath }, digest, pool, group);
    },
    async receiveArchive(name, finalPath, digest) {
      await settle(name, partialName(name, digest));
      return openArchiveFile({ directory, name, finalPath }, digest);
    },
    async leftOf(name, digest) {
      const found = await lstatOrNothing(join(directory, partialName(name, digest)));
      return found?.isFile() === true ? found.size : 0;
    },
    settle: (name) => settle(name),
    list: async () => (await readdir(directory)).filter((name) => partialOf(name) !== undefined),
    remove: (name) => unlink(join(directory, name)),
    close: () => own.release(),
  };
}

/** Of a directory that nothing can be made in, which is no fault where nothing has to be. */
export function withoutPartials(error: UsageError): PartialStore {
  return {
    receive: () => Promise.reject(error),
    receiveArchive: () => Promise.reject(error),
    leftOf: () => Promise.resolve(0),
    settle: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Where a rendered fetch script keeps notes while it runs: and blobs of archives: left where it was killed, since it holds the same lock. */
const scriptState = /^fetch\.[0-9]+$|\.oci\.tar\.[0-9]+$/;

async function sweep(directory: string): Promise<void> {
  for (const { name } of await readdir(directory, { withFileTypes: true })) {
    if (!scriptState.test(name) && !isTemporaryName(name)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
