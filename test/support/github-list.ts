/** GitHub with other releases than the embedded upstream's, asked with a token or without. */
import { publishGithub, type GithubOptions } from '../../scripts/upstream/sigstore/github.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { virtualFile } from '../../scripts/upstream/virtual-file.ts';
import type { GithubRelease } from '../../scripts/upstream/sigstore/github.ts';
import { parseTrustedMirror, type Mirror } from '../../src/io/http/mirrors.ts';
import type { FetcherOptions } from '../../src/io/http/options.ts';
import { quickFetcher, type QuickFetcher } from './quick-fetcher.ts';
import type { ReleaseUpstream } from './release-upstream.ts';

export const githubToken = 'token-for-tests';

/** From now on the repositories of these releases have these and no others. */
export function republishGithub({ files, server }: ReleaseUpstream, options: GithubOptions): void {
  const publication = publishGithub(options);
  for (const [path, content] of publication.files) files.set(path, content);
  for (const [path, behaviour] of publication.routes) server.override(path, behaviour);
}

/** GitHub's mirrors are trusted with what nobody signs, unless told otherwise. Close it. */
export function githubFetcher(
  { url }: Pick<UpstreamServer, 'url'>,
  options: FetcherOptions = {},
  parse: (text: string) => Mirror = parseTrustedMirror,
): QuickFetcher {
  const mirrors = ['github.com', 'api.github.com'].map((host) => parse(`https://${host}=${url}/${host}`));
  return quickFetcher({ mirrors, ...options });
}

/** A release of a repository without anything that vouches for its one file. */
export function bareRelease(repository: string, tag: string, publishedAt: Date): GithubRelease {
  return {
    repository,
    tag,
    publishedAt,
    assets: new Map([['file', virtualFile(`${repository} ${tag}`, 100)]]),
  };
}
