/**
 * Verifies a Sigstore bundle, offline and without a clock: the time that counts is the one that a log or a timestamp
 * authority of the trusted root has signed.
 *
 * Steps, after the Sigstore client specification ("Verification"):
 *   1. a trusted time, and log entries that differ
 *   2. the signer's certificate or key: of the kind that is wanted, valid at that time
 *   3. chain, certificate timestamps (SCT), log entries and signature: by the library
 *   4. what the library leaves out: whose entry it is, its proof's root and size, its log's name
 *   5. identity and issuer, exactly
 */
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { toSignedEntity, Verifier, type SignedEntity } from '@sigstore/verify';
import { X509Certificate, type KeyObject } from 'node:crypto';
import { malformed } from '../../formats/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Digest } from '../../model/digest.ts';
import type { Signer } from '../../model/verification.ts';
import type { SigstoreBundle } from './bundle.ts';
import { readClaims, type Certificate } from './certificate.ts';
import { signatureOver, type Subject } from './digest-signature.ts';
import { requireIdentity, type CertificatePolicy } from './identity.ts';
import { keyFingerprint, keyFromSpki } from './keys.ts';
import {
  checkEntry,
  integratedTimeOf,
  requireDistinct,
  type LoggedAt,
  type SignerMaterial,
} from './log-entry.ts';
import { refusing } from './refusals.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** Who may have signed: somebody of this identity, or whoever holds this key. There is no third. */
export type SignerPolicy = { readonly certificate: CertificatePolicy } | { readonly publicKey: KeyObject };

export interface BundleInput {
  /** Untrusted. */
  readonly bundle: SigstoreBundle;
  readonly signer: SignerPolicy;
  readonly trustedRoot: TrustedRoot;
}

export type BundleSigner =
  | Extract<Signer, { method: 'sigstore' }>
  | {
      readonly method: 'public-key';
      /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
      readonly fingerprint: string;
      readonly signedAt: Date;
    };

/** What is known of a signature that holds. `signedAt`: the earliest trusted time. */
export interface Authenticated {
  readonly signer: BundleSigner;
  /** By entry, in the bundle's order; never empty. */
  readonly loggedAt: readonly [LoggedAt, ...LoggedAt[]];
}

declare const verifiedMessage: unique symbol;

/** An artifact's digest that the signer signed. Only `verifyMessage` makes one. */
export interface VerifiedMessage extends Authenticated {
  readonly [verifiedMessage]: true;
  readonly digest: Digest;
}

/**
 * A bundle with a signature over an artifact. Throws VerificationError: `DIGEST_MISMATCH` for another artifact,
 * `SUBJECT_MISMATCH` for another entry, `SIGNER_UNTRUSTED` (identity, issuer, chain, SCT), `SIGNATURE_INVALID`
 * (signature, timestamp, promise, proof), `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED`, `ALGORITHM_REFUSED`, and
 * `METADATA_EXPIRED` or `METADATA_FROM_FUTURE` for a certificate that was not valid when it signed.
 */
