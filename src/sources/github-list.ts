/**
 * A repository's releases as GitHub's REST API lists them (`GET /repos/OWNER/REPO/releases`): versions with dates and
 * digests that GitHub sets, not the publisher. The list itself proves nothing about the files.
 */
import { z } from 'zod';
import { isAllowedVersion, type VersionCandidate, type VersionPolicy } from '../formats/version-policy.ts';
import { isDigest, type Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { GithubRelease } from './release-spec.ts';
import type { SourceContext } from './source.ts';
import { isNoStepBack, versionInTag } from './tag.ts';

/** With GitHub's maximum of 100 a page, the thousand newest: what is older is no candidate. */
const maxPages = 10;
/** A page of containerd's has 4 MB: each release lists all of its files. */
const maxPageBytes = 32 << 20;

const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

const timeSchema = z.iso.datetime().transform((text) => new Date(text));

/** What matters of an answer; there is much more in it, and more to come. */
const pageSchema = z.array(
  z.object({
    tag_name: z.string(),
    draft: z.boolean(),
    prerelease: z.boolean(),
    published_at: timeSchema.nullable(),
    assets: z.array(
      z.object({
        name: z.string(),
        created_at: timeSchema,
        updated_at: timeSchema,
        /** Files from before June 2025 have none. */
        digest: z.string().nullish(),
      }),
    ),
  }),
);

type ApiRelease = z.output<typeof pageSchema>[number];

export interface ListedRelease extends VersionCandidate {
  /** By file name. */
  readonly digests: ReadonlyMap<string, Digest>;
}

export interface ReleaseList {
  readonly releases: readonly ListedRelease[];
  /** Releases whose tags are not of the catalogue's form. */
  readonly ignored: number;
  /** False where a mirror answered, whose dates prove nothing. */
  readonly isDated: boolean;
}

export function releasesApi(repository: string): string {
  return `https://api.github.com/repos/${repository}/releases`;
}

/**
 * The releases, newest first. Pages are read until one has a version that is allowed and not lower than those in use,
 * so that a run that finds nothing new costs one request; where nothing is in use, all pages are.
 *
 * Throws TransportError (`RATE_LIMITED`, `NOT_FOUND`; `URL_REFUSED` for a next page that is somewhere else), and
 * VerificationError `EVIDENCE_MALFORMED`.
 */
export async function listReleases(
  source: GithubRelease,
  policy: VersionPolicy,
  inUse: ReadonlySet<string>,
  { fetcher, reporter, now }: SourceContext,
): Promise<ReleaseList> {
  const api = releasesApi(source.repository);
  // A mirror that nobody answers for could make any release old.
  const isDated = fetcher.isTrustedOrigin(api);
  const releases: ListedRelease[] = [];
  let ignored = 0;
  let url: string | undefined = `${api}?per_page=100`;
  for (let page = 1; url !== undefined && page <= maxPages; page++) {
    reporter.step(`asking ${url}`);
    const request = { url, maxBytes: maxPageBytes, coding: 'decoded', headers, revalidate: true } as const;
    const { bytes, next } = await fetcher.get(request);
    for (const release of parsePage(bytes, url)) {
      if (release.draft) continue;
      const listed = listedOf(release, source.tag, inUse, isDated);
      if (listed === undefined) ignored += 1;
      else releases.push(listed);
    }
    if (inUse.size > 0 && releases.some((one) => isEnough(one, policy, inUse, now))) break;
    url = next === undefined ? undefined : checkNext(next, source.repository, page + 1);
  }
  return { releases, ignored, isDated };
}

function parsePage(bytes: Uint8Array, url: string): readonly ApiRelease[] {
  try {
    // No signature covers it, so that there is no reading of it that others might see otherwise.
    return pageSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${url} is not a list of releases as GitHub writes it`,
      {
        hint: 'Is a mirror or a proxy answering in place of GitHub?',
        cause,
      },
    );
  }
}

function listedOf(
  release: ApiRelease,
  template: string,
  inUse: ReadonlySet<string>,
  isDated: boolean,
): ListedRelease | undefined {
  const version = versionInTag(release.tag_name, template);
  if (version === undefined) return undefined;
  return {
    version,
    tag: release.tag_name,
    isPrerelease: release.prerelease,
    isInUse: inUse.has(version),
    publishedAt: isDated ? youngestDate(release) : undefined,
    digests: new Map(
      release.assets.flatMap(({ name, digest }) =>
        typeof digest === 'string' && isDigest(digest) ? [[name, digest]] : [],
      ),
    ),
  };
}

/** A file can be replaced long after its release was published: that makes the release young again. */
function youngestDate({ published_at: publishedAt, assets }: ApiRelease): Date | undefined {
  if (publishedAt === null) return undefined;
  const times = assets.flatMap((asset) => [asset.created_at.getTime(), asset.updated_at.getTime()]);
  return new Date(Math.max(publishedAt.getTime(), ...times));
}

function isEnough(
  release: ListedRelease,
  policy: VersionPolicy,
  inUse: ReadonlySet<string>,
  now: Date,
): boolean {
  return isAllowedVersion(policy, release, now) && isNoStepBack(policy.ordering, release.version, inUse);
}

/** The list goes on at the same place, or at the same repository by its number, and nowhere else. */
function checkNext(next: string, repository: string, page: number): string {
  const url = URL.parse(next);
  const api = new URL(releasesApi(repository));
  const isSameList =
    url?.origin === api.origin &&
    (url.pathname === api.pathname || /^\/repositories\/\d{1,15}\/releases$/.test(url.pathname));
  const isNextPage =
    url?.searchParams.get('page') === String(page) && url.searchParams.get('per_page') === '100';
  if (isSameList && isNextPage && url.searchParams.size === 2) return url.href;
  throw new TransportError(
    'URL_REFUSED',
    `${api.href}: expected page ${String(page)} of the same list, found a link to ${JSON.stringify(next.slice(0, 200))}`,
    { hint: 'Is a mirror or a proxy answering in place of GitHub?', context: { url: api.href, next } },
  );
}
