/**
 * The versions of a server that only has the files: as a repository on GitHub has releases or tags, or as the server
 * lists them in JSON. As with any list of versions, it is somebody's word, and no proof of a file.
 */
import { maxIndexBytes, tagsInIndex } from '../formats/upstream/version-index.ts';
import { listReleases } from './github-list.ts';
import { listTags } from './github-tags.ts';
import { newerOfOtherForm, passedOverText } from './passed-over.ts';
import type { ReleaseRequest } from './release-reader.ts';
import type { ReleaseServer } from './release-spec.ts';
import type { SourceContext } from './source.ts';
import { versionInTag } from './tag.ts';
import { chooseVersion, versionPolicy, type VersionCandidate, type VersionPolicy } from './version-policy.ts';
import type { VersionIndex } from './version-index-spec.ts';

export interface ChosenVersion {
  readonly version: string;
  /** A minimum age that nothing there could say anything about: its signatures will. */
  readonly agePolicy: VersionPolicy | undefined;
}

/** For messages, and for what an answer depended on. */
export function indexUrl(index: VersionIndex): string {
  return 'url' in index ? index.url : `https://github.com/${index.github}/${index.list ?? 'releases'}`;
}

/** The highest that the catalogue allows. Throws as `chooseVersion`, `listReleases` and `tagsInIndex` do. */
export async function chooseFromIndex(
  source: ReleaseServer,
  index: VersionIndex,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<ChosenVersion> {
  const { ordering = 'semver', versions, tag: template } = source;
  const what = indexUrl(index);
  const { candidates, tags, isDated, undatedHint } = await listVersions(source, index, requests, context);
  const policy = versionPolicy(ordering, versions);
  const { minimumAgeMs, ...ageless } = policy;
  const isJudgedLater = !isDated && undatedHint === undefined && minimumAgeMs !== undefined;
  const known = new Set(candidates.map(({ tag }) => tag));
  const ignored = tags.filter((tag) => !known.has(tag));
  const chosen = chooseVersion(isJudgedLater ? ageless : policy, candidates, context.now, {
    ...{ what, ignored, undatedHint },
  });
  const { version, tag } = chosen;
  const newer = newerOfOtherForm({ version, template, policy }, ignored, ignored, context.now);
  if (newer.length > 0) context.reporter.warn(passedOverText(what, { tag, template }, newer));
  return { version, agePolicy: isJudgedLater ? policy : undefined };
}

interface Listed {
  readonly candidates: readonly VersionCandidate[];
  /** All that are there, of the catalogue's form or not. */
  readonly tags: readonly string[];
  /** By a clock that is not the publisher's. */
  readonly isDated: boolean;
  /** Where it would be, if somebody else did not answer. */
  readonly undatedHint?: string | undefined;
}

async function listVersions(
  source: ReleaseServer,
  index: VersionIndex,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<Listed> {
  const { tag, ordering } = source;
  const url = indexUrl(index);
  const inUse = new Set(requests.flatMap(({ previousVersion }) => previousVersion ?? []));
  if ('github' in index && index.list !== 'tags') {
    const asked = { repository: index.github, tag, ...(ordering === undefined ? {} : { ordering }) };
    const remembered = new Set(requests.map(({ watermark }) => watermark?.[url]));
    const upTo = remembered.size === 1 ? [...remembered][0] : undefined;
    const list = await listReleases(asked, inUse, upTo, context);
    const undatedHint = list.isDated
      ? undefined
      : 'A mirror answered for https://api.github.com: its dates count if it is given as --trusted-mirror.';
    const tags = list.tags.map((one) => one.tag);
    return { candidates: list.releases, tags, isDated: list.isDated, undatedHint };
  }
  const tags = 'github' in index ? await listTags(index.github, context) : await readTags(index, context);
  const candidates = tags.flatMap((one) => {
    const version = versionInTag(one, tag);
    return version === undefined ? [] : [{ version, tag: one, isInUse: inUse.has(version) }];
  });
  return { candidates, tags, isDated: false };
}

async function readTags(
  index: Extract<VersionIndex, { url: string }>,
  { fetcher, reporter }: SourceContext,
): Promise<readonly string[]> {
  const { url } = index;
  reporter.step(`fetching ${url}`);
  const { bytes } = await fetcher.get({ url, maxBytes: maxIndexBytes, revalidate: true });
  return tagsInIndex(bytes, index, url);
}
