/** A directory that files are staged into, and what stands there, as ports. */
import type { Digest } from './digest.ts';
import type { ByteSink, FileVersion } from './ports.ts';
import type { OpenedFile } from './readable-file.ts';

/** A file as it was found on disk. */
export interface FoundFile {
  readonly sizeBytes: number;
  /** Undefined where the size was not the expected one, and said enough. */
  readonly digest: Digest | undefined;
}

/** What a staging directory holds. Everything here throws UsageError `FILE_UNREADABLE`. */
export interface StagedFiles {
  /** A regular file by its name, undefined where there is none (a link is none). Hashed where it has the expected size. */
  find(
    name: string,
    expected: { readonly digest: Digest; readonly sizeBytes: number },
  ): Promise<FoundFile | undefined>;
  /** A regular file, to be read in stretches: undefined where there is none (a link is none). */
  open(name: string): Promise<OpenedFile | undefined>;
  /** All names in the directory, sorted. */
  list(): Promise<readonly DirectoryEntry[]>;
}

export interface DirectoryEntry {
  readonly name: string;
  /** `partial`: left by a download that was interrupted. */
  readonly kind: 'file' | 'partial' | 'other';
}

/**
 * A staged file in the making: under a hidden name, which says its digest, so that a later run for the same content can
 * go on where this one ended. Whatever is written is read back and hashed, on another thread.
 */
export interface PartialFile extends ByteSink {
  /** What an earlier run left; `version` is undefined where nothing says of what. */
  readonly left: { readonly sizeBytes: number; readonly version: FileVersion | undefined };
  /** All of it, hashed as the file holds it. */
  finish(): Promise<FoundFile>;
  /** Its first bytes, so many or as many as there are. */
  head(count: number): Promise<Uint8Array>;
  /** Gives the file its name, once it is on the disk: for who has judged what `finish` found. */
  commit(): Promise<void>;
  /** Leaves what there is to a later run, where that can go on from it. */
  keep(): Promise<void>;
  /** Removes it; does nothing after `commit` and `keep`. */
  discard(): Promise<void>;
}

/**
 * The directory that artifacts are staged into, by one run at a time. Everything here throws UsageError
 * `FILE_UNWRITABLE`, `NO_SPACE` or `FILE_UNREADABLE`.
 */
export interface StagingDirectory extends StagedFiles {
  /** For a file's new content; what is left of other content under this name is removed. */
  receive(
    name: string,
    expected: { readonly digest: Digest; readonly sizeBytes: number },
  ): Promise<PartialFile>;
  /** How much of this content an earlier run left, in bytes. */
  leftOf(name: string, digest: Digest): Promise<number>;
  /** Removes what interrupted runs left for a file that is right. */
  settle(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What its file system has room for; undefined where it does not say. */
  freeBytes(): Promise<number | undefined>;
}
