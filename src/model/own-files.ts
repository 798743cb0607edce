import type { FileStore } from './ports.ts';

/** A directory of the user's in which some files are the program's own. */
export interface OwnFiles extends FileStore {
  /** Names of regular files, in no order; none where there is no such directory. Throws UsageError `FILE_UNREADABLE`. */
  list(directory: string): Promise<readonly string[]>;
  /** Does nothing where it is not there. Throws UsageError `FILE_UNWRITABLE`. */
  remove(path: string): Promise<void>;
}
