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
import type { KeyFlaw } from '../../model/openpgp-key.ts';
import { isStrongKey, strictConfig } from './algorithms.ts';
import { isAuthentic } from './authentic.ts';
import { diagnose, isSubkey, algorithmOf, nameOf } from './diagnose-key.ts';

export type KeyStanding =
  | { readonly kind: 'usable' }
  /** Not now. `why` is a clause for people, which names the key. */
  | { readonly kind: KeyFlaw; readonly why: string };

/** Judges `candidate`, which is `key` itself or a subkey of it, for signing data at `now`. Never throws. */
export async function appraiseKey(
  key: PublicKey,
  candidate: PublicKey | Subkey,
  now: Date,
): Promise<KeyStanding> {
  for (const part of partsOf(key, candidate)) {
    if (isStrongKey(part.keyPacket)) continue;
    return { kind: 'weak', why: `${nameOf(key, part)} is of a refused kind or size (${algorithmOf(part)})` };
  }
  for (const part of partsOf(key, candidate)) {
    const revocation = await revocationOf(key, part);
    if (revocation !== undefined) {
      return { kind: 'revoked', why: `${nameOf(key, part)} is revoked${reasonOf(revocation)}` };
    }
  }
  for (const part of partsOf(key, candidate)) {
    if (part.getCreationTime() > now)
      return { kind: 'from-future', why: `${nameOf(key, part)} is from the future` };
  }
  if (await signsAt(key, candidate, now)) return { kind: 'usable' };
  return diagnose(key, candidate, now);
}

/** True if `key`, or `candidate` where that is a subkey, carries an authentic revocation of any age and reason. */
export async function isRevoked(key: PublicKey, candidate: PublicKey | Subkey): Promise<boolean> {
  for (const part of partsOf(key, candidate)) {
    if ((await revocationOf(key, part)) !== undefined) return true;
  }
  return false;
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

function partsOf(key: PublicKey, candidate: PublicKey | Subkey): readonly (PublicKey | Subkey)[] {
  return isSubkey(candidate) ? [key, candidate] : [key];
}

/** The first authentic one of exactly this part. */
async function revocationOf(
  { keyPacket }: PublicKey,
  part: PublicKey | Subkey,
): Promise<SignaturePacket | undefined> {
  const [type, data] = isSubkey(part)
    ? [enums.signature.subkeyRevocation, { key: keyPacket, bind: part.keyPacket }]
    : [enums.signature.keyRevocation, { key: keyPacket }];
  for (const signature of part.revocationSignatures) {
    if (await isAuthentic(signature, keyPacket, type, data)) return signature;
  }
  return undefined;
}

/** RFC 9580 section 5.2.3.31. Whichever it is, the key counts for nothing: this is for people. */
const reasons: Readonly<Record<number, string>> = {
  [enums.reasonForRevocation.keySuperseded]: ' (superseded)',
  [enums.reasonForRevocation.keyCompromised]: ' (compromised)',
  [enums.reasonForRevocation.keyRetired]: ' (retired by its owner)',
};

function reasonOf({ reasonForRevocationFlag }: SignaturePacket): string {
  return reasonForRevocationFlag === null ? '' : (reasons[reasonForRevocationFlag] ?? '');
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
