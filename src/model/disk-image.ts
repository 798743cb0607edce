/** What there is to read of a disk image by programs of the host: bytes of the disk, and files of a partition. */

export interface DiskImages {
  /** The programs that read, with their versions: what a proof says that something was read by. */
  readonly tools: string;
  /** The first bytes of the file itself. Throws UsageError `FILE_UNREADABLE`. */
  header(path: string, sizeBytes: number): Promise<Uint8Array>;
  /**
   * Of a qcow2 image that is whole by itself, a disk of `diskBytes`. Throws UsageError `FILE_UNWRITABLE` and `NO_SPACE`,
   * and VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED` for what the programs cannot read.
   */
  open(path: string, diskBytes: number): Promise<OpenDisk>;
}

/** Every method throws as `open` does. */
export interface OpenDisk {
  /** Fewer at the end of the disk. */
  read(offsetBytes: number, sizeBytes: number): Promise<Uint8Array>;
  /** Undefined where these programs do not read file systems of that type. */
  fileSystem(place: DiskPlace): DiskFileSystem | undefined;
  close(): Promise<void>;
}

export interface DiskPlace {
  readonly type: 'ext' | 'fat';
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * Paths are absolute, of plain names, and lead through folders alone: who asks has resolved symbolic links. All that is
 * told is the image's, and a stranger's.
 */
export interface DiskFileSystem {
  /** None where there is no such folder. Names that are not plain are left out. */
  list(folder: string): Promise<readonly DiskFile[]>;
  /** Where a symbolic link leads, as it is written. */
  target(link: string): Promise<string>;
  /** All bytes of a regular file that `list` told of, once. */
  bytes(path: string, sizeBytes: number): AsyncIterable<Uint8Array>;
}

export interface DiskFile {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
}

/** What programs are given as a path of an image: no blanks, quotes, wildcards or options among it. */
export function isPlainPath(path: string): boolean {
  return path.length <= 4096 && /^(?:\/[A-Za-z0-9.+~_][A-Za-z0-9.+~_-]*)+$/.test(path);
}
