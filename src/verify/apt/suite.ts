/** One suite of an apt repository: which InRelease it needs, and the Release that counts. */
import type { Architecture } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { fileNeed, type FileNeed } from '../../model/need.ts';
import { once, type Matter } from '../method.ts';
import { indexesOf, type IndexListing } from './packages.ts';
import { inReleaseFile, verifyRelease, type ReleaseExpectation, type VerifiedRelease } from './release.ts';

/** A suite, and what its Release must say. */
export interface Suite extends ReleaseExpectation {
  /** The repository's root at the origin, without a slash at its end. */
  readonly uri: string;
  readonly components: readonly string[];
  /** The anchor whose keys may vouch. */
  readonly signedBy: string;
}

/** `<uri>/dists/<suite>`. */
export function suiteUrl({ uri, suite }: Suite): string {
  return `${uri}/dists/${suite}`;
}

export function releaseNeed(suite: Suite, again?: true): FileNeed {
  const need = fileNeed(inReleaseFile, `${suiteUrl(suite)}/InRelease`);
  return again === true ? { ...need, again } : { ...need, isRevalidated: true };
}

/** The Release that counts, of those at hand, verified once. Throws as `verifyRelease` does. */
export async function releaseOf(
  suite: Suite,
  { documents, trust, now, memo }: Pick<Matter<unknown, unknown>, 'documents' | 'trust' | 'now' | 'memo'>,
): Promise<VerifiedRelease> {
  const again = releaseNeed(suite, true);
  const { url, bytes, digest } = documents.of(documents.has(again) ? again : releaseNeed(suite));
  // Asked for each time: what every judgement rests on is remembered.
  const keyring = await trust.keyring(suite.signedBy, suite.uri);
  const key = `${url} ${digest} ${JSON.stringify(suite)}`;
  return once(memo, key, () => verifyRelease({ url, bytes, keyring, expected: suite, now }));
}

/** By the index's URL, the digest of its content: what an answer out of this suite depends on. */
export function contentDigests(
  suite: Suite,
  { release }: VerifiedRelease,
  architecture: Architecture,
): Readonly<Record<string, Digest>> {
  const url = suiteUrl(suite);
  const listings = suite.components.flatMap((one) => indexesOf(release, one, architecture, url));
  return Object.fromEntries(listings.map((listing) => [`${url}/${listing.name}`, contentDigest(listing)]));
}

function contentDigest(listing: IndexListing): Digest {
  const file = listing.plain ?? listing.forms[0]?.file;
  if (file === undefined) throw new TypeError('a listing has at least one form');
  return file.digest;
}
