/**
 * When a signature was there, by signed word: of a log that promised its entry, or of a timestamp authority (RFC 3161).
 * No clock is asked.
 *
 * A timestamp that is not by an authority of the trusted root, or is by one that was not to be believed at that time, says
 * nothing, and is passed over where somebody else signed a time. Names prove nothing: two authorities may have the same.
 */
import type { Buffer } from 'node:buffer';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { SignedEntity } from '@sigstore/verify';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';
import { refusalOf, requireAuthority, type Authority } from './authority.ts';
import { keyFromSpki } from './keys.ts';
import { orRefusal, refusing } from './refusals.ts';
import type { Certificate } from './x509/certificate.ts';
import { keyUsages, purposes, readExtendedKeyUsage, readKeyUsage } from './x509/extensions.ts';

/** The library's own type, which it does not export. */
type Timestamp = Extract<SignedEntity['timestamps'][number], { $case: 'timestamp-authority' }>['timestamp'];

export interface TimestampAuthority {
  /** That of the key which signs timestamps. */
  readonly certificate: Certificate;
  /** Those above it. */
  readonly issuer: Authority;
}

/**
 * `entries`: those whose promises count, which are verified later. Throws VerificationError `EVIDENCE_MISSING` where
 * nobody signed a time; where there are only timestamps that do not count, `SIGNER_UNTRUSTED` or `SIGNATURE_INVALID`;
 * and `EVIDENCE_MALFORMED`.
 */
export function trustedTimes(
  { timestamps, signature: { signature } }: SignedEntity,
  entries: readonly TransparencyLogEntry[],
  authorities: readonly TimestampAuthority[],
  what: string,
): readonly [Date, ...Date[]] {
  const promised = entries
    .filter(({ inclusionPromise }) => inclusionPromise !== undefined)
    .map((entry) => integratedTimeOf(entry));
  const stamped = timestamps
    .flatMap((one) => (one.$case === 'timestamp-authority' ? [one.timestamp] : []))
    .map((one) => refusing(what, () => readTimestamp(one, signature, authorities, `${what}: its timestamp`)));
  const [first, ...others] = [...promised, ...stamped.filter((one) => one instanceof Date)];
  if (first !== undefined) return [first, ...others];
  throw (
    stamped.find((one) => one instanceof VerificationError) ??
    new VerificationError('EVIDENCE_MISSING', `${what} has no trusted time: no log or authority signed one`, {
      hint: 'Ask the publisher for a bundle with a signed entry timestamp, or the timestamp of an authority.',
    })
  );
}

/** Worth something only where the log's promise is verified, which covers it. */
export function integratedTimeOf({ integratedTime }: Pick<TransparencyLogEntry, 'integratedTime'>): Date {
  return new Date(Number(integratedTime) * 1000);
}

/** The time, or why it does not count. Throws VerificationError `EVIDENCE_MALFORMED`. */
function readTimestamp(
  timestamp: Timestamp,
  signature: Buffer,
  authorities: readonly TimestampAuthority[],
  what: string,
): Date | VerificationError {
  const { signerIssuer, signerSerialNumber } = timestamp;
  const named = authorities.filter(
    ({ certificate: { issuer, serialNumber } }) =>
      issuer.equals(signerIssuer) && serialNumber.equals(signerSerialNumber),
  );
  if (named.length === 0) return untrusted(what, 'is of an authority that the trusted root does not have');
  const time = timestamp.signingTime;
  if (Number.isNaN(time.getTime())) throw malformed(what, 'it is of no time');
  // RFC 3161, section 2.4.2: granted, with or without modifications.
  if (timestamp.status !== 0n && timestamp.status !== 1n) return broken(what, 'was refused by its authority');

  let refusal: VerificationError | undefined;
  for (const { certificate, issuer } of named) {
    const refused = orRefusal(() => {
      requireTimestamping(certificate, what);
      requireAuthority(certificate, [issuer], [time], what);
    });
    if (refused instanceof VerificationError) refusal ??= refused;
    else if (isBy(timestamp, signature, certificate, what)) return time;
  }
  return refusal ?? broken(what, 'does not hold');
}

/** The library says no by throwing, and not always an error of its own. */
function isBy(timestamp: Timestamp, signature: Buffer, { spki }: Certificate, what: string): boolean {
  const key = keyFromSpki(spki, what);
  try {
    timestamp.verify(signature, key);
    return true;
  } catch {
    return false;
  }
}

/** Why no timestamp of it counts, whatever the time; undefined where some do. */
export function refusalOfTimestamps({
  certificate,
  issuer,
}: TimestampAuthority): VerificationError | undefined {
  return orRefusal(() => {
    requireTimestamping(certificate, 'a timestamp');
    return refusalOf(issuer);
  });
}

/**
 * RFC 3161, section 2.3: the key is for timestamps and nothing else, and its certificate says so in a way that nobody
 * may pass over.
 */
function requireTimestamping(certificate: Certificate, what: string): void {
  const usage = readExtendedKeyUsage(certificate, what);
  const [purpose, ...others] = usage?.isCritical === true ? usage.purposes : [];
  if (purpose !== purposes.timestamping || others.length > 0) {
    throw untrusted(what, 'is by a certificate that is not, critically, for timestamps alone');
  }
  const keyUsage = readKeyUsage(certificate, what);
  const signs = [keyUsages.digitalSignature, keyUsages.nonRepudiation];
  if (keyUsage !== undefined && !signs.some((bit) => keyUsage.has(bit))) {
    throw untrusted(what, 'is by a certificate that is not for signatures');
  }
}

function untrusted(what: string, found: string): VerificationError {
  return new VerificationError('SIGNER_UNTRUSTED', `${what} ${found}`, {
    hint: 'Is it the trusted root of the same instance of Sigstore?',
  });
}

function broken(what: string, found: string): VerificationError {
  return new VerificationError('SIGNATURE_INVALID', `${what} ${found}`, {
    hint: 'It is of another signature, or was changed since.',
  });
}
