/** A file that is read in stretches. */

/** Throws UsageError `FILE_UNREADABLE`. */
export interface Readable {
  /** In bytes. */
  readonly sizeBytes: number;
  /** `count` bytes from `offset` on, or as many as there are; each piece is valid until the next. */
  read(offset: number, count: number): AsyncIterable<Uint8Array>;
}

export interface OpenedFile extends Readable {
  close(): Promise<void>;
}
