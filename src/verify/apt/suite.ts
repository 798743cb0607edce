/** One suite of an apt repository: which files its signed Release is made of, and the one that counts. */
import type { Architecture } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { oncePer } from '../../model/once-per.ts';
import { fileNeed, type DocumentKind, type FileNeed, type Need } from '../../model/need.ts';
import { gpgv } from '../by-hand.ts';
import { once, type Chain, type Documents, type Matter } from '../method.ts';
import type { LinkEnds } from '../trail.ts';
import { flatIndexOf, indexesOf, type IndexListing } from './packages.ts';
import {
  inReleaseFile,
  isFlat,
  releaseFile,
  releaseSignatureFile,
  verifySuiteRelease,
  type ReleaseExpectation,
  type VerifiedRelease,
} from './release.ts';

/** A suite, and what its Release must say. */
export interface Suite extends ReleaseExpectation {
  /** The repository's root at the origin, without a slash at its end. */
  readonly uri: string;
  /** None of a flat one. */
  readonly components: readonly string[];
  /** The anchor whose keys may vouch. */
  readonly signedBy: string;
}

/** Of its directory: `<uri>/dists/<suite>`, or what a flat one (`./`, `/`, `path/`) says. No slash at its end. */
export function suiteUrl({ uri, suite }: Pick<Suite, 'uri' | 'suite'>): string {
  if (!isFlat({ suite })) return `${uri}/dists/${suite}`;
  return `${uri}/${suite.replace(/^\.?\//, '')}`.replace(/\/$/, '');
}

/** The suite's signed Release: InRelease, or where there is none, Release with Release.gpg. */
function makeNeeds(suite: Suite, again: boolean) {
  const directory = suiteUrl(suite);
  const need = (kind: DocumentKind, name: string): FileNeed => ({
    ...fileNeed(kind, `${directory}/${name}`),
    ...(again ? { again } : { isRevalidated: true }),
  });
  return {
    inRelease: { ...need(inReleaseFile, 'InRelease'), isOptional: true as const },
    release: need(releaseFile, 'Release'),
    signature: { ...need(releaseSignatureFile, 'Release.gpg'), isOptional: true as const },
  };
}

// Every package asks, each time that it is looked at.
const firstNeeds = oncePer((suite: Suite) => makeNeeds(suite, false));
const secondNeeds = oncePer((suite: Suite) => makeNeeds(suite, true));
const textOf = oncePer((suite: Suite) => JSON.stringify(suite));

function needsOf(suite: Suite, again: boolean) {
  return again ? secondNeeds(suite) : firstNeeds(suite);
}

/** Is another Release asked for than the one that was read first? */
export function isAskedAgain(suite: Suite, documents: Pick<Documents, 'has'>): boolean {
  return documents.has(needsOf(suite, true).inRelease);
}

/** What has to be at hand for `releaseOf`, and is not. An InRelease that is there counts, whatever it is. */
export function releaseNeeds(
  suite: Suite,
  documents: Documents,
  again = isAskedAgain(suite, documents),
): readonly Need[] {
  const { inRelease, release, signature } = needsOf(suite, again);
  if (!documents.has(inRelease)) return [inRelease];
  if (documents.find(inRelease) !== undefined) return [];
  return [release, signature].filter((need) => !documents.has(need));
}

/** The link from the suite's anchor to its Release, for `trail.ts`. */
export function releaseEnds(suite: Suite, documents: Documents): LinkEnds {
  const { inRelease, release, signature } = needsOf(suite, isAskedAgain(suite, documents));
  const from = { anchor: suite.signedBy };
  // Release is asked for where there is no InRelease.
  if (!documents.has(release)) return { from, to: inRelease, byHand: gpgv(suite.signedBy, inRelease) };
  return { from, to: release, beside: [signature], byHand: gpgv(suite.signedBy, signature, release) };
}

/**
 * The Release that counts, of those at hand, verified once. Throws as `verifySuiteRelease` does, and VerificationError
 * `EVIDENCE_MISSING` where nothing signs it.
 */
export async function releaseOf(
  suite: Suite,
  { documents, trust, now, memo }: Pick<Matter<unknown, unknown>, 'documents' | 'trust' | 'now' | 'memo'>,
): Promise<VerifiedRelease> {
  const needs = needsOf(suite, isAskedAgain(suite, documents));
  const inRelease = documents.find(needs.inRelease);
  const file = inRelease ?? documents.of(needs.release);
  const signature = inRelease === undefined ? documents.find(needs.signature) : undefined;
  if (inRelease === undefined && signature === undefined) throw unsigned(file.url);
  // Asked for each time: what every judgement rests on is remembered.
  const keyring = await trust.keyring(suite.signedBy, suite.uri);
  const places = { root: suite.uri, directory: suiteUrl(suite) };
  const key = [file.url, file.digest, signature?.digest, textOf(suite)].join(' ');
  const input = { file, signature, places, keyring, expected: suite, now };
  return once(memo, key, () => verifySuiteRelease(input));
}

function unsigned(url: string): VerificationError {
  return new VerificationError(
    'EVIDENCE_MISSING',
    `${url} is not signed: there is neither InRelease nor Release.gpg beside it`,
    { hint: 'Ask the publisher to sign the repository, or use a mirror that has all of it.' },
  );
}

/** A suite's Release by itself: what method `apt` begins with. */
export function signedRelease(again: boolean): Chain<undefined, Suite, VerifiedRelease> {
  return {
    next: ({ subject, documents }) => releaseNeeds(subject, documents, again),
    judge: ({ subject, ...matter }) => releaseOf(subject, matter),
  };
}

const listingsByArchitecture = oncePer<VerifiedRelease, Map<Architecture, readonly IndexListing[]>>(
  () => new Map(),
);

/** The indexes that may hold packages of an architecture; `release` is the suite's. Throws as `indexesOf` does. */
export function listingsOf(
  suite: Suite,
  release: VerifiedRelease,
  architecture: Architecture,
): readonly IndexListing[] {
  const known = listingsByArchitecture(release);
  const url = suiteUrl(suite);
  const listings =
    known.get(architecture) ??
    (isFlat(suite)
      ? [flatIndexOf(release.release, url)]
      : suite.components.flatMap((one) => indexesOf(release.release, one, architecture, url)));
  known.set(architecture, listings);
  return listings;
}

/** By the index's URL, the digest of its content: what an answer out of this suite depends on. */
export function contentDigests(
  suite: Suite,
  release: VerifiedRelease,
  architecture: Architecture,
): Readonly<Record<string, Digest>> {
  const url = suiteUrl(suite);
  const listings = listingsOf(suite, release, architecture);
  return Object.fromEntries(
    listings.map(({ name, plain, forms: [first] }) => [`${url}/${name}`, (plain ?? first.file).digest]),
  );
}
