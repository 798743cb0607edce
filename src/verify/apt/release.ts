/**
 * The first link of an apt chain: an InRelease file, its signature, and what it must say
 * (apt-secure(8), Debian repository format).
 *
 * Authenticate, then parse: `verifyRelease` parses exactly the bytes that were signed.
 */
import { parseRelease, type Release } from '../../formats/upstream/release.ts';
import { VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import type { DocumentKind } from '../../model/need.ts';
import type { Check } from '../../formats/own/proof-chain.ts';
import type { EvidenceDocument, Signer } from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { namingDocument } from '../naming.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { verifyCleartext, type SignedText } from '../openpgp/verify-signatures.ts';

/** Debian's largest has 180 KB. */
export const inReleaseFile: DocumentKind = { role: 'inrelease', maxBytes: 4 << 20 };

/** What the catalogue says that the suite's Release must say. */
export interface ReleaseExpectation {
  /** The directory under `dists/`: must be the Release's Suite or Codename. */
  readonly suite: string;
  readonly codename?: string | undefined;
  readonly origin?: string | undefined;
  readonly label?: string | undefined;
  /** Refuse a Release whose Date is longer ago than this, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** The Date of the last Release accepted: an older one is a replay. */
  readonly notBefore?: Date | undefined;
}

/** A Release whose signature and statements were checked. Only `verifyRelease` makes one. */
export interface VerifiedRelease extends Minted<'VerifiedRelease'> {
  readonly release: Release;
  readonly signers: readonly Signer[];
  readonly document: EvidenceDocument;
  readonly verifiedAt: Date;
  /** Besides the signature. */
  readonly checks: readonly Check[];
}

export interface ReleaseInput {
  /** Of the InRelease file, at the origin. */
  readonly url: string;
  /** Untrusted. */
  readonly bytes: Uint8Array;
  readonly keyring: Keyring;
  readonly expected: ReleaseExpectation;
  readonly now: Date;
}

/**
 * Throws VerificationError: the codes of `verifyCleartext` and `parseRelease`, and those of
 * `checkFreshness` and `checkIdentity`.
 */
export async function verifyRelease(input: ReleaseInput): Promise<VerifiedRelease> {
  const { url, bytes, expected, now } = input;
  const signed = await authenticateRelease(input);
  const release = parseRelease(signed.text, url);
  const checks = [...checkIdentity(release, expected, url), ...checkFreshness(release, expected, now, url)];
  const digest = digestOf('sha256', bytes);
  const document = { role: inReleaseFile.role, url, digest, sizeBytes: bytes.length, bytes };
  return mint('VerifiedRelease', { release, signers: signed.signers, document, verifiedAt: now, checks });
}

/** The text of an InRelease file whose signature holds: what it says is not judged. Throws as `verifyCleartext` does. */
export async function authenticateRelease(input: Omit<ReleaseInput, 'expected'>): Promise<SignedText> {
  return namingDocument(input.url, () => verifyCleartext(input.bytes, input.keyring, input.now));
}

/** apt's tolerance for a clock that is a little behind. */
const clockSkewMs = 10_000;

/**
 * What was compared. Throws VerificationError `METADATA_FROM_FUTURE`, `METADATA_EXPIRED` (Valid-Until, or the catalogue's
 * maxAge) or `METADATA_ROLLBACK` (older than the Release accepted last).
 */
export function checkFreshness(
  release: Release,
  expected: Pick<ReleaseExpectation, 'maxAgeMs' | 'notBefore'>,
  now: Date,
  what: string,
): readonly Check[] {
  const { date, validUntil } = release;
  const context = { date, validUntil, now };
  if (date.getTime() > now.getTime() + clockSkewMs) {
    throw new VerificationError(
      'METADATA_FROM_FUTURE',
      `${what} is dated ${date.toISOString()}, and it is ${now.toISOString()}`,
      { hint: "Set the machine's clock, or find out who signs ahead of time.", context },
    );
  }
  if (validUntil !== undefined && validUntil.getTime() < now.getTime()) {
    throw new VerificationError(
      'METADATA_EXPIRED',
      `${what} was valid until ${validUntil.toISOString()}, and it is ${now.toISOString()}`,
      { hint: 'A mirror that is out of date, or one that holds back updates: use another.', context },
    );
  }
  if (expected.maxAgeMs !== undefined && now.getTime() - date.getTime() > expected.maxAgeMs) {
    throw new VerificationError(
      'METADATA_EXPIRED',
      `${what} is dated ${date.toISOString()}, longer ago than the catalogue's maxAge allows`,
      { hint: 'A mirror that is out of date, or a suite that is no longer kept up.', context },
    );
  }
  if (expected.notBefore !== undefined && date.getTime() < expected.notBefore.getTime()) {
    throw new VerificationError(
      'METADATA_ROLLBACK',
      `${what} is dated ${date.toISOString()}, older than the one of ${expected.notBefore.toISOString()} that was accepted before`,
      {
        hint: 'A mirror that is out of date, or a replay of an old release: use another mirror.',
        context: { ...context, notBefore: expected.notBefore },
      },
    );
  }
  const { maxAgeMs, notBefore } = expected;
  const time = (check: string, at: Date | undefined, against: string): readonly Check[] =>
    at === undefined ? [] : [{ check, value: at.toISOString(), against }];
  return [
    ...time('Date', date, 'not after the time of judging'),
    ...time('Date accepted before', notBefore, 'not after Date'),
    ...time('Valid-Until', validUntil, 'not before the time of judging'),
    ...time(
      'Date plus maxAge',
      maxAgeMs === undefined ? undefined : new Date(date.getTime() + maxAgeMs),
      'not before the time of judging',
    ),
  ];
}

/** What was compared. Throws VerificationError `RELEASE_MISMATCH`: a genuine Release, but of another suite or publisher. */
export function checkIdentity(
  release: Release,
  expected: ReleaseExpectation,
  what: string,
): readonly Check[] {
  const refuse = (field: string, wanted: string, found: string | undefined): never => {
    throw new VerificationError(
      'RELEASE_MISMATCH',
      `${what} has ${found === undefined ? `no ${field}` : `the ${field} ${JSON.stringify(found)}`}, expected ${JSON.stringify(wanted)}`,
      {
        hint: 'A genuine file of another suite served in its place, or a catalogue that names the wrong one.',
        context: { field, expected: wanted, found },
      },
    );
  };
  const { suite, codename, origin, label } = expected;
  if (release.suite !== suite && release.codename !== suite) {
    refuse('Suite or Codename', suite, release.suite ?? release.codename);
  }
  if (codename !== undefined && release.codename !== codename) refuse('Codename', codename, release.codename);
  if (origin !== undefined && release.origin !== origin) refuse('Origin', origin, release.origin);
  if (label !== undefined && release.label !== label) refuse('Label', label, release.label);
  const fields = Object.entries({
    'Suite or Codename': suite,
    Codename: codename,
    Origin: origin,
    Label: label,
  });
  const against = 'what the catalogue says';
  return fields.flatMap(([check, value]) => (value === undefined ? [] : [{ check, value, against }]));
}
