/**
 * Why a key cannot vouch that is neither weak nor revoked: for people, who have to know whom to ask for what. The
 * verdict is openpgp.js's (`appraise-key.ts`); nothing here makes a key usable.
 */
import { type PublicKey, type SignaturePacket, type Subkey } from 'openpgp';
import type { KeyFlaw } from '../../model/openpgp-key.ts';
import { describeKeyAlgorithm, isStrongHash, nameOfHash, strictConfig } from './algorithms.ts';
import { bindingsOf, consentsOf, marksForSigning, selfSignatures } from './own-signatures.ts';

interface Diagnosis {
  readonly kind: KeyFlaw;
  /** A clause that names the key. */
  readonly why: string;
}

export function isSubkey(candidate: PublicKey | Subkey): candidate is Subkey {
  return 'mainKey' in candidate;
}

/** `key FINGERPRINT`, or the subkey with its primary. */
export function nameOf(key: PublicKey, part: PublicKey | Subkey): string {
  const primary = `key ${key.getFingerprint().toUpperCase()}`;
  return isSubkey(part) ? `subkey ${part.getFingerprint().toUpperCase()} of ${primary}` : primary;
}

/** `RSA of 1024 bits`, `DSA`. */
export function kindOf({ keyPacket }: PublicKey | Subkey): string {
  const { algorithm, bits } = describeKeyAlgorithm(keyPacket);
  const name = ['rsa', 'dsa'].includes(algorithm) ? algorithm.toUpperCase() : algorithm;
  return bits === undefined ? name : `${name} of ${String(bits)} bits`;
}

/** What `candidate`, the primary itself or a subkey, lacks at `now`. Never throws. */
export async function diagnose(key: PublicKey, candidate: PublicKey | Subkey, now: Date): Promise<Diagnosis> {
  const own = await selfSignatures(key);
  return (
    hashFlaw(own, `${nameOf(key, key)} is bound by its own signature`) ??
    (isSubkey(candidate) ? await bindingFlaw(key, candidate) : flagFlaw(own, nameOf(key, key))) ??
    (await expiryFlaw(key, candidate, now)) ?? {
      kind: 'unbound',
      why: `${nameOf(key, candidate)} has no valid signature of its primary that lets it sign data`,
    }
  );
}

async function bindingFlaw(key: PublicKey, subkey: Subkey): Promise<Diagnosis | undefined> {
  const name = nameOf(key, subkey);
  const bindings = await bindingsOf(key, subkey);
  const newest = newestStrong(bindings);
  if (newest === undefined) {
    return (
      hashFlaw(bindings, `${name} is bound by a signature`) ?? {
        kind: 'unbound',
        why: `${name} is not bound to it by a valid signature`,
      }
    );
  }
  const [consent] = await consentsOf(key, subkey, newest);
  return (
    flagFlaw(bindings, name) ??
    (consent === undefined
      ? { kind: 'unbound', why: `${name} is not cross-certified: it lacks the subkey's own consent` }
      : hashFlaw([consent], `${name} is cross-certified by a signature`))
  );
}

/** Where not one of them is made with a strong hash. */
function hashFlaw(signatures: readonly SignaturePacket[], what: string): Diagnosis | undefined {
  if (signatures.length === 0 || newestStrong(signatures) !== undefined) return undefined;
  const hashes = [...new Set(signatures.map(({ hashAlgorithm }) => nameOfHash(hashAlgorithm)))];
  return { kind: 'weakly-bound', why: `${what} with ${hashes.join(' and ')}, which can be forged` };
}

function flagFlaw(signatures: readonly SignaturePacket[], name: string): Diagnosis | undefined {
  if (signatures.length === 0 || signatures.some(marksForSigning)) return undefined;
  return { kind: 'unbound', why: `${name} is not marked for signing data` };
}

async function expiryFlaw(
  key: PublicKey,
  candidate: PublicKey | Subkey,
  now: Date,
): Promise<Diagnosis | undefined> {
  const ended = (end: unknown, part: PublicKey | Subkey) =>
    end instanceof Date && end <= now
      ? [`${nameOf(key, part)} expired on ${end.toISOString().slice(0, 10)}`]
      : [];
  const ends = ended(await key.getExpirationTime(undefined, strictConfig), key);
  if (isSubkey(candidate))
    ends.push(...ended(await candidate.getExpirationTime(now, strictConfig), candidate));
  return ends.length === 0 ? undefined : { kind: 'expired', why: ends.join(', and ') };
}

function newestStrong(signatures: readonly SignaturePacket[]): SignaturePacket | undefined {
  return signatures
    .filter(({ hashAlgorithm }) => isStrongHash(hashAlgorithm))
    .toSorted((one, other) => (other.created?.getTime() ?? 0) - (one.created?.getTime() ?? 0))[0];
}
