/**
 * A disk as the configuration of a boot loader sees it: partitions by number, UUID and label, and files by partition and
 * path. Documents that are not at hand are asked for one by one: who has the disk reads them, and asks again.
 */
import { VerificationError } from '../../../model/errors.ts';

export interface BootPartition {
  /** Counted from 1, as in the partition table. */
  readonly number: number;
  /** Of its file system: FAT's as `ABCD-1234`, ext's in lower case. */
  readonly uuid?: string;
  readonly label?: string;
  /** Of the partition itself, in lower case. */
  readonly partitionUuid?: string;
}

export interface BootPath {
  readonly partition: number;
  readonly path: string;
}

export interface BootNeed extends BootPath {
  readonly what: 'file' | 'folder';
}

/** By `keyOf`: a file's bytes, names of files in a folder, or undefined for what is not there. */
export type BootDocuments = ReadonlyMap<string, Uint8Array | readonly string[] | undefined>;

/** What the default entry of a boot loader starts: paths as the configuration has them, links not resolved. */
export interface BootEntry {
  readonly kernel: BootPath;
  readonly initrd: BootPath;
  /** Without `BOOT_IMAGE=`. */
  readonly cmdline: string;
}

export function keyOf({ what, partition, path }: BootNeed): string {
  return `${what} ${String(partition)} ${path}`;
}

/** Thrown for what is not at hand; caught where the question was asked. */
export class NotAtHand extends Error {
  readonly need: BootNeed;

  constructor(need: BootNeed) {
    super('not at hand');
    this.need = need;
  }
}

export class BootDisk {
  readonly partitions: readonly BootPartition[];
  readonly #documents: BootDocuments;

  constructor(partitions: readonly BootPartition[], documents: BootDocuments) {
    this.partitions = partitions;
    this.#documents = documents;
  }

  /** Undefined where there is no such file, or `at` is. Throws NotAtHand. */
  file(at: BootPath | undefined): Uint8Array | undefined {
    const found = at && this.#find({ what: 'file', ...at });
    return found instanceof Uint8Array ? found : undefined;
  }

  /** Names of files; none where there is no such folder. Throws NotAtHand. */
  folder(at: BootPath): readonly string[] {
    const found = this.#find({ what: 'folder', ...at });
    return found === undefined || found instanceof Uint8Array ? [] : found;
  }

  #find(need: BootNeed): Uint8Array | readonly string[] | undefined {
    const key = keyOf({ ...need, path: plainPath(need.path) });
    const found = this.#documents.get(key);
    if (found === undefined && !this.#documents.has(key)) {
      throw new NotAtHand({ ...need, path: plainPath(need.path) });
    }
    return found;
  }
}

/** Text of what a boot loader reads. Bytes that are no UTF-8 can only stand in titles, which nobody is shown. */
export function bootText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n');
}

/** Without doubled slashes, `.` and `..`; above the root is the root. */
export function plainPath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

export function unbootable(message: string, hint?: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', message, {
    hint:
      hint ?? 'os.boot can only name one kernel with one initrd: without it a VM boots through its firmware.',
  });
}
