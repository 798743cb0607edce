/** Which URLs are of a file of a release on GitHub, and what the API calls them. */
import { expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { githubApi, githubAssetOf } from '../../../../src/verify/methods/github-asset.ts';
import { tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';

const releases = 'https://github.com/owner/tool.go/releases/download';
const assetAt = (url: string) => githubAssetOf({ artifact: { ...tool.artifact, url } });

it.each([
  [`${releases}/v1.0.0/tool-amd64`, 'v1.0.0', 'v1.0.0'],
  [`${releases}/cli%2Fv1.0.0%2Bk3s/tool-amd64`, 'cli/v1.0.0+k3s', 'cli/v1.0.0%2Bk3s'],
])('is of a release: %s', (url, tag, inApi) => {
  const found = assetAt(url);
  expect(found).toEqual({ repository: 'owner/tool.go', tag });
  expect(githubApi(found, 'git/ref/tags/', tag)).toBe(
    `https://api.github.com/repos/owner/tool.go/git/ref/tags/${inApi}`,
  );
});

it.each([
  'https://example.org/v1.0.0/tool-amd64',
  'http://github.com/owner/tool/releases/download/v1.0.0/tool-amd64',
  'https://github.com.example.org/owner/tool/releases/download/v1.0.0/tool-amd64',
  `https://example.org/?${releases}/v1.0.0/tool-amd64`,
  `${releases}/v1.0.0/dist/tool-amd64`,
  `${releases}/v1.0.0/`,
  `${releases}/tool-amd64`,
  'https://github.com/owner/tool/raw/main/tool-amd64',
])('is of none: %s', async (url) => {
  await refusal(() => assetAt(url), VerificationError, 'EVIDENCE_MISSING');
});
