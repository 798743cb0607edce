/**
 * What one signature is worth (RFC 9580 section 5.2): good, bad, or nothing.
 *
 * *Bad* means that it names a key of the keyring, and that key did not sign this: nobody honest publishes
 * that. *Worthless* means that it proves nothing, as a signature by an unknown key does, or one by a key that
 * has expired: files carry such signatures while keys are rotated.
 */
import { enums, type LiteralDataPacket, type SignaturePacket } from 'openpgp';
import type { Signer } from '../../model/verification.ts';
import { isComputable, isStrongHash } from './algorithms.ts';
import { appraiseKey, type KeyStanding } from './appraise-key.ts';
import { hasUnknownCriticalPart, isAuthentic } from './authentic.ts';
import { findIssuers, type Issuer, type Keyring } from './keyring.ts';

/** apt's own tolerance for clocks that differ. */
const clockToleranceMs = 10_000;

export type OpenPgpSigner = Extract<Signer, { method: 'openpgp' }>;

/** Why a signature counts for nothing. */
export type WorthlessReason =
  | 'unsupported'
  | 'unknown-key'
  | 'weak-hash'
  | 'weak-key'
  | 'future-signature'
  | 'future-key'
  | 'expired-signature'
  | 'expired-key'
  | 'revoked-key'
  | 'unbound-key'
  | 'older-than-key';

export type SignatureVerdict =
  | { readonly kind: 'good'; readonly signer: OpenPgpSigner }
  | { readonly kind: 'bad'; readonly why: string }
  | { readonly kind: 'worthless'; readonly reason: WorthlessReason; readonly fingerprint?: string };

export interface Judgement {
  readonly keyring: Keyring;
  readonly now: Date;
  /** The signed data, in the packet that openpgp.js hashes. */
  readonly data: LiteralDataPacket;
  /** Which signature types (RFC 9580 section 5.2.1) may stand here. */
  readonly types: ReadonlySet<number>;
}

/** Judges one untrusted signature packet. Never throws. */
export async function judgeSignature(signature: SignaturePacket, by: Judgement): Promise<SignatureVerdict> {
  const issuers = findIssuers(by.keyring, signature);
  if (issuers.length === 0) return { kind: 'worthless', reason: 'unknown-key' };
  // Before the cryptography: that a broken hash matches means nothing, nor that it does not.
  if (!isStrongHash(signature.hashAlgorithm)) return worthless('weak-hash', issuers);
  const computable = issuers.filter(({ key }) => isComputable(key.keyPacket));
  if (computable.length === 0) return worthless('weak-key', issuers);
  const type = signature.signatureType;
  if (type === null || !by.types.has(type))
    return { kind: 'bad', why: `is of type ${String(type)}, which does not belong here` };
  if (hasUnknownCriticalPart(signature)) return { kind: 'bad', why: 'has an unknown critical part' };

  const makers: Issuer[] = [];
  for (const issuer of computable) {
    if (await isAuthentic(signature, issuer.key.keyPacket, type, by.data)) makers.push(issuer);
  }
  if (makers.length === 0) return { kind: 'bad', why: 'does not match what is signed' };
  return judgeAuthentic(signature, makers, by);
}

/** The signature is authentic: may those who made it vouch? */
async function judgeAuthentic(
  signature: SignaturePacket,
  makers: readonly Issuer[],
  by: Judgement,
): Promise<SignatureVerdict> {
  const signedAt = signature.created;
  if (signedAt === null || signedAt.getTime() > by.now.getTime() + clockToleranceMs) {
    return worthless('future-signature', makers);
  }
  const signatureExpires = signature.getExpirationTime();
  if (signatureExpires instanceof Date && signatureExpires <= by.now)
    return worthless('expired-signature', makers);

  let verdict: SignatureVerdict = worthless('unbound-key', makers);
  for (const maker of makers) {
    const { primary, key } = maker;
    const reason = objection(await appraiseKey(primary, key, by.now));
    if (reason === undefined && key.getCreationTime() <= signedAt) {
      return { kind: 'good', signer: describeSigner(maker, signedAt) };
    }
    verdict = worthless(reason ?? 'older-than-key', [maker]);
  }
  return verdict;
}

function objection(standing: KeyStanding): WorthlessReason | undefined {
  switch (standing.kind) {
    case 'usable':
      return undefined;
    case 'expired':
      return 'expired-key';
    case 'weak':
      return 'weak-key';
    case 'revoked':
      return 'revoked-key';
    case 'from-future':
      return 'future-key';
    case 'unbound':
      return 'unbound-key';
  }
}

function describeSigner({ primary, key }: Issuer, signedAt: Date): OpenPgpSigner {
  return {
    method: 'openpgp',
    fingerprint: key.getFingerprint().toUpperCase(),
    primaryFingerprint: primary.getFingerprint().toUpperCase(),
    signedAt,
  };
}

function worthless(reason: WorthlessReason, issuers: readonly Issuer[]): SignatureVerdict {
  const [issuer] = issuers;
  if (issuer === undefined) return { kind: 'worthless', reason };
  return { kind: 'worthless', reason, fingerprint: issuer.key.getFingerprint().toUpperCase() };
}

/** Signature types (section 5.2.1): a cleartext message has text signatures only. */
export const cleartextTypes: ReadonlySet<number> = new Set([enums.signature.text]);
export const binaryTypes: ReadonlySet<number> = new Set([enums.signature.binary]);
export const detachedTypes: ReadonlySet<number> = new Set([enums.signature.binary, enums.signature.text]);
