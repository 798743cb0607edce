/**
 * A repository's releases as GitHub's REST API lists them (`GET /repos/OWNER/REPO/releases`): versions with dates and
 * digests that GitHub sets, not the publisher. The list itself proves nothing about the files.
 */
import { z } from 'zod';
import { parseVersion } from '../formats/own/version-order.ts';
import type { VersionCandidate } from './version-policy.ts';
import { isDigest, type Digest } from '../model/digest.ts';
import { listUrl, readPages, type PagePorts } from './github-pages.ts';
import { latestOf } from './latest-of.ts';
import type { GithubRelease } from './release-spec.ts';
import type { SourceContext } from './source.ts';
import { versionInTag } from './tag.ts';

/** With GitHub's maximum of 100 a page, the thousand newest: what is older is no candidate. */
const maxPages = 10;
/** A page of containerd's has 4 MB: each release lists all of its files. */
const maxPageBytes = 32 << 20;

/** GitHub allows 1,000. */
const maxAssets = 5000;

const timeSchema = z.iso.datetime().transform((text) => new Date(text));

/** What matters of an answer; there is much more in it, and more to come. */
const releaseSchema = z.object({
  tag_name: z.string().max(1000),
  draft: z.boolean(),
  prerelease: z.boolean(),
  published_at: timeSchema.nullable(),
  immutable: z.boolean().nullish(),
  assets: z
    .array(
      z.object({
        name: z.string(),
        /** Of a file that is being uploaded, or was given up: `open`. */
        state: z.string().optional(),
        created_at: timeSchema,
        updated_at: timeSchema,
        /** Files from before June 2025 have none. */
        digest: z.string().nullish(),
      }),
    )
    .max(maxAssets),
});

type ApiRelease = z.output<typeof releaseSchema>;

export interface ListedRelease extends VersionCandidate {
  /** The files that are there, and what GitHub says that their digests are. */
  readonly files: ReadonlyMap<string, Digest | undefined>;
  /** When the last of it was put there, as whoever answered says. */
  readonly changedAt: Date | undefined;
}

export interface ReleaseList {
  /** Newest first, as GitHub has them. */
  readonly releases: readonly ListedRelease[];
  /** Tags of the catalogue's form and others, newest first; those that GitHub marks as pre-releases are left out. */
  readonly tags: readonly { readonly tag: string; readonly isOfForm: boolean }[];
  /** False where a mirror answered, whose dates prove nothing. */
  readonly isDated: boolean;
}

export function releasesApi(repository: string): string {
  return listUrl({ repository, list: 'releases' });
}

function listOf(repository: string) {
  return { repository, list: 'releases', schema: releaseSchema, maxPageBytes } as const;
}

/**
 * The releases, newest first: all pages, or those up to the one with the tag `upTo`. Whoever names one has looked at the
 * older ones before, with the same question: a run that finds nothing new costs one request.
 *
 * Throws TransportError (`RATE_LIMITED`, `NOT_FOUND`; `URL_REFUSED` for a next page that is somewhere else), and
 * VerificationError `EVIDENCE_MALFORMED`.
 */
export async function listReleases(
  source: Pick<GithubRelease, 'repository' | 'tag' | 'ordering'>,
  inUse: ReadonlySet<string>,
  upTo: string | undefined,
  context: SourceContext,
): Promise<ReleaseList> {
  let isDated = true;
  const listed: ApiRelease[] = [];
  let count = 0;
  for await (const { url, items } of readPages(listOf(source.repository), context)) {
    // A mirror that nobody answers for could make any release old.
    isDated &&= context.fetcher.isTrustedOrigin(url);
    listed.push(...items.filter(({ draft }) => !draft));
    count += 1;
    if (count === maxPages || (upTo !== undefined && listed.some((one) => one.tag_name === upTo))) break;
  }
  const releases = listed.flatMap((one) => listedOf(one, source, inUse, isDated) ?? []);
  const known = new Set(releases.map(({ tag }) => tag));
  const tags = listed.flatMap(({ tag_name: tag, prerelease }) =>
    prerelease ? [] : [{ tag, isOfForm: known.has(tag) }],
  );
  return { releases, tags, isDated };
}

function listedOf(
  release: ApiRelease,
  { tag: template, ordering = 'semver' }: Pick<GithubRelease, 'tag' | 'ordering'>,
  inUse: ReadonlySet<string>,
  isDated: boolean,
): ListedRelease | undefined {
  const version = versionInTag(release.tag_name, template);
  if (version === undefined || parseVersion(ordering, version) === undefined) return undefined;
  const changedAt = youngestDate(release);
  return {
    version,
    tag: release.tag_name,
    isPrerelease: release.prerelease,
    isInUse: inUse.has(version),
    publishedAt: isDated ? changedAt : undefined,
    changedAt,
    files: filesOf(release),
  };
}

/** Those that are there. */
function filesOf({ assets }: ApiRelease): ReadonlyMap<string, Digest | undefined> {
  const files = assets.flatMap(({ name, digest, state = 'uploaded' }) =>
    state === 'uploaded'
      ? [[name, typeof digest === 'string' && isDigest(digest) ? digest : undefined] as const]
      : [],
  );
  return new Map(files);
}

export interface NamedRelease extends Pick<ListedRelease, 'tag' | 'files'> {
  readonly isPrerelease: boolean;
  readonly isImmutable: boolean;
  readonly publishedAt: Date | undefined;
}

/** The newest hundred, whatever their tags are. Throws as `listReleases` does. */
export async function newestReleases(repository: string, ports: PagePorts): Promise<readonly NamedRelease[]> {
  const { value } = await readPages(listOf(repository), ports).next();
  return (value?.items ?? [])
    .filter(({ draft }) => !draft)
    .map((release) => ({
      tag: release.tag_name,
      isPrerelease: release.prerelease,
      isImmutable: release.immutable === true,
      publishedAt: release.published_at ?? undefined,
      files: filesOf(release),
    }));
}

/** A file can be replaced long after its release was published: that makes the release young again. */
function youngestDate({ published_at: publishedAt, assets }: ApiRelease): Date | undefined {
  if (publishedAt === null) return undefined;
  return latestOf([publishedAt, ...assets.flatMap((asset) => [asset.created_at, asset.updated_at])]);
}
