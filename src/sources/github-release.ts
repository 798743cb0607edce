/**
 * Source kind `github-release`: the files of a repository's releases.
 *
 * Versions are those of the API's list. `releases/latest` is a mark, which each newly published release takes unless told
 * otherwise, a fix of an older line too: it names the highest version only by chance.
 */
import { fillTemplate } from '../formats/own/template.ts';
import { chooseVersion, isAllowedVersion, versionPolicy } from './version-policy.ts';
import { TransportError } from '../model/errors.ts';
import { githubMethodNames } from '../verify/registry.ts';
import { listReleases, releasesApi, type ListedRelease, type ReleaseList } from './github-list.ts';
import { Gathering } from './gather.ts';
import { heldVersion } from './held-version.ts';
import { newerOfOtherForm, passedOverText } from './passed-over.ts';
import { expectRelease, releaseArtifactTypes, resolveRelease } from './release.ts';
import { neededFiles, type Release, type ReleaseRequest } from './release-reader.ts';
import {
  githubReleaseSchema,
  releaseEntrySchema,
  type GithubRelease,
  type ReleaseEntry,
} from './release-spec.ts';
import { withRenames } from './renames.ts';
import type { SourceContext, SourceKind } from './source.ts';
import { isNoStepBack, versionInTag } from './tag.ts';
import { UpstreamStore } from './upstream-store.ts';

export const githubReleaseSource: SourceKind<GithubRelease, ReleaseEntry> = {
  type: 'github-release',
  sourceSchema: githubReleaseSchema,
  entrySchema: releaseEntrySchema,
  artifactTypes: releaseArtifactTypes,
  methods: githubMethodNames,
  movesTogether: 'in a manifest',
  ordering: ({ ordering = 'semver' }) => ordering,
  exactly: (source, entry, version) => ({ source: { ...source, versions: {}, version }, entry }),
  resolve: (source, requests, context) =>
    withRenames(context, (watched) => {
      const finder = {
        find: (all: readonly ReleaseRequest[]) => find(source, all, watched),
        at: (version: string) => releaseOf(source, version),
      };
      return resolveRelease(finder, requests, watched);
    }),
  expect: (source, wanted, known) => expectRelease(source, releaseOf(source, known.version), wanted, known),
};

