/**
 * The keys that may vouch for one source: the files of its keyring, in memory.
 *
 * Trust is whatever these files hold; whether each key may still vouch is judged when a signature by it is
 * (`appraise-key.ts`).
 */
import { Buffer } from 'node:buffer';
import type { PublicKey, SignaturePacket, Subkey } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { mergeCopies, readPublicKeys } from './read-keys.ts';

export interface Keyring {
  /** One for each primary fingerprint. Never empty. */
  readonly keys: readonly PublicKey[];
  /** The trust anchor that they are of, by its name in the pins; undefined for files that a user named. */
  readonly anchor?: string;
}

export interface KeyringFile {
  /** For messages: the file's path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A key of the keyring that a signature names as its maker. */
export interface Issuer {
  readonly primary: PublicKey;
  /** The primary itself, or a subkey of it. */
  readonly key: PublicKey | Subkey;
}

/**
 * Reads the user's own, trusted key files: armored (any number of blocks) or binary.
 *
 * Throws VerificationError `SIGNER_UNTRUSTED`, which names the file, if one of them holds no public key, or
 * anything else than public keys: nobody is left who could vouch.
 */
export async function readKeyring(files: readonly KeyringFile[]): Promise<Keyring> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    try {
      keys.push(...(await readPublicKeys(file.bytes)).keys);
    } catch (cause) {
      if (!(cause instanceof VerificationError)) throw cause;
      throw new VerificationError('SIGNER_UNTRUSTED', `keyring ${file.name}: ${cause.message}`, {
        hint: 'A keyring holds OpenPGP public keys, armored or binary. Export it with: gpg --armor --export FINGERPRINT',
        context: { file: file.name },
        cause,
      });
    }
  }
  if (keys.length === 0) {
    throw new VerificationError('SIGNER_UNTRUSTED', 'a keyring of no files can vouch for nothing');
  }
  return { keys: mergeCopies(keys) };
}

/** Is this one of its keys: the primary, or a subkey of it? Full fingerprints, upper-case hex. */
export function holdsKey(
  { keys }: Keyring,
  { fingerprint, primaryFingerprint }: { readonly fingerprint: string; readonly primaryFingerprint: string },
): boolean {
  const primary = keys.find((key) => key.getFingerprint().toUpperCase() === primaryFingerprint);
  if (primary === undefined) return false;
  return [primary, ...primary.subkeys].some((key) => key.getFingerprint().toUpperCase() === fingerprint);
}

/**
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

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
