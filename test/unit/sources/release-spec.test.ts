/** What the catalogue may say of releases: a template has only what is known where it is filled. */
import { describe, expect, it } from 'vitest';
import {
  githubReleaseSchema,
  releaseEntrySchema,
  releaseServerSchema,
} from '../../../src/sources/release-spec.ts';

const server = {
  ...{ type: 'release-server', uri: 'https://dl.example.org/release', latest: 'stable.txt' },
  ...{ tag: 'v{version}', path: '{tag}/bin/{arch}' },
};
const github = { type: 'github-release', repository: 'owner/project', tag: 'v{version}' };
const entry = { from: 'project', asset: 'tool_{version}_{arch}' };

describe('the schemas', () => {
  it('accept what the catalogue has', () => {
    expect(releaseServerSchema.safeParse({ ...server, version: '1.2.3' }).success).toBe(true);
    expect(githubReleaseSchema.safeParse(github).success).toBe(true);
    expect(releaseEntrySchema.safeParse(entry).success).toBe(true);
  });

  it.each([
    { tag: 'stable' },
    { tag: 'v{arch}' },
    { tag: '{version}-{version}' },
    { tag: '{version}-{arch}' },
    { tag: '{tag}' },
    { tag: 'v{version}/..' },
    { latest: 'stable-{version}.txt' },
    { latest: '../stable.txt' },
    { path: '{tag}/{asset}' },
    { path: '/{tag}' },
    { uri: 'http://dl.example.org/release' },
    { version: 'v1.2.3' },
    { version: '' },
    { unknown: true },
  ])('refuse a release server with %o', (change) => {
    expect(releaseServerSchema.safeParse({ ...server, ...change }).success).toBe(false);
  });

  it.each([
    { repository: 'project' },
    { repository: 'owner/..' },
    { repository: 'owner/project/x' },
    { repository: 'https://github.com/owner/project' },
    { repository: 'owner/project?x' },
    { tag: 'v1' },
    { version: '1/2' },
  ])('refuse a repository with %o', (change) => {
    expect(githubReleaseSchema.safeParse({ ...github, ...change }).success).toBe(false);
  });

  it.each([{ asset: '{asset}' }, { asset: 'a/b' }, { asset: '' }, { asset: '{name}' }, { from: '' }])(
    'refuse an entry with %o',
    (change) => {
      expect(releaseEntrySchema.safeParse({ ...entry, ...change }).success).toBe(false);
    },
  );
});
