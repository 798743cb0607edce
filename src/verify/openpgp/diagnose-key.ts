/**
 * Why a key cannot vouch that is neither weak nor revoked: for people, who have to know whom to ask for what. The
 * verdict is openpgp.js's (`appraise-key.ts`); nothing here makes a key usable.
 */
import { type PublicKey, type SignaturePacket, type Subkey } from 'openpgp';
import type { KeyFlaw } from '../../model/openpgp-key.ts';
import { describeKeyAlgorithm, isStrongHash, nameOfHash, strictConfig } from './algorithms.ts';
import {
  authenticOf,
  bindingClaims,
  consentClaims,
  marksForSigning,
  selfClaims,
  type Claim,
} from './own-signatures.ts';

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

/** `RSA of 1024 bits`, `ecdsa secp256k1`. */
export function algorithmOf({ keyPacket }: PublicKey | Subkey): string {
  const { algorithm, bits } = describeKeyAlgorithm(keyPacket);
  const name = ['rsa', 'dsa'].includes(algorithm) ? algorithm.toUpperCase() : algorithm;
  return bits === undefined ? name : `${name} of ${String(bits)} bits`;
}

/** What `candidate`, the primary itself or a subkey, lacks at `now`. Never throws. */
export async function diagnose(key: PublicKey, candidate: PublicKey | Subkey, now: Date): Promise<Diagnosis> {
  const name = nameOf(key, key);
  const own = await strongOf(selfClaims(key), key, `${name} is bound by its own signature`);
  if (own.flaw !== undefined) return own.flaw;
  const flaw = isSubkey(candidate) ? await bindingFlaw(key, candidate) : flagFlaw(own.signatures, name);
  return (
    flaw ??
    (await expiryFlaw(key, candidate, now)) ?? {
      kind: 'unbound',
      why: `${nameOf(key, candidate)} has no valid signature of its primary that lets it sign data`,
    }
  );
}

async function bindingFlaw(key: PublicKey, subkey: Subkey): Promise<Diagnosis | undefined> {
  const name = nameOf(key, subkey);
  const bindings = await strongOf(bindingClaims(key, subkey), key, `${name} is bound by a signature`);
  if (bindings.flaw !== undefined) return bindings.flaw;
  const newest = newestOf(bindings.signatures);
  if (newest === undefined)
    return { kind: 'unbound', why: `${name} is not bound to it by a valid signature` };
  const unmarked = flagFlaw(bindings.signatures, name);
  if (unmarked !== undefined) return unmarked;
  const claims = consentClaims(key, subkey, newest);
  const consents = await strongOf(claims, subkey, `${name} is cross-certified by a signature`);
  if (consents.flaw !== undefined || consents.signatures.length > 0) return consents.flaw;
  return { kind: 'unbound', why: `${name} is not cross-certified: it lacks the subkey's own consent` };
}

/**
 * Those that are authentic and made with a strong hash; where there are others alone, the flaw is their hash. openpgp.js
 * does not compute every signature with a weak hash: then what it says of itself has to do.
 */
async function strongOf(
  claims: readonly Claim[],
  signer: PublicKey | Subkey,
  what: string,
): Promise<{ readonly signatures: readonly SignaturePacket[]; readonly flaw?: Diagnosis }> {
  const isStrong = ({ hashAlgorithm }: SignaturePacket) => isStrongHash(hashAlgorithm);
  const found = await authenticOf(claims, signer);
  const signatures = found.filter(isStrong);
  const weak = (found.length > 0 ? found : claims.map(({ signature }) => signature)).filter(
    (one) => !isStrong(one),
  );
  if (signatures.length > 0 || weak.length === 0) return { signatures };
  const hashes = [...new Set(weak.map(({ hashAlgorithm }) => nameOfHash(hashAlgorithm)))];
  const why = `${what} with ${hashes.join(' and ')}, which can be forged`;
  return { signatures, flaw: { kind: 'weakly-bound', why } };
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

function newestOf(signatures: readonly SignaturePacket[]): SignaturePacket | undefined {
  // Of null, 0.
  return signatures.toSorted((one, other) => Number(other.created) - Number(one.created))[0];
}
