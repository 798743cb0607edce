/**
 * May this key vouch at this time? (RFC 9580 sections 5.2.1, 5.2.3 and 10.1)
 *
 * Steps, most damning first:
 *   1. the primary and the signing key are of strong algorithms;
 *   2. neither was ever revoked, for whatever reason: who steals a retired key can backdate;
 *   3. neither is from the future;
 *   4. the primary has a valid self-signature, the subkey is bound to it and it to the subkey, the key flags
 *      say that it signs data, and nothing of that has expired.
 */
import { enums, type PublicKey, type SignaturePacket, type Subkey } from 'openpgp';
import { isStrongKey, strictConfig } from './algorithms.ts';
import { isAuthentic } from './authentic.ts';

export type KeyStanding =
  | { readonly kind: 'usable'; readonly expires: Date | undefined }
  /** Usable until `at`, and nothing else is wrong with it. */
  | { readonly kind: 'expired'; readonly at: Date }
  | { readonly kind: 'weak' }
  | { readonly kind: 'revoked' }
  | { readonly kind: 'from-future' }
  /** Not a signing key of this primary: no valid binding, no cross-certification or no such key flag. */
  | { readonly kind: 'unbound' };

/** Judges `candidate`, which is `key` itself or a subkey of it, for signing data at `now`. Never throws. */
export async function appraiseKey(
  key: PublicKey,
  candidate: PublicKey | Subkey,
  now: Date,
): Promise<KeyStanding> {
  if (!isStrongKey(key.keyPacket) || !isStrongKey(candidate.keyPacket)) return { kind: 'weak' };
  if (await isRevoked(key, candidate)) return { kind: 'revoked' };
  if (key.getCreationTime() > now || candidate.getCreationTime() > now) return { kind: 'from-future' };

  const expires = await expiry(key, candidate, now);
  if (await signsAt(key, candidate, now)) return { kind: 'usable', expires };
  // Expired, and only that: in its last second it was fine.
  if (expires !== undefined && expires <= now) {
    const lastSecond = new Date(expires.getTime() - 1000);
    if (await signsAt(key, candidate, lastSecond)) return { kind: 'expired', at: expires };
  }
  return { kind: 'unbound' };
}

/** True if `key`, or `candidate` where that is a subkey, carries an authentic revocation of any age and reason. */
export async function isRevoked(key: PublicKey, candidate: PublicKey | Subkey): Promise<boolean> {
  const primary = key.keyPacket;
  if (await anyAuthentic(key.revocationSignatures, enums.signature.keyRevocation, { key: primary }))
    return true;
  if (!isSubkey(candidate)) return false;
  const bound = { key: primary, bind: candidate.keyPacket };
  return anyAuthentic(candidate.revocationSignatures, enums.signature.subkeyRevocation, bound);

  async function anyAuthentic(signatures: readonly SignaturePacket[], type: enums.signature, data: object) {
    for (const signature of signatures) {
      if (await isAuthentic(signature, primary, type, data)) return true;
    }
    return false;
  }
}

/** True if the primary itself said, at whatever time, that `subkey` signs data. */
export async function isMarkedForSigning(key: PublicKey, subkey: Subkey): Promise<boolean> {
  const bound = { key: key.keyPacket, bind: subkey.keyPacket };
  for (const binding of subkey.bindingSignatures) {
    const flags = binding.keyFlags?.[0] ?? 0;
    if ((flags & enums.keyFlags.signData) === 0) continue;
    if (await isAuthentic(binding, key.keyPacket, enums.signature.subkeyBinding, bound)) return true;
  }
  return false;
}

function isSubkey(candidate: PublicKey | Subkey): candidate is Subkey {
  return 'mainKey' in candidate;
}

/** The library's verdict on step 4, for exactly this candidate. */
async function signsAt(key: PublicKey, candidate: PublicKey | Subkey, time: Date): Promise<boolean> {
  try {
    const found = await key.getSigningKey(candidate.getKeyID(), time, undefined, strictConfig);
    return found.getFingerprint() === candidate.getFingerprint();
  } catch {
    return false;
  }
}

/** The earlier of the primary's and the subkey's expiry; undefined if neither has one (or none is readable). */
export async function expiry(
  key: PublicKey,
  candidate: PublicKey | Subkey,
  now: Date,
): Promise<Date | undefined> {
  const times = [await key.getExpirationTime(undefined, strictConfig)];
  if (isSubkey(candidate)) times.push(await candidate.getExpirationTime(now, strictConfig));
  const dates = times.filter((time) => time instanceof Date);
  return dates.sort((a, b) => a.getTime() - b.getTime())[0];
}
