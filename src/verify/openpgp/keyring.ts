/**
 * The keys that may vouch for one source: the files of its keyring, in memory.
 *
 * Trust is whatever these files hold; whether each key may still vouch is judged when a signature by it is
 * (`appraise-key.ts`).
 */
import { Buffer } from 'node:buffer';
import type { PublicKey, SignaturePacket, Subkey } from 'openpgp';
import { UsageError, VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import { joinKeyFiles, notesOf, type KeyFile } from './key-file.ts';
import type { KeyPins } from './key-block.ts';
import { readPublicKeys } from './read-keys.ts';

/** Only `readKeyring` and `readPinnedKeyring` make one. */
export interface Keyring extends Minted<'Keyring'> {
  /** @internal One for each primary fingerprint. Never empty. */
  readonly keys: readonly PublicKey[];
  /** The trust anchor that they are of, by its name in the pins; undefined for files that a user named. */
  readonly anchor?: string;
  /** Keys that are recognised and count for nothing: full fingerprints of primaries, upper-case hex. */
  readonly retired: readonly string[];
  /** What else its files hold: sentences for people. */
  readonly notes: readonly string[];
}

export interface KeyringFile {
  /** For messages: the file's path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @internal A key of the keyring that a signature names as its maker. */
export interface Issuer {
  readonly primary: PublicKey;
  /** The primary itself, or a subkey of it. */
  readonly key: PublicKey | Subkey;
}

/**
 * Reads the user's own, trusted key files: armored (any number of blocks) or binary. A key that cannot be read is passed
 * over beside those that can, and a revocation counts for a key in another file.
 *
 * Throws UsageError `TRUST_INVALID`, which names the file, if one of them holds anything else than public keys and
 * revocations, or none holds a key: the caller's mistake, not a publisher's. VerificationError `SIGNER_UNTRUSTED` if none
 * of their keys can be read: nobody is left who could vouch.
 */
export async function readKeyring(files: readonly KeyringFile[]): Promise<Keyring> {
  const read: KeyFile[] = [];
  for (const file of files) {
    try {
      read.push(await readPublicKeys(file.bytes));
    } catch (cause) {
      if (!(cause instanceof VerificationError)) throw cause;
      throw new UsageError('TRUST_INVALID', `keyring ${file.name}: ${cause.message}`, {
        hint: 'A keyring holds OpenPGP public keys, armored or binary. Export it with: gpg --armor --export FINGERPRINT',
        context: { file: file.name },
        cause,
      });
    }
  }
  const joined = await joinKeyFiles(read);
  const notes = notesOf(joined);
  if (joined.keys.length === 0) {
    const what =
      files.length === 0 ? 'of no files' : `without a key (${files.map(({ name }) => name).join(', ')})`;
    const message = [`a keyring ${what} can vouch for nothing`, ...notes].join('; ');
    const hint = 'Add the public keys that may vouch: gpg --armor --export FINGERPRINT';
    if (joined.unreadable.length > 0) throw new VerificationError('SIGNER_UNTRUSTED', message, { hint });
    throw new UsageError('TRUST_INVALID', message, { hint });
  }
  return mint('Keyring', { keys: joined.keys, retired: [], notes });
}

/** Of a trusted file that the pins of `anchor` accept, what may vouch: the pinned keys alone. Throws as `readKeyring` does. */
export async function readPinnedKeyring(
  file: KeyringFile,
  { fingerprints, retired = [] }: KeyPins,
  anchor: string,
): Promise<Keyring> {
  const { keys, notes } = await readKeyring([file]);
  const pinned = keys.filter((key) => fingerprints.includes(key.getFingerprint().toUpperCase()));
  return mint('Keyring', { keys: pinned, anchor, retired, notes });
}

/**
 * @internal
 * The keys that may have made a signature, by the key ID and the fingerprint it names. Usually none or one; a
 * key ID is 64 bits, so two keys can share it. The key ID of only zeros names nobody.
 */
export function findIssuers(keyring: Keyring, signature: SignaturePacket): Issuer[] {
  const fingerprint = signature.issuerFingerprint === null ? undefined : hex(signature.issuerFingerprint);
  const issuers: Issuer[] = [];
  for (const primary of keyring.keys) {
    for (const key of [primary, ...primary.subkeys]) {
      if (!key.getKeyID().equals(signature.issuerKeyID)) continue;
      if (fingerprint === undefined || fingerprint === key.getFingerprint()) issuers.push({ primary, key });
    }
  }
  return issuers;
}

/** @internal Why a signature that no key of the keyring may have made counts for nothing. */
export function whyUnknown(
  { retired }: Keyring,
  { issuerFingerprint, issuerKeyID }: SignaturePacket,
): {
  readonly reason: 'unknown-key' | 'retired-key';
  readonly why: string;
  readonly fingerprint?: string;
} {
  const named = (issuerFingerprint === null ? issuerKeyID.toHex() : hex(issuerFingerprint)).toUpperCase();
  // A key ID is the end of a fingerprint of version 4, and the beginning of one of version 6.
  const key = retired.find((one) => named !== '' && (one.endsWith(named) || one.startsWith(named)));
  if (key === undefined) return { reason: 'unknown-key', why: 'no key of the keyring made a signature' };
  return { reason: 'retired-key', why: `key ${key} is retired in the pins`, fingerprint: key };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
