/**
 * Source kind `github-release`: the files of a repository's releases.
 *
 * With a token, the versions are those of the API's list. Without one, the redirect of `releases/latest` names the
 * newest, which costs nothing of the 60 requests an hour that the API grants; the list is asked for only where the
 * catalogue's policy cannot do with that one.
 */
import { fillTemplate } from '../formats/template.ts';
import { chooseVersion, isAllowedVersion, versionPolicy } from '../formats/version-policy.ts';
import { VerificationError } from '../model/errors.ts';
import { releaseMethodNames } from '../verify/registry.ts';
import { listReleases, releasesApi, type ListedRelease } from './github-list.ts';
import { heldVersion } from './held-version.ts';
import { releaseArtifactTypes, resolveRelease } from './release.ts';
import type { Release, ReleaseRequest } from './release-reader.ts';
import {
  githubReleaseSchema,
  releaseEntrySchema,
  type GithubRelease,
  type ReleaseEntry,
} from './release-spec.ts';
import type { SourceContext, SourceKind } from './source.ts';
import { isNoStepBack, versionOfTag } from './tag.ts';

export const githubReleaseSource: SourceKind<GithubRelease, ReleaseEntry> = {
  type: 'github-release',
  sourceSchema: githubReleaseSchema,
  entrySchema: releaseEntrySchema,
  artifactTypes: releaseArtifactTypes,
  methods: releaseMethodNames,
  movesTogether: true,
  ordering: ({ ordering = 'semver' }) => ordering,
  resolve(source, requests, context) {
    const finder = {
      find: (all: readonly ReleaseRequest[]) => find(source, all, context),
      at: (version: string) => releaseOf(source, version),
    };
    return resolveRelease(finder, requests, context);
  },
};

async function find(
  source: GithubRelease,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<Release> {
  const fixed = source.version ?? heldVersion(source.versions, requests);
  if (fixed !== undefined) return releaseOf(source, fixed);
  const inUse = new Set(requests.flatMap(({ previousVersion }) => previousVersion ?? []));
  const { fetcher } = context;
  if (!fetcher.hasTokenFor(releasesApi(source.repository))) {
    const latest = await latestVersion(source, context);
    if (isEnough(source, latest, inUse, context)) return releaseOf(source, latest);
  }
  return releaseOf(source, await chooseFromList(source, inUse, context));
}

/**
 * Can the catalogue's policy do with the one version that `releases/latest` names? It tells neither age nor mark. Nor
 * does it where a lower one than those in use is marked as the latest, as after a fix of an older series: only the list
 * tells whether the higher one was withdrawn.
 */
function isEnough(
  { ordering = 'semver', versions }: GithubRelease,
  version: string,
  inUse: ReadonlySet<string>,
  { now }: SourceContext,
): boolean {
  const policy = versionPolicy(ordering, versions);
  if (policy.prereleases === true) return false;
  const candidate = { version, tag: version, isInUse: inUse.has(version) };
  return isAllowedVersion(policy, candidate, now) && isNoStepBack(ordering, version, inUse);
}

async function latestVersion(source: GithubRelease, { fetcher }: SourceContext): Promise<string> {
  const url = `${releasesUrl(source)}/latest`;
  const { finalUrl } = await fetcher.describe({ url });
  return versionOfTag(tagIn(finalUrl, url), source, url);
}

async function chooseFromList(
  source: GithubRelease,
  inUse: ReadonlySet<string>,
  context: SourceContext,
): Promise<ListedRelease> {
  const { ordering = 'semver', versions } = source;
  const policy = versionPolicy(ordering, versions);
  const { releases, ignored, isDated } = await listReleases(source, policy, inUse, context);
  return chooseVersion(policy, releases, context.now, {
    what: releasesUrl(source),
    ignored,
    undatedHint: isDated
      ? undefined
      : 'A mirror answered for https://api.github.com: its dates count if it is given as --trusted-mirror.',
  });
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
    ...(typeof found === 'string' ? {} : { hostDigest: (fileName) => found.digests.get(fileName) }),
  };
}

function tagIn(finalUrl: string, url: string): string {
  const tag = decoded(/\/releases\/tag\/([^/?#]+)$/.exec(finalUrl)?.[1] ?? '');
  if (tag !== '') return tag;
  throw new VerificationError(
    'EVIDENCE_MALFORMED',
    `${url} does not lead to a release: it led to ${finalUrl}`,
    {
      hint: 'Has the repository published a release?',
    },
  );
}

/** Empty for what is no percent-encoding: an upstream's mistake is no bug of ours. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
