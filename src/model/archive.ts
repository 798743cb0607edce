/** What tar archives hold, to be written or as read, and the trees that they are made of or extracted into. */

/** To be written. */
export interface ArchiveEntry {
  /** Relative, its segments separated by `/`, without one at its end. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Permission bits. */
  readonly mode: number;
  /** 0 of what is no file. */
  readonly sizeBytes: number;
  /** Of a symbolic link only. */
  readonly linkTarget?: string;
}

/** As an archive has it: nothing in it is to be relied on. */
export interface ArchiveMember {
  readonly name: string;
  /** tar-stream's word; null for a kind that it does not know. */
  readonly type: string | null;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly linkTarget: string | null;
  /** To be read to its end, or not at all. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Something in a directory tree, never followed. */
export interface TreeNode {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of a symbolic link only. */
  readonly linkTarget: string | undefined;
  /** The same for two names of one file, and for nothing else. */
  readonly identity: string;
}

/** A directory that something was extracted into. Throws UsageError `FILE_UNREADABLE`. */
export interface ExtractedTree {
  /**
   * What `path` is, without following any link: `linked` where one of the directories above it is a symbolic link,
   * `missing` where there is nothing. An empty path is the tree itself.
   */
  inspect(path: string): Promise<TreeNode | 'missing' | 'linked'>;
  /** Is the content of the file at `path` exactly that of `expected`, which is read to its end? */
  hasContent(path: string, expected: AsyncIterable<Uint8Array>): Promise<boolean>;
}

/** Something in a tree that is to be packaged, as the file system has it. */
export interface SourceNode {
  /** Relative to the tree, bytes as the file system keeps them. */
  readonly path: Uint8Array;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly mode: number;
  readonly sizeBytes: number;
  readonly linkTarget: Uint8Array | undefined;
}