async function find(
  source: GithubRelease,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<Release> {
  const fixed = source.version ?? heldVersion(source.versions, requests);
  if (fixed !== undefined) return releaseOf(source, fixed);
  const found =
    (await markedHighest(source, requests, context)) ?? (await chooseFromList(source, requests, context));
  const wayOut = `in the catalogue's source a "range" without it, or the "version" of an older one.`;
  return { ...releaseOf(source, found), wayOut };
}

/** In a first run without a token, where the mark is enough. */
async function markedHighest(
  source: GithubRelease,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<string | undefined> {
  const isFirst = requests.every(({ previousVersion }) => previousVersion === undefined);
  if (!isFirst || context.fetcher.hasTokenFor(releasesApi(source.repository))) return undefined;
  const marked = await markedVersion(source, context);
  if (marked !== undefined && isHighest(source, marked, context)) return marked;
  context.reporter.info(
    `${releasesUrl(source)}: what is marked as the latest need not be the highest version: asking the list, ` +
      'of the 60 requests an hour that GitHub grants without GITHUB_TOKEN',
  );
  return undefined;
}

/**
 * Is the marked version the highest for sure, so that a first run saves the request? A fix of an older line is never
 * its x.0.0. The policy must be able to do with it: the mark tells neither age nor pre-release.
 */
function isHighest(
  { ordering = 'semver', versions }: GithubRelease,
  version: string,
  { now }: SourceContext,
): boolean {
  const policy = versionPolicy(ordering, versions);
  const isFirstOfItsLine = ordering === 'semver' && /^\d+\.0\.0$/.test(version);
  return (
    isFirstOfItsLine &&
    policy.prereleases !== true &&
    isAllowedVersion(policy, { version, tag: version }, now)
  );
}

/** Undefined where the mark is on another component of the repository, or on nothing. Throws TransportError. */
async function markedVersion(source: GithubRelease, { fetcher }: SourceContext): Promise<string | undefined> {
  try {
    const { finalUrl } = await fetcher.describe({ url: `${releasesUrl(source)}/latest` });
    return versionInTag(decoded(/\/releases\/tag\/([^/?#]+)$/.exec(finalUrl)?.[1] ?? ''), source.tag);
  } catch (error) {
    if (error instanceof TransportError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function chooseFromList(
  source: GithubRelease,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<ListedRelease> {
  const { now } = context;
  const { ordering = 'semver', versions } = source;
  const policy = versionPolicy(ordering, versions);
  const inUse = new Set(requests.flatMap(({ previousVersion }) => previousVersion ?? []));
  const list = await listReleases(source, inUse, rememberedTag(source, requests), context);
  const isAllowed = (release: ListedRelease) => isAllowedVersion(policy, release, now);
  const missing = await missingFiles(source, list.releases.filter(isAllowed), requests, context);
  const unfinished = list.releases.filter((one) => isUnfinished(one, missing.get(one) ?? [], now));
  const finished = list.releases.filter((one) => !unfinished.includes(one));
  // Where there is nothing else, what it lacks is told by who asks for it.
  const chosen = chooseVersion(policy, finished.some(isAllowed) ? finished : list.releases, now, {
    what: releasesUrl(source),
    ignored: list.tags.flatMap(({ tag, isOfForm }) => (isOfForm ? [] : [tag])),
    undatedHint: list.isDated
      ? undefined
      : 'A mirror answered for https://api.github.com: its dates count if it is given as --trusted-mirror.',
  });
  warnOfOthers(source, chosen, { tags: list.tags, unfinished, missing }, context);
  return chosen;
}

/** The tag that all of these were resolved from by the very question of now, if there is one. */
function rememberedTag(source: GithubRelease, requests: readonly ReleaseRequest[]): string | undefined {
  const tags = new Set(requests.map(({ watermark }) => watermark?.[releasesUrl(source)]));
  return tags.size === 1 ? [...tags][0] : undefined;
}

const dayMs = 86_400_000;

/**
 * Is it being published just now? One without any file, or one that lacks ours and was touched within a day: later it is
 * one that has no such file, and says so by failing.
 */
function isUnfinished(release: ListedRelease, missing: readonly string[], now: Date): boolean {
  const { isInUse, files, changedAt } = release;
  if (isInUse === true || missing.length === 0) return false;
  return files.size === 0 || (changedAt !== undefined && now.getTime() - changedAt.getTime() < dayMs);
}

type MissingFiles = ReadonlyMap<ListedRelease, readonly string[]>;

async function missingFiles(
  source: GithubRelease,
  releases: readonly ListedRelease[],
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<MissingFiles> {
  const gathering = new Gathering(new UpstreamStore(context), context);
  const lacking = async (listed: ListedRelease) => {
    const release = releaseOf(source, listed);
    const needed = await Promise.all(requests.map((request) => neededFiles(request, release, gathering)));
    const missing = [...new Set(needed.flat())].filter((fileName) => !listed.files.has(fileName));
    return [listed, missing] as const;
  };
  return new Map(await Promise.all(releases.map(lacking)));
}

interface Others extends Pick<ReleaseList, 'tags'> {
  readonly unfinished: readonly ListedRelease[];
  readonly missing: MissingFiles;
}

/** What is newer and was not taken, for a reason that the policy does not give. */
function warnOfOthers(
  source: GithubRelease,
  { tag, version }: ListedRelease,
  { tags, unfinished, missing }: Others,
  { reporter, now }: SourceContext,
): void {
  const { ordering = 'semver', versions, tag: template } = source;
  const url = releasesUrl(source);
  for (const release of unfinished) {
    if (isNoStepBack(ordering, version, new Set([release.version]))) continue;
    const lacks = release.files.size === 0 ? 'files' : missing.get(release)?.join(', ');
    reporter.warn(`${url}: ${release.tag} is passed over: it has no ${lacks} yet`);
  }
  const at = tags.findIndex((one) => one.tag === tag);
  const others = (some: typeof tags) => some.flatMap((one) => (one.isOfForm ? [] : [one.tag]));
  const chosen = { version, template, policy: versionPolicy(ordering, versions) };
  const [newer, older] = at === -1 ? [tags, []] : [tags.slice(0, at), tags.slice(at)];
  const named = newerOfOtherForm(chosen, others(newer), others(older), now);
  if (named.length > 0) reporter.warn(passedOverText(url, { tag, template }, named));
}

function releasesUrl({ repository }: GithubRelease): string {
  return `https://github.com/${repository}/releases`;
}

function releaseOf(source: GithubRelease, found: string | ListedRelease): Release {
  const version = typeof found === 'string' ? found : found.version;
  const tag = fillTemplate(source.tag, { version });
  const url = releasesUrl(source);
  return {
    version,
    tag,
    // As GitHub writes it in its own links: of what a tag can be here, only "+" needs it. File names stay as they are.
    folder: () => `${url}/download/${encodeURIComponent(tag)}`,
    watermark: { [url]: tag },
    ...(typeof found === 'string' ? {} : { hostDigest: (fileName) => found.files.get(fileName) }),
  };
}

/** Empty for what is no percent-encoding: an upstream's mistake is no bug of ours. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
