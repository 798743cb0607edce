/**
 * Verifies a Sigstore bundle, offline and without a clock: the time that counts is the one that a log or a timestamp
 * authority of the trusted root has signed.
 *
 * Steps, after the Sigstore client specification ("Verification"):
 *   1. log entries of known logs, which differ, and a trusted time
 *   2. the signer's certificate or key: of the kind that is wanted, valid at that time
 *   3. its path to a trust anchor (RFC 5280), and a certificate timestamp (SCT)
 *   4. log entries and signature, by the library
 *   5. what the library leaves out: whose entry it is, its proof's root and size, its log's name
 *   6. identity and issuer, exactly
 *
 * A trusted root of an instance without logs asks for no entry and no certificate timestamp: there the time has to be an
 * authority's. It is the root alone that says so.
 */
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { toSignedEntity, Verifier, type SignedEntity } from '@sigstore/verify';
// Of no public name, and the version is pinned: the proof and promise of an entry whose kind the library does not read.
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import type { KeyObject } from 'node:crypto';
import type { Check } from '../../formats/own/proof-chain.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Digest } from '../../model/digest.ts';
import { assertMinted, mint, type Minted } from '../../model/minted.ts';
import type { Signer } from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { requireAuthority } from './authority.ts';
import type { SigstoreBundle } from './bundle.ts';
import { readClaims, type CertificateClaims } from './certificate-claims.ts';
import { requireCertificateTimestamp } from './certificate-timestamp.ts';
import { signatureOver } from './digest-signature.ts';
import { noIssuer, requireIdentity, type SignerPolicy } from './identity.ts';
import { keyFingerprint, keyFromSpki } from './keys.ts';
import { checkEntry, requireKnownEntries, type LoggedAt } from './log-entry.ts';
import { refusing } from './refusals.ts';
import { trustedTimes } from './signed-times.ts';
import { signerOf, type SignerMaterial } from './signer-material.ts';
import type { Subject } from './subject.ts';
import type { TrustedRoot } from './trusted-root.ts';
import type { Certificate } from './x509/certificate.ts';

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
  /** By entry, in the bundle's order; empty where the trusted root has no logs, and never else. */
  readonly loggedAt: readonly LoggedAt[];
  /** Besides the signature itself. */
  readonly checks: readonly Check[];
}

/** An artifact's digest that the signer signed. Only `verifyMessage` makes one. */
export interface VerifiedMessage extends Authenticated, Minted<'VerifiedMessage'> {
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
  const { authenticated } = await authenticate(input, (key) =>
    signatureOver(input.subject, content.messageSignature, key, what),
  );
  return mint('VerifiedMessage', { ...authenticated, digest: input.subject.digest });
}

export interface Authentication {
  readonly authenticated: Authenticated;
  /** Undefined for a bare key. */
  readonly claims: CertificateClaims | undefined;
}

