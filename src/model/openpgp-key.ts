/** What is told of an OpenPGP key: for reviews, for machines, for tests. Words and dates, no cryptography. */

export interface KeyAlgorithm {
  /** As people write it: `rsa`, `ed25519`, `ecdsa nistP256`, `dsa`. */
  readonly algorithm: string;
  /** Of the modulus; undefined for elliptic curves. */
  readonly bits: number | undefined;
}

export type SigningStatus = 'usable' | KeyFlaw;

export type KeyFlaw =
  | 'expired'
  | 'revoked'
  | 'weak'
  | 'from-future'
  /** By signatures with a hash that others can find collisions of, such as SHA-1. */
  | 'weakly-bound'
  /** Without a valid binding, a mark for signing data, or its own consent to be this primary's. */
  | 'unbound';

export interface SubkeyReport extends KeyAlgorithm {
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly created: Date;
  /** When it stops being usable, by its own or its primary's expiry; undefined for never. */
  readonly expires: Date | undefined;
  readonly revoked: boolean;
  /** Whether it can vouch now, and if not, for which reason most of all. */
  readonly status: SigningStatus;
}

export interface KeyReport extends KeyAlgorithm {
  /** Of the primary: upper-case hex. What a pin names. */
  readonly fingerprint: string;
  readonly created: Date;
  readonly expires: Date | undefined;
  /** As the key's owner certified them; the text is theirs, so escape it before it is printed. */
  readonly userIds: readonly string[];
  /** The subkeys that the primary marked for signing, whatever has become of them. */
  readonly signingSubkeys: readonly SubkeyReport[];
  /** `expired`: nothing is wrong with it but that; it can vouch for nothing. */
  readonly status: 'usable' | 'expired';
}
