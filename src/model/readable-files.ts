/** Files that are read in stretches, and again from where a connection broke. */

/** Throws UsageError `FILE_UNREADABLE`. */
export interface ReadableFile {
  readonly sizeBytes: number;
  /** `count` bytes from `offset` on, or as many as there are; each piece is valid until the next. */
  read(offset: number, count: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface ReadableFiles {
  /** A regular file; undefined where there is none. Throws UsageError `FILE_UNREADABLE`. */
  open(path: string): Promise<ReadableFile | undefined>;
}
