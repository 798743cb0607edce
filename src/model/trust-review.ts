/** What `update-trust` found of each trust anchor, for people, machines and the step that writes. */
import type { AssayError } from './errors.ts';
import type { KeyReport } from './openpgp-key.ts';

/**
 * `unchanged`, `changed`: the anchor is good, and its file would be other bytes or not; `missing`: pinned, but its
 * file is not there and was not asked for, so that it can vouch for nothing; `refused`: see `error`.
 */
export type AnchorStatus = 'unchanged' | 'changed' | 'missing' | 'refused';

export interface AnchorReview {
  readonly name: string;
  readonly type: 'openpgp' | 'sigstore';
  /** The path of its file. */
  readonly file: string;
  readonly status: AnchorStatus;
  /** Of `refused`. */
  readonly error?: AssayError;
  /** What a person has to name with `--accept` before this is taken; of `refused` only. */
  readonly needs: readonly string[];
  /** What a person named, and was needed. */
  readonly accepted: readonly string[];
  /** Sentences for the reviewer. */
  readonly notes: readonly string[];
  /** Of OpenPGP anchors: each key that is or was in the file. */
  readonly keys: readonly KeyChange[];
}

export interface KeyChange {
  /** Of the primary: upper-case hex. */
  readonly fingerprint: string;
  readonly change: 'none' | 'changed' | 'added' | 'removed';
  /** Undefined for `added`. */
  readonly before: KeyReport | undefined;
  /** Undefined for `removed`. */
  readonly after: KeyReport | undefined;
}

/** A part of an anchor that will stop being usable. */
export interface Expiring {
  readonly anchor: string;
  /** `key`, `signing subkey`, … */
  readonly what: string;
  /** Its fingerprint, or what else tells it from others. */
  readonly id: string;
  readonly expires: Date;
}
