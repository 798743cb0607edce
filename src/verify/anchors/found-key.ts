/**
 * A key that was found, or the trusted root of GitHub's Sigstore, as the pin that would trust it: of which kind it is
 * follows from its bytes. What it is worth is for a person to say, who compares its fingerprint.
 */
import { UsageError, VerificationError } from '../../model/errors.ts';
import { canonicalise } from '../openpgp/fetched-keys.ts';
import { fingerprintOf } from '../openpgp/key-block.ts';
import { maxKeyFileBytes, readPublicKeys } from '../openpgp/read-keys.ts';
import { digestOf } from '../digest.ts';
import { keyFingerprint, readPublicKey } from '../sigstore/keys.ts';
import { parseStampedRoot } from '../sigstore/trusted-root.ts';

export const maxFoundKeyBytes = maxKeyFileBytes;

export interface FoundKey {
  readonly type: 'openpgp' | 'minisign' | 'cosign-key' | 'github-sigstore';
  /** What people compare, one for each key: of minisign, the key itself; of a trusted root, the digest of its file. */
  readonly fingerprints: readonly string[];
  /** As the trust directory keeps it. */
  readonly bytes: Uint8Array;
  /** The fields of its kind. */
  readonly pinned: Readonly<Record<string, unknown>>;
  readonly extension: 'asc' | 'pub' | 'jsonl';
}

/** Throws VerificationError, and UsageError `TRUST_INVALID`, for what is no key of any kind. */
export async function readFoundKey(bytes: Uint8Array, what: string): Promise<FoundKey> {
  const text = Buffer.from(bytes.subarray(0, maxKeyFileBytes)).toString('latin1');
  const [, minisign] = /^(?:untrusted comment: [^\r\n]*\r?\n)?(RW[A-Za-z0-9+/]{54})\s*$/.exec(text) ?? [];
  if (minisign !== undefined) {
    return {
      ...{ type: 'minisign', fingerprints: [minisign], pinned: { key: minisign }, extension: 'pub' },
      bytes: Buffer.from(`untrusted comment: minisign public key\n${minisign}\n`),
    };
  }
  if (text.includes('-----BEGIN PUBLIC KEY-----')) {
    const fingerprint = keyFingerprint(readPublicKey(bytes, what));
    return {
      ...{ type: 'cosign-key', fingerprints: [fingerprint], pinned: { fingerprint }, extension: 'pub' },
      bytes,
    };
  }
  if (text.trimStart().startsWith('{')) {
    parseStampedRoot(bytes, what);
    const digest = digestOf('sha256', bytes);
    return { type: 'github-sigstore', fingerprints: [digest], bytes, pinned: { digest }, extension: 'jsonl' };
  }
  try {
    const { keys } = await readPublicKeys(bytes);
    const fingerprints = keys.map(fingerprintOf);
    return {
      ...{ type: 'openpgp', fingerprints, pinned: { fingerprints }, extension: 'asc' },
      bytes: await canonicalise(bytes),
    };
  } catch (cause) {
    if (!(cause instanceof VerificationError) || cause.code !== 'EVIDENCE_MISSING') throw cause;
    throw new UsageError('TRUST_INVALID', `${what} holds no key: neither OpenPGP, minisign nor PEM`, {
      cause,
    });
  }
}

/** As people paste it: blanks, a prefix and the case of hex make no difference. */
export function isSameFingerprint(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll(/[\s:]/g, '').replace(/^(?:0x|sha256)/i, '');
  const hex = plain(one);
  const isHex = /^[0-9a-f]+$/i.test(hex);
  return isHex ? hex.toUpperCase() === plain(other).toUpperCase() : one.trim() === other.trim();
}
