/**
 * Source kind `github-release`: the files of a repository's releases. The newest is found by the redirect of
 * `releases/latest`, which costs nothing of the API's quota.
 */
import { fillTemplate } from '../formats/template.ts';
import { VerificationError } from '../model/errors.ts';
import { releaseMethodNames } from '../verify/registry.ts';
import { releaseArtifactTypes, resolveRelease, type Release } from './release.ts';
import {
  githubReleaseSchema,
  releaseEntrySchema,
  type GithubRelease,
  type ReleaseEntry,
} from './release-spec.ts';
import type { SourceContext, SourceKind } from './source.ts';
import { versionOfTag } from './tag.ts';

export const githubReleaseSource: SourceKind<GithubRelease, ReleaseEntry> = {
  type: 'github-release',
  sourceSchema: githubReleaseSchema,
  entrySchema: releaseEntrySchema,
  artifactTypes: releaseArtifactTypes,
  methods: releaseMethodNames,
  movesTogether: true,
  resolve: (source, requests, context) => resolveRelease(() => find(source, context), requests, context),
};

async function find(source: GithubRelease, { fetcher }: SourceContext): Promise<Release> {
  const releases = `https://github.com/${source.repository}/releases`;
  const url = `${releases}/latest`;
  const tag =
    source.version === undefined
      ? tagIn((await fetcher.describe({ url })).finalUrl, url)
      : fillTemplate(source.tag, { version: source.version });
  const version = versionOfTag(tag, source.tag, url);
  return { version, tag, folder: () => `${releases}/download/${tag}`, watermark: { [url]: tag } };
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
