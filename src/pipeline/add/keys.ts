/** Keys for signatures by a key: the pinned ones, and those that are no anchors yet. */
import type { OpenTrust, Trust } from '../../verify/anchors/trust.ts';
import type { Published } from './candidates.ts';

/** A key that was found and is no anchor yet. */
export interface LearntKey {
  readonly anchor: string;
  readonly type: string;
  readonly fingerprints: readonly string[];
  readonly source: string;
  /** With it. */
  readonly trust: OpenTrust;
}

export interface Keys {
  readonly trust: OpenTrust;
  /** The pinned ones. */
  readonly pinned: Trust;
  /** Undefined where it is not there. */
  read(url: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** The key that was given, or that stands in the release, as an anchor; undefined where there is none of that kind. */
  find(
    kind: string,
    published: Published,
    place: { readonly folder: string; readonly scope: string },
  ): Promise<LearntKey | undefined>;
}