/** Steps 1 to 6. `contentFor` gives the signature to verify with a key; by default the envelope's. */
export async function authenticate(
  { bundle, signer, trustedRoot }: BundleInput,
  contentFor?: (key: KeyObject) => Promise<SignedEntity['signature']>,
): Promise<Authentication> {
  const { what } = bundle;
  assertMinted(trustedRoot, 'TrustedRoot');
  if (bundle.witnessedBy !== trustedRoot.witnessedBy) {
    throw new TypeError(`${what} was not read as its trusted root wants it`);
  }
  const isLogged = trustedRoot.witnessedBy === 'log';
  const entries = isLogged ? requireKnownEntries(bundle, trustedRoot) : [];
  const entity = refusing(what, () => toSignedEntity(bundle.bundle));
  const times = trustedTimes(entity, entries, trustedRoot.timestampAuthorities, what);

  const material = signerOf(bundle, signer, trustedRoot);
  const key = material.type === 'certificate' ? keyFromSpki(material.certificate.spki, what) : material.key;
  if (material.type === 'certificate') requireValidAt(material.certificate, times, what);
  const signature = (await contentFor?.(key)) ?? entity.signature;
  const chained =
    material.type === 'certificate'
      ? refusing(what, () => requireChain(material, entity, times, trustedRoot, what))
      : [];

  // The library is left with entries and signature: to it, the key is one that it is told.
  const isCompared = (entry: TransparencyLogEntry) =>
    bundle.loggedBody?.equals(entry.canonicalizedBody) === true;
  const [compared, unread] = [entries.filter(isCompared), entries.filter((entry) => !isCompared(entry))];
  const verifier = new Verifier(
    { ...trustedRoot.material, publicKey: () => ({ publicKey: key, validFor: () => true }) },
    { tlogThreshold: unread.length, ctlogThreshold: 0, timestampThreshold: 0 },
  );
  const known: SignedEntity = {
    ...{ signature, timestamps: [], tlogEntries: unread },
    key: { $case: 'public-key', hint: '' },
  };
  refusing(what, () => {
    verifier.verify(known);
    for (const entry of compared) verifyTLogInclusion(entry, trustedRoot.material.tlogs);
  });
  const loggedAt = entries.map((entry) => checkEntry(entry, bundle, material, trustedRoot, times));
  const signedAt = times.reduce((earliest, time) => (time < earliest ? time : earliest));
  const claims = material.type === 'certificate' ? readClaims(material.certificate, what) : undefined;
  const who = identified(signer, claims, signedAt, what);
  const checks = [...who.checks, ...chained, ...loggedAt.map(loggedCheck)];
  return { authenticated: { signer: who.signer, loggedAt, checks }, claims };
}

function loggedCheck({ logId, logIndex }: LoggedAt): Check {
  const against = `the transparency log ${logId} of the trusted root: its signature and proof of inclusion`;
  return { check: 'log entry', value: String(logIndex), against };
}

/** Step 3. */
function requireChain(
  { certificate }: Extract<SignerMaterial, { type: 'certificate' }>,
  { key }: SignedEntity,
  times: readonly Date[],
  trustedRoot: TrustedRoot,
  what: string,
): readonly Check[] {
  if (key.$case !== 'certificate') throw new TypeError(`${what} has no certificate`);
  const name = `${what}: the certificate`;
  const issuer = requireAuthority(certificate, trustedRoot.certificateAuthorities, times, name);
  const isLogged = trustedRoot.witnessedBy === 'log';
  if (isLogged) requireCertificateTimestamp(certificate, key.certificate, issuer, trustedRoot, what);
  const [from, to] = [certificate.notBefore, certificate.notAfter].map((time) => time.toISOString());
  return [
    {
      check: 'certificate issued by',
      value: digestOf('sha256', issuer.der),
      against: isLogged
        ? 'an authority of the trusted root; a log of certificates has promised to publish it'
        : 'an authority of the trusted root',
    },
    { check: 'certificate valid', value: `${from ?? ''} to ${to ?? ''}`, against: 'when it signed' },
  ];
}

/** The boundaries count as valid (RFC 5280, section 4.1.2.5). */
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

function identified(
  signer: SignerPolicy,
  claims: CertificateClaims | undefined,
  signedAt: Date,
  what: string,
): { readonly signer: BundleSigner; readonly checks: readonly Check[] } {
  if ('publicKey' in signer) {
    const fingerprint = keyFingerprint(signer.publicKey);
    return { signer: { method: 'public-key', fingerprint, signedAt }, checks: [] };
  }
  if (claims === undefined) throw new TypeError(`${what} has no certificate`);
  const checks = requireIdentity(claims, signer.certificate, what);
  const { issuer = noIssuer } = signer.certificate;
  const {
    build,
    names: [name],
  } = claims;
  // With its ref, where the policy leaves that open.
  const identity = name?.value ?? signer.certificate.identity;
  const more = Object.keys(build).length === 0 ? {} : { build };
  return { signer: { method: 'sigstore', identity, issuer, signedAt, ...more }, checks };
}