export async function verifyMessage(
  input: BundleInput & { readonly subject: Subject },
): Promise<VerifiedMessage> {
  const { what, bundle } = input.bundle;
  const { content } = bundle;
  if (content.$case !== 'messageSignature') {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} holds a statement, expected a signature over a file`,
    );
  }
  const authenticated = await authenticate(input, (key) =>
    signatureOver(input.subject, content.messageSignature, key, what),
  );
  const verified = { ...authenticated, digest: input.subject.digest };
  return Object.freeze(verified) as unknown as VerifiedMessage;
}

/** Steps 1 to 5. `contentFor` gives the signature to verify with a key; by default the envelope's. */
export async function authenticate(
  { bundle, signer, trustedRoot }: BundleInput,
  contentFor?: (key: KeyObject) => Promise<SignedEntity['signature']>,
): Promise<Authenticated> {
  const { what } = bundle;
  const tlogEntries: readonly TransparencyLogEntry[] = bundle.bundle.verificationMaterial.tlogEntries;
  requireDistinct(tlogEntries, what);
  const entity = refusing(what, () => toSignedEntity(bundle.bundle));
  const times = refusing(what, () => trustedTimes(entity, what));

  const material = signerMaterial(bundle, entity, signer, trustedRoot);
  const key = material.type === 'certificate' ? keyFromSpki(material.spki, what) : material.key;
  const entityKey = entity.key;
  if (entityKey.$case === 'certificate') {
    refusing(what, () => requireValidAt(entityKey.certificate, times, what));
  }

  const signature = (await contentFor?.(key)) ?? entity.signature;
  const keyed = { ...trustedRoot.material, publicKey: () => ({ publicKey: key, validFor: () => true }) };
  const verifier = new Verifier(keyed, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  refusing(what, () => verifier.verify({ ...entity, signature }));

  const [first, ...others] = tlogEntries.map((entry) =>
    checkEntry(entry, bundle, material, trustedRoot, times),
  );
  if (first === undefined) throw new TypeError(`${what} has no log entry`);
  const signedAt = times.reduce((earliest, time) => (time < earliest ? time : earliest));
  return { signer: identified(entity, signer, signedAt, what), loggedAt: [first, ...others] };
}

/** What the log promised, and what timestamp authorities say. Throws VerificationError `EVIDENCE_MISSING`. */
function trustedTimes(entity: SignedEntity, what: string): readonly [Date, ...Date[]] {
  const times = entity.timestamps.flatMap((timestamp): Date[] => {
    if (timestamp.$case === 'transparency-log') {
      const { tlogEntry } = timestamp;
      return tlogEntry.inclusionPromise === undefined ? [] : [integratedTimeOf(tlogEntry)];
    }
    // RFC 3161, section 2.4.2: granted, with or without modifications. The library does not look.
    const { status, signingTime } = timestamp.timestamp;
    if (Number.isNaN(signingTime.getTime())) throw malformed(what, 'a timestamp is of no time');
    if (status === 0n || status === 1n) return [signingTime];
    throw new VerificationError('SIGNATURE_INVALID', `${what}: a timestamp authority refused its timestamp`);
  });
  const [first, ...others] = times;
  if (first !== undefined) return [first, ...others];
  throw new VerificationError(
    'EVIDENCE_MISSING',
    `${what} has no trusted time: no log or authority signed one`,
    {
      hint: 'Ask the publisher for a bundle with a signed entry timestamp, or the timestamp of an authority.',
    },
  );
}

/** Throws VerificationError `SIGNER_UNTRUSTED` for a key where a certificate is wanted, or the other way round. */
function signerMaterial(
  { what, bundle }: SigstoreBundle,
  { key }: SignedEntity,
  signer: SignerPolicy,
  trustedRoot: TrustedRoot,
): SignerMaterial & ({ readonly spki: Uint8Array } | { readonly type: 'public-key' }) {
  const { content } = bundle.verificationMaterial;
  if ('publicKey' in signer) {
    if (key.$case === 'public-key') return { type: 'public-key', key: signer.publicKey };
    throw wrongMaterial(what, 'a certificate, expected the given key');
  }
  switch (content.$case) {
    case 'publicKey':
      throw wrongMaterial(what, 'a bare key, expected a certificate');
    case 'x509CertificateChain':
      return requireKnownChain(content.x509CertificateChain.certificates, key, trustedRoot, what);
    case 'certificate':
      return requireKnownChain([content.certificate], key, trustedRoot, what);
  }
}

/** A bundle may repeat intermediates of the trusted root, which are then ignored. A root in it vouches for itself. */
function requireKnownChain(
  [leaf, ...others]: readonly { readonly rawBytes: Buffer }[],
  key: SignedEntity['key'],
  trustedRoot: TrustedRoot,
  what: string,
): { readonly type: 'certificate'; readonly der: Uint8Array; readonly spki: Uint8Array } {
  if (leaf === undefined || key.$case !== 'certificate') throw wrongMaterial(what, 'no certificate');
  for (const { rawBytes } of others) {
    const isKnown = trustedRoot.authorityCertificates.some((known) => known.equals(rawBytes));
    if (!isKnown || isSelfSigned(rawBytes, what)) {
      throw wrongMaterial(what, 'an authority of its own beside its certificate');
    }
  }
  return { type: 'certificate', der: leaf.rawBytes, spki: refusing(what, () => key.certificate.publicKey) };
}

function isSelfSigned(der: Uint8Array, what: string): boolean {
  return refusing(what, () => {
    const certificate = new X509Certificate(der);
    return certificate.checkIssued(certificate);
  });
}

function wrongMaterial(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what} brings ${found}`, {
    hint: 'Name the identity that its certificate must have, or give the key that it was signed with.',
  });
}

/** The boundaries count as valid (RFC 5280, section 4.1.2.5). The library would not say that it is the time. */
function requireValidAt(certificate: Certificate, times: readonly Date[], what: string): void {
  const { notBefore, notAfter } = certificate;
  for (const time of times) {
    if (notBefore <= time && time <= notAfter) continue;
    throw new VerificationError(
      time > notAfter ? 'METADATA_EXPIRED' : 'METADATA_FROM_FUTURE',
      `${what}: signed at ${time.toISOString()} with a certificate that was valid from ` +
        `${notBefore.toISOString()} to ${notAfter.toISOString()}`,
      {
        hint: 'A short-lived key was used outside of its time: by whoever holds it since.',
        context: { notBefore, notAfter, time },
      },
    );
  }
}

function identified(entity: SignedEntity, signer: SignerPolicy, signedAt: Date, what: string): BundleSigner {
  if ('publicKey' in signer) {
    return { method: 'public-key', fingerprint: keyFingerprint(signer.publicKey), signedAt };
  }
  if (entity.key.$case !== 'certificate') throw wrongMaterial(what, 'no certificate');
  const { certificate } = entity.key;
  requireIdentity(
    refusing(what, () => readClaims(certificate, what)),
    signer.certificate,
    what,
  );
  const { identity, issuer } = signer.certificate;
  return { method: 'sigstore', identity, issuer, signedAt };
}
