/**
 * What one signature is worth (RFC 9580 section 5.2): good, bad, or nothing.
 *
 * *Bad* means that it names a key of the keyring, and that key did not sign this: nobody honest publishes
 * that. *Worthless* means that it proves nothing, as a signature by an unknown key does, or one by a key that
 * has expired: files carry such signatures while keys are rotated.
 */
import { enums, type LiteralDataPacket, type SignaturePacket } from 'openpgp';
import type { KeyFlaw } from '../../model/openpgp-key.ts';
import type { Signer } from '../../model/verification.ts';
import { isComputable, isStrongHash, nameOfHash } from './algorithms.ts';
import { appraiseKey } from './appraise-key.ts';
import { hasUnknownCriticalPart, isAuthentic } from './authentic.ts';
import { algorithmOf, nameOf } from './diagnose-key.ts';
import type { FileDigests } from './file-digests.ts';
import { findIssuers, whyUnknown, type Issuer, type Keyring } from './keyring.ts';

/** apt's own tolerance for clocks that differ. */
const clockToleranceMs = 10_000;

export type OpenPgpSigner = Extract<Signer, { method: 'openpgp' }>;

/** Why a signature counts for nothing. */
export type WorthlessReason =
  | 'unsupported'
  | 'unknown-key'
  | 'retired-key'
  | 'weak-hash'
  | 'weak-key'
  | 'future-signature'
  | 'future-key'
  | 'expired-signature'
  | 'expired-key'
  | 'revoked-key'
  | 'weakly-bound-key'
  | 'unbound-key'
  | 'older-than-key';

export interface Worthless {
  readonly kind: 'worthless';
  readonly reason: WorthlessReason;
  /** A clause for people. */
  readonly why: string;
  /** Of the key that it names, where that is in the keyring. */
  readonly fingerprint?: string;
}

/** @internal */
export type SignatureVerdict =
  | { readonly kind: 'good'; readonly signer: OpenPgpSigner }
  | { readonly kind: 'bad'; readonly why: string }
  | Worthless;

/** @internal */
export interface Judgement {
  readonly keyring: Keyring;
  readonly now: Date;
  /** The signed data, in the packet that openpgp.js hashes; or what is to be signed of a file. */
  readonly data: LiteralDataPacket | FileDigests;
  /** Which signature types (RFC 9580 section 5.2.1) may stand here. */
  readonly types: ReadonlySet<number>;
}

/** @internal Judges one untrusted signature packet. Never throws. */
export async function judgeSignature(signature: SignaturePacket, by: Judgement): Promise<SignatureVerdict> {
  const issuers = findIssuers(by.keyring, signature);
  const [named] = issuers;
  if (named === undefined) return { kind: 'worthless', ...whyUnknown(by.keyring, signature) };
  // Before the cryptography: that a broken hash matches means nothing, nor that it does not.
  if (!isStrongHash(signature.hashAlgorithm)) {
    const hash = nameOfHash(signature.hashAlgorithm);
    return worthless('weak-hash', named, `the signature is made with ${hash}, which is weaker than SHA-256`);
  }
  const computable = issuers.filter(({ key }) => isComputable(key.keyPacket));
  if (computable.length === 0) {
    const { primary, key } = named;
    return worthless('weak-key', named, `${nameOf(primary, key)} is of a refused kind (${algorithmOf(key)})`);
  }
  const type = signature.signatureType;
  if (type === null || !by.types.has(type))
    return { kind: 'bad', why: `is of type ${String(type)}, which does not belong here` };
  if (hasUnknownCriticalPart(signature)) return { kind: 'bad', why: 'has an unknown critical part' };

  // One subkey may stand behind several primaries, of which only one has its consent.
  const verdicts: SignatureVerdict[] = [];
  for (const issuer of computable) {
    if (!(await isAuthentic(signature, issuer.key.keyPacket, type, by.data))) continue;
    verdicts.push(await judgeAuthentic(signature, issuer, by));
  }
  const good = verdicts.find(({ kind }) => kind === 'good');
  return good ?? verdicts[0] ?? { kind: 'bad', why: 'does not match what is signed' };
}

const reasonOf: Readonly<Record<KeyFlaw, WorthlessReason>> = {
  expired: 'expired-key',
  weak: 'weak-key',
  revoked: 'revoked-key',
  'from-future': 'future-key',
  'weakly-bound': 'weakly-bound-key',
  unbound: 'unbound-key',
};

/** The signature is authentic: may who made it vouch? */
async function judgeAuthentic(
  signature: SignaturePacket,
  maker: Issuer,
  { now }: Judgement,
): Promise<SignatureVerdict> {
  const signedAt = signature.created;
  if (signedAt === null || signedAt.getTime() > now.getTime() + clockToleranceMs) {
    return worthless('future-signature', maker, 'the signature is from the future');
  }
  const signatureExpires = signature.getExpirationTime();
  if (signatureExpires instanceof Date && signatureExpires <= now) {
    return worthless(
      'expired-signature',
      maker,
      `the signature expired on ${signatureExpires.toISOString()}`,
    );
  }
  const standing = await appraiseKey(maker.primary, maker.key, now);
  if (standing.kind !== 'usable') return worthless(reasonOf[standing.kind], maker, standing.why);
  if (maker.key.getCreationTime() > signedAt) {
    return worthless('older-than-key', maker, 'the signature is older than its key');
  }
  return { kind: 'good', signer: describeSigner(maker, signedAt) };
}

function describeSigner({ primary, key }: Issuer, signedAt: Date): OpenPgpSigner {
  return {
    method: 'openpgp',
    fingerprint: key.getFingerprint().toUpperCase(),
    primaryFingerprint: primary.getFingerprint().toUpperCase(),
    signedAt,
  };
}

function worthless(reason: WorthlessReason, { key }: Issuer, why: string): SignatureVerdict {
  return { kind: 'worthless', reason, why, fingerprint: key.getFingerprint().toUpperCase() };
}

/** Signature types (section 5.2.1): a cleartext message has text signatures only. */
export const cleartextTypes: ReadonlySet<number> = new Set([enums.signature.text]);
export const binaryTypes: ReadonlySet<number> = new Set([enums.signature.binary]);
export const detachedTypes: ReadonlySet<number> = new Set([enums.signature.binary, enums.signature.text]);
