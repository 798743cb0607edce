/**
 * The first link of an apt chain: a signed Release, and what it must say (apt-secure(8), Debian repository format). It is
 * an InRelease file, or Release with its detached signature Release.gpg.
 *
 * Authenticate, then parse: `verifySuiteRelease` parses exactly the bytes that were signed.
 */
import { parseRelease, type Release } from '../../formats/upstream/release.ts';
import { VerificationError } from '../../model/errors.ts';
import { mint, type Minted } from '../../model/minted.ts';
import type { DocumentKind } from '../../model/need.ts';
import type { Check } from '../../formats/own/proof-chain.ts';
import type { EvidenceDocument, Signer } from '../../model/verification.ts';
import { documentOf } from '../evidence-document.ts';
import { namingDocument } from '../naming.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { verifyCleartext, verifyDetachedText, type SignedText } from '../openpgp/verify-signatures.ts';

/** Debian's largest has 180 KB. */
export const inReleaseFile: DocumentKind = { role: 'inrelease', maxBytes: 4 << 20 };
export const releaseFile: DocumentKind = { role: 'release', maxBytes: inReleaseFile.maxBytes };
export const releaseSignatureFile: DocumentKind = { role: 'release-signature', maxBytes: 256 << 10 };

/** What the catalogue says that the suite's Release must say. */
export interface ReleaseExpectation {
  /** The directory under `dists/`: must be the Release's Suite or Codename. Flat with a slash at its end: it has no name. */
  readonly suite: string;
  /** The Release may name neither Suite nor Codename. In a flat repository it must name neither. */
  readonly isUnnamed?: boolean | undefined;
  readonly codename?: string | undefined;
  readonly origin?: string | undefined;
  readonly label?: string | undefined;
  /** Refuse a Release whose Date is longer ago than this, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** The Date of the last Release accepted: an older one is a replay. */
  readonly notBefore?: Date | undefined;
}

/** A Release whose signature and statements were checked. Only `verifySuiteRelease` makes one. */
export interface VerifiedRelease extends Minted<'VerifiedRelease'> {
  readonly release: Release;
  readonly signers: readonly Signer[];
  readonly places: ReleasePlaces;
  /** InRelease, or Release and its signature. */
  readonly documents: readonly [EvidenceDocument, ...EvidenceDocument[]];
  readonly verifiedAt: Date;
  /** Besides the signature. */
  readonly checks: readonly Check[];
}

/** URLs at the origin, without a slash at their ends. */
export interface ReleasePlaces {
  /** What Filename fields are relative to. */
  readonly root: string;
  /** What the paths in the Release are relative to. */
  readonly directory: string;
}

/** Untrusted. */
export interface SignedFiles {
  /** InRelease; Release where there is a signature. */
  readonly file: Pick<EvidenceDocument, 'url' | 'bytes'>;
  readonly signature?: Pick<EvidenceDocument, 'url' | 'bytes'> | undefined;
}

export interface ReleaseInput extends SignedFiles {
  readonly places: ReleasePlaces;
  readonly keyring: Keyring;
  readonly expected: ReleaseExpectation;
  readonly now: Date;
}

/**
 * Throws VerificationError: the codes of `verifyCleartext` and `parseRelease`, and those of
 * `checkFreshness` and `checkIdentity`.
 */
export async function verifySuiteRelease(input: ReleaseInput): Promise<VerifiedRelease> {
  const { file, signature, places, expected, now } = input;
  const { text, signers } = await authenticateRelease(input);
  const release = parseRelease(text, file.url);
  const checks = [
    ...checkIdentity(release, expected, file.url),
    ...checkFreshness(release, expected, now, file.url),
  ];
  const documents: VerifiedRelease['documents'] =
    signature === undefined
      ? [documentOf(inReleaseFile.role, file.url, file.bytes)]
      : [
          documentOf(releaseFile.role, file.url, file.bytes),
          documentOf(releaseSignatureFile.role, signature.url, signature.bytes),
        ];
  return mint('VerifiedRelease', { release, signers, places, documents, verifiedAt: now, checks });
}

/** The text of a Release whose signature holds: what it says is not judged. Throws as `verifyCleartext` does. */
export async function authenticateRelease({
  file,
  signature,
  keyring,
  now,
}: SignedFiles & Pick<ReleaseInput, 'keyring' | 'now'>): Promise<SignedText> {
  if (signature === undefined) {
    return namingDocument(file.url, () => verifyCleartext(file.bytes, keyring, now));
  }
  return namingDocument(signature.url, () => verifyDetachedText(file.bytes, signature.bytes, keyring, now));
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

/** sources.list(5): a suite that ends in a slash is a directory as it stands, without `dists/` and components. */
export function isFlat({ suite }: Pick<ReleaseExpectation, 'suite'>): boolean {
  return suite.endsWith('/');
}

const otherSuite =
  'A genuine file of another suite served in its place, or a catalogue that names the wrong one.';
const namesNone =
  'Where its publisher names neither, say so: `unnamed: true` with a reason in the catalogue, `--unnamed` of fetch-deb.';

/** What was compared. Throws VerificationError `RELEASE_MISMATCH`: a genuine Release, but of another suite or publisher. */
export function checkIdentity(
  release: Release,
  expected: ReleaseExpectation,
  what: string,
): readonly Check[] {
  const refuse = (field: string, wanted: string, found: string | undefined, hint = otherSuite): never => {
    throw new VerificationError(
      'RELEASE_MISMATCH',
      `${what} has ${found === undefined ? `no ${field}` : `the ${field} ${JSON.stringify(found)}`}, expected ${wanted}`,
      { hint, context: { field, expected: wanted, found } },
    );
  };
  const { suite, codename, origin, label, isUnnamed = false } = expected;
  const named = release.suite ?? release.codename;
  const isExpected = isFlat(expected)
    ? named === undefined || !isUnnamed
    : release.suite === suite || release.codename === suite || (named === undefined && isUnnamed);
  if (!isExpected) {
    const wanted = isFlat(expected) ? 'none' : JSON.stringify(suite);
    refuse('Suite or Codename', wanted, named, named === undefined ? namesNone : otherSuite);
  }
  const fields = [
    ['Codename', codename, release.codename],
    ['Origin', origin, release.origin],
    ['Label', label, release.label],
  ] as const;
  for (const [field, wanted, found] of fields) {
    if (wanted !== undefined && found !== wanted) refuse(field, JSON.stringify(wanted), found);
  }
  const directory = named === undefined || isFlat(expected) ? undefined : suite;
  const checked = [['Suite or Codename', directory] as const, ...fields];
  const against = 'what the catalogue says';
  return checked.flatMap(([check, value]) => (value === undefined ? [] : [{ check, value, against }]));
}
