/** What `update-trust` found of each trust anchor, for people, machines and the step that writes. */
import type { Digest } from './digest.ts';
import type { AssayError } from './errors.ts';
import type { KeyReport } from './openpgp-key.ts';

/**
 * `unchanged`, `changed`: the anchor is good, and its file would be other bytes or not; `missing`: pinned, but its
 * file is not there and was not asked for; `refused`: see `error`.
 */
export type AnchorStatus = 'unchanged' | 'changed' | 'missing' | 'refused';

export interface AnchorReview {
  readonly name: string;
  /** As pins.yaml names the kind of anchor. */
  readonly type: string;
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
  /** What of it expires at all, besides keys. */
  readonly expiring: readonly Expiring[];
  /** What else is to be known of the file: of kinds without a form of their own what it holds, of Sigstore's what proves it. */
  readonly holds?: readonly string[];
  /** Of Sigstore's: what the trusted root holds, and through which TUF root it came. */
  readonly root?: RootReview;
}

export interface RootReview {
  /** As it is to be. */
  readonly entries: readonly RootEntry[];
  readonly changes: readonly RootChange[];
  /** The newest root of the TUF repository that was known, then those that came after it. */
  readonly tufRoots: readonly TufRootReport[];
}

/** A log by its key, or an authority by its own certificate. Text is that of the trusted root: escape it. */
export interface RootEntry {
  /** `transparency-log`, `certificate-authority`, … */
  readonly kind: string;
  /** SHA-256, lower-case hex: of a log's public key (SubjectPublicKeyInfo), of an authority's own certificate. */
  readonly fingerprint: string;
  /** How a log's entries and checkpoints name it, in lower-case hex. */
  readonly logId: string | undefined;
  /** Of an authority's chain, its own certificate first, up to the root: SHA-256 of each. */
  readonly certificates: readonly string[];
  readonly url: string | undefined;
  /** An authority's common name and organisation, as far as the root says them. */
  readonly subject: string | undefined;
  readonly validFrom: Date;
  readonly validUntil: Date | undefined;
  /** Why nothing that rests on it is believed here; undefined where it is. */
  readonly problem: string | undefined;
}

export interface RootChange {
  readonly kind: string;
  readonly fingerprint: string;
  readonly before: RootEntry | undefined;
  readonly after: RootEntry | undefined;
  /** `added`, `removed`, `reopened`, … */
  readonly effects: readonly string[];
  /** Whether `--accept` must name the fingerprint before the new root is taken. */
  readonly needsAcceptance: boolean;
}

export interface TufRootReport {
  readonly version: number;
  readonly digest: Digest;
  readonly expires: Date;
  readonly keyIds: readonly string[];
  /** How many of the keys sign the next root. */
  readonly threshold: number;
  /** About the root before it; none of the pinned one. */
  readonly changes: readonly TufRoleChange[];
}

/** Whose signatures count for a role of a TUF repository, where that is other than it was. */
export interface TufRoleChange {
  /** `root`, `timestamp`, `snapshot` or `targets`. */
  readonly role: string;
  readonly added: readonly TufKeyReport[];
  readonly removed: readonly TufKeyReport[];
  /** How many of the role's keys have to sign. */
  readonly threshold: { readonly before: number; readonly after: number };
}

export interface TufKeyReport {
  readonly id: string;
  /** Who holds it, as the root says: its text, to be escaped. */
  readonly holder: string | undefined;
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
  /** How long before it people want to know, unless they say. */
  readonly noticeDays: number;
}
