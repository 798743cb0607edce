/** A file of a release on GitHub, by its URL: what its repository and tag are called in the API. */
import { VerificationError } from '../../model/errors.ts';
import type { Asset } from '../method.ts';

export interface GithubAsset {
  /** `owner/name`. */
  readonly repository: string;
  readonly tag: string;
}

/** Throws VerificationError `EVIDENCE_MISSING` for a file that is in no release on GitHub. */
export function githubAssetOf({ artifact: { url } }: Pick<Asset, 'artifact'>): GithubAsset {
  const [, repository, tag] =
    /^https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\/releases\/download\/([^/]+)\/[^/]+$/.exec(url) ?? [];
  if (repository !== undefined && tag !== undefined) return { repository, tag: decodeURIComponent(tag) };
  throw new VerificationError('EVIDENCE_MISSING', `${url} is no file of a release on GitHub`, {
    hint: 'Only sources of the type github-release have such files.',
  });
}

/** Below `https://api.github.com/repos/`. Each segment of a tag is one of the path. */
export function githubApi({ repository }: Pick<GithubAsset, 'repository'>, path: string, tag = ''): string {
  const segments = tag.split('/').map(encodeURIComponent).join('/');
  return `https://api.github.com/repos/${repository}/${path}${segments}`;
}
