/** Keys for signatures by a key: the pinned ones, and those that are no anchors yet. */
import type { OpenTrust, Trust } from '../../verify/anchors/trust.ts';

/** A key that was found and is no anchor yet. */
export interface LearntKey {
  readonly anchor: string;
  readonly type: string;
  readonly fingerprints: readonly string[];
  readonly source: string;
  /** With it. */
  readonly trust: OpenTrust;
}

export interface KeyPlace {
  /** What is signed is in it. */
  readonly folder: string;
  /** Of a key that is no anchor yet. */
  readonly scope: string;
  /** Of files there, of which some may be keys. */
  readonly names: readonly string[];
}

export interface Keys {
  readonly trust: OpenTrust;
  /** The pinned ones. */
  readonly pinned: Trust;
  /** Undefined where it is not there. */
  read(url: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** The key that was given, or that stands in the release, as an anchor; undefined where there is none of that kind. */
  find(kind: string, place: KeyPlace): Promise<LearntKey | undefined>;
}
