/** Files that are judged stretch by stretch, since nothing says a digest of the whole: archives of images. */
import type { Digest } from './digest.ts';
import type { StagingDirectory } from './staging-ports.ts';
import type { Readable } from './readable-file.ts';

/**
 * An archive in the making, under a hidden name: what an earlier run left of it is there already. Every method but
 * `discard` throws UsageError `FILE_UNWRITABLE` or `NO_SPACE`.
 */
export interface ArchiveFile extends Readable {
  /** The next bytes, in pieces, which are lent: when it resolves, their memory is taken back. */
  append(pieces: readonly Uint8Array[]): Promise<void>;
  /** Forgets what is behind the first `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  /** Flushes it to disk and gives it its name: for who has judged all of it. */
  commit(): Promise<void>;
  /** Leaves what there is to a later run. */
  keep(): Promise<void>;
  /** Removes it; does nothing after `commit` and `keep`. */
  discard(): Promise<void>;
}

export interface ArchiveDirectory extends StagingDirectory {
  /** For the archive of what `digest` names; what is left of another under this name is removed. */
  receiveArchive(name: string, digest: Digest): Promise<ArchiveFile>;
}
