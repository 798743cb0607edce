/**
 * Certification paths (RFC 5280, section 6.1) from an authority of the trusted root up to its trust anchor, and from a
 * signer's certificate to such an authority. All that does not depend on the signer is checked once for a trusted root.
 *
 * The trust anchor is the last certificate of the authority's chain, whether it is a root or an intermediate
 * (protobuf-specs, `sigstore_trustroot.proto`). As in Go's crypto/x509, what it says of itself restricts the path too,
 * and extended key usages nest: who may only issue for servers issues for nothing else.
 */
import { createHash, type KeyObject } from 'node:crypto';
import { VerificationError } from '../../../model/errors.ts';
import { keyFromSpki } from '../keys.ts';
import { orRefusal } from '../refusals.ts';
import { isSignedBy, type Certificate } from './certificate.ts';
import {
  keyUsages,
  purposes,
  readBasicConstraints,
  readExtendedKeyUsage,
  readKeyUsage,
  requireKnownCritical,
} from './extensions.ts';
import { requirePermittedNames } from './name-constraints.ts';

export type Purpose = Exclude<keyof typeof purposes, 'any'>;

/** An authority's certificate first, its trust anchor last. */
export interface AuthorityPath {
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** Of the first certificate; undefined where it cannot be read. */
  readonly key: KeyObject | undefined;
  /** Why nothing may be issued along it. */
  readonly refusal: VerificationError | undefined;
}

/** No chain of a trusted root comes near. */
const maxPaths = 100;

/**
 * Every path in `chain`, a list of an authority's own certificates that ends with its trust anchor. `refusal`: why none
 * of them is to be used, for what is not wrong with the certificates. Throws VerificationError `SIGNER_UNTRUSTED` where
 * there are too many.
 */
export function findPaths(
  chain: readonly Certificate[],
  purpose: Purpose,
  refusal?: VerificationError,
): readonly AuthorityPath[] {
  const anchor = chain.at(-1);
  if (anchor === undefined) return [];
  const paths: AuthorityPath[] = [pathOf([anchor], purpose, refusal)];
  // Grows while it is walked, by the paths that are one certificate longer.
  for (const { certificates, key, refusal: inherited } of paths) {
    const [issuer] = certificates;
    for (const next of chain) {
      const isInPath = certificates.some((one) => isSameAuthority(one, next));
      if (isInPath || key === undefined || !isIssuedBy(next, issuer, key)) continue;
      paths.push(pathOf([next, ...certificates], purpose, inherited));
      if (paths.length > maxPaths) throw untrusted(nameOf(anchor), `begins more than ${maxPaths} paths`);
    }
  }
  return paths;
}

function isSameAuthority(one: Certificate, other: Certificate): boolean {
  return one.subject.equals(other.subject) && one.spki.equals(other.spki);
}

/** 6.1.3 (a) (1) and (4): by signature and by name. */
function isIssuedBy(certificate: Certificate, issuer: Certificate, key: KeyObject): boolean {
  return certificate.issuer.equals(issuer.subject) && isSignedBy(certificate, key);
}

function pathOf(
  certificates: AuthorityPath['certificates'],
  purpose: Purpose,
  inherited: VerificationError | undefined,
): AuthorityPath {
  const [{ spki }] = certificates;
  const key = orRefusal(() => keyFromSpki(spki, nameOf(certificates[0])));
  if (key instanceof VerificationError) return { certificates, key: undefined, refusal: inherited ?? key };
  const refused = orRefusal((): undefined => {
    requireAuthority(certificates, purpose);
  });
  return { certificates, key, refusal: inherited ?? refused };
}

/** The first certificate of a path whose others have been checked. Steps of section 6.1.4, "Prepare for Certificate i+1". */
function requireAuthority([own, ...above]: AuthorityPath['certificates'], purpose: Purpose): void {
  const what = nameOf(own);
  // 6.1.3 (b), (c); of those that are self-issued names are not constrained.
  if (!isSelfIssued(own)) for (const authority of above) requirePermittedNames(own, authority, what);
  // (k)
  const { isAuthority } = readBasicConstraints(own, what);
  if (!isAuthority) throw untrusted(what, 'is not of an authority');
  // (l), (m): each counts those between it and the signer that are not self-issued.
  const path = [own, ...above];
  for (const [index, authority] of path.entries()) {
    const { pathLength = Infinity } = readBasicConstraints(authority, what);
    const below = path.slice(0, index).filter((one) => !isSelfIssued(one)).length;
    if (below > pathLength) throw untrusted(what, 'is below more authorities than one of them allows');
  }
  // (n)
  if (readKeyUsage(own, what)?.has(keyUsages.keyCertSign) === false) {
    throw untrusted(what, 'may not sign certificates');
  }
  // (o)
  requireKnownCritical(own, what);
  requirePurpose(own, above.length === 0, purpose, what);
}

function requirePurpose(own: Certificate, isAnchor: boolean, purpose: Purpose, what: string): void {
  const usage = readExtendedKeyUsage(own, what);
  // An intermediate of a timestamp authority says so: as everybody else has it who verifies timestamps.
  const isSilenceEnough = isAnchor || purpose !== 'timestamping';
  const isForIt =
    usage === undefined
      ? isSilenceEnough
      : usage.purposes.includes(purposes[purpose]) ||
        (isSilenceEnough && usage.purposes.includes(purposes.any));
  if (!isForIt)
    throw untrusted(what, `may not issue for ${purpose === 'timestamping' ? purpose : 'code signing'}`);
}

function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return subject.equals(issuer);
}

/**
 * An end entity's certificate, by the first authority of a path: all of section 6.1 but the times, for which see
 * `isValidAt`. Throws VerificationError `SIGNER_UNTRUSTED`, `EVIDENCE_MALFORMED`, and the path's own refusal.
 */
export function requireIssued(
  certificate: Certificate,
  { certificates, key, refusal }: AuthorityPath,
  what: string,
): void {
  if (refusal !== undefined) throw refusal;
  const [issuer] = certificates;
  if (key === undefined || !isIssuedBy(certificate, issuer, key)) {
    throw untrusted(what, `is not signed by ${nameOf(issuer)}`);
  }
  // 6.1.3 (b), (c): also of a certificate that is self-issued, since it is the last.
  for (const authority of certificates) requirePermittedNames(certificate, authority, what);
  // 6.1.5 (f)
  requireKnownCritical(certificate, what);
}

/** 6.1.3 (a) (2): the whole path, boundaries included. */
export function isValidAt(time: Date, certificates: readonly Certificate[]): boolean {
  return certificates.every(({ notBefore, notAfter }) => notBefore <= time && time <= notAfter);
}

/** As `update-trust` shows it. */
function nameOf({ der }: Certificate): string {
  return `the authority ${createHash('sha256').update(der).digest('hex')}`;
}

function untrusted(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what} ${found}`, {
    hint: 'The certificate is not one that the trusted root lets anybody issue for this (RFC 5280, section 6.1).',
  });
}
