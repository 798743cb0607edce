/** The tree that a mirror keeps: files by relative path, published by any static server or object storage. */
import type { StagingDirectory } from './staging-ports.ts';

/** Directly below a mirror's root, or below that: nothing else there is the mirror's. */
export const mirrorDirectories = {
  manifests: 'manifests',
  artifacts: 'vmconfig/artifacts',
  images: 'images',
} as const;

/**
 * A staging directory whose names are paths. Files in the making are outside of it, so that copying it at any time
 * copies whole files only. `list` gives what has the layout of a mirror, and nothing else that is there.
 *
 * Everything here throws UsageError `FILE_UNWRITABLE` or `FILE_UNREADABLE`, also where a directory on the way is a
 * symbolic link.
 */
export interface MirrorTree extends StagingDirectory {
  /** Gives the file at `from` a second name, in place of what has it; false where the file system has no links. */
  link(from: string, to: string): Promise<boolean>;
  /** Do both paths name one file? */
  isLinked(one: string, other: string): Promise<boolean>;
}
