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
import { toSignedEntity, type SignedEntity } from '@sigstore/verify';
// Of no public name, and the version is pinned: its `Verifier` would read the body of every entry, and not of every kind.
import { verifyTLogBody, verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
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
import { noIssuer, requireIdentity, type CertificatePolicy, type SignerPolicy } from './identity.ts';
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

/** What a certificate claims, and what was wanted of it. */
interface Certified {
  readonly claims: CertificateClaims;
  readonly policy: CertificatePolicy;
}

export interface Authentication {
  readonly authenticated: Authenticated;
  /** Undefined for a bare key. */
  readonly certified: Certified | undefined;
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

  refusing(what, () => {
    for (const entry of entries) {
      verifyTLogInclusion(entry, trustedRoot.material.tlogs);
      if (bundle.loggedBody?.equals(entry.canonicalizedBody) !== true) verifyTLogBody(entry, signature);
    }
    if (!signature.verifySignature(key)) throw noSignature(what);
  });
  const loggedAt = entries.map((entry) => checkEntry(entry, bundle, material, trustedRoot, times));
  const signedAt = new Date(Math.min(...times.map(Number)));
  const { certified, ...who } = identified(material, signedAt, what);
  const checks = [...who.checks, ...chained, ...loggedAt.map(loggedCheck)];
  return { authenticated: { signer: who.signer, loggedAt, checks }, certified };
}

function noSignature(what: string): VerificationError {
  return new VerificationError('SIGNATURE_INVALID', `${what}: its signature does not verify`);
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
  const [from, to] = [certificate.notBefore.toISOString(), certificate.notAfter.toISOString()] as const;
  return [
    {
      check: 'certificate issued by',
      value: digestOf('sha256', issuer.der),
      against: isLogged
        ? 'an authority of the trusted root; a log of certificates has promised to publish it'
        : 'an authority of the trusted root',
    },
    { check: 'certificate valid', value: `${from} to ${to}`, against: 'when it signed' },
  ];
}

/** The boundaries count as valid (RFC 5280, section 4.1.2.5). */
function requireValidAt(certificate: Certificate, times: readonly Date[], what: string): void {
  const { notBefore, notAfter } = certificate;
  for (const time of times) {
    const isOver = time > notAfter;
    if (notBefore <= time && !isOver) continue;
    throw new VerificationError(
      isOver ? 'METADATA_EXPIRED' : 'METADATA_FROM_FUTURE',
      `${what}: signed at ${time.toISOString()} with a certificate that was valid from ` +
        `${notBefore.toISOString()} to ${notAfter.toISOString()}`,
      {
        hint: 'A short-lived key was used outside of its time: by whoever holds it since.',
        context: { notBefore, notAfter, time },
      },
    );
  }
}

/** Step 6. */
function identified(
  material: SignerMaterial,
  signedAt: Date,
  what: string,
): Pick<Authentication, 'certified'> & Pick<Authenticated, 'signer' | 'checks'> {
  if (material.type === 'public-key') {
    const fingerprint = keyFingerprint(material.key);
    return { signer: { method: 'public-key', fingerprint, signedAt }, checks: [], certified: undefined };
  }
  const { certificate, policy } = material;
  const claims = readClaims(certificate, what);
  const checks = requireIdentity(claims, policy, what);
  const { issuer = noIssuer } = policy;
  const {
    build,
    names: [name],
  } = claims;
  // With its ref, where the policy leaves that open.
  const identity = name?.value ?? policy.identity;
  const more = Object.keys(build).length === 0 ? {} : { build };
  return {
    signer: { method: 'sigstore', identity, issuer, signedAt, ...more },
    ...{ checks, certified: { claims, policy } },
  };
}
