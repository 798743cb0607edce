/** What the catalogue may say of releases: a template has only what is known where it is filled. */
import { describe, expect, it } from 'vitest';
import { check, type Problem } from '../../../src/formats/text/problems.ts';
import {
  assetFor,
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
    { latest: 'stable-{arch}.txt' },
    { latest: { path: 'latest-{arch}.json', pointer: '/items/0/version' } },
    { versions: { range: '~1.36', hold: 'why', prereleases: true, minimumAge: '3d' } },
    { versions: { range: '>= 20260101, << 20270101' }, ordering: 'debian' },
    { version: '20260512-2476', ordering: 'debian' },
    { version: '1.35.5+k3s1' },
  ])('accept a release server with %o', (change) => {
    expect(releaseServerSchema.safeParse({ ...server, ...change }).success).toBe(true);
  });

  it('say where a mistake is', () => {
    const versions = { range: 'newest' };
    const { error } = githubReleaseSchema.safeParse({ ...github, versions });
    expect(error?.issues.map(({ path }) => path)).toEqual([['versions', 'range']]);
    const both = githubReleaseSchema.safeParse({ ...github, version: '1.2.3', versions: { range: '^1' } });
    expect(both.error?.issues[0]?.message).toContain('excludes "versions"');
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
    { latest: { path: 'latest.json' } },
    { latest: { path: 'latest.json', pointer: 'version' } },
    { latest: { path: 'latest-{version}.json', pointer: '/version' } },
    { latest: 'stable-{kind}.txt' },
    { path: '{tag}/{kind}' },
    { path: '{tag}/{os}' },
    { versions: { range: 'newest' } },
    { versions: { range: '>= 17, << 18' } },
    { versions: { range: '~1.36' }, ordering: 'debian' },
    { versions: { range: '~1.36' }, version: '1.36.1' },
    { versions: { minimumAge: '3' } },
    { version: '20260512-2476' },
    { ordering: 'date' },
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

  it('need no file that names the newest version where the version is given', () => {
    const { latest, ...fixed } = { ...server, version: '1.2.3' };
    expect(latest).toBe('stable.txt');
    expect(releaseServerSchema.safeParse(fixed).success).toBe(true);
    const { version, ...open } = fixed;
    expect(version).toBe('1.2.3');
    const problems: Problem[] = [];
    check(releaseServerSchema, open, [], problems);
    expect(problems).toMatchObject([{ path: ['latest'] }]);
    expect(problems[0]?.message).toMatch(/^is missing/);
  });

  it('accept a file name for each architecture', () => {
    const asset = { amd64: 'k3s', arm64: 'k3s-arm64' };
    const parsed = releaseEntrySchema.parse({ ...entry, asset });
    expect([assetFor(parsed, 'amd64'), assetFor(parsed, 'arm64')]).toEqual(['k3s', 'k3s-arm64']);
    expect(assetFor(releaseEntrySchema.parse(entry), 'arm64')).toBe(entry.asset);
  });

  it.each<[unknown, string, string]>([
    [{ amd64: 'k3s' }, 'asset.arm64', 'is missing'],
    [{ amd64: 'k3s', arm64: '../k3s' }, 'asset.arm64', 'must be a file name'],
    [{ amd64: 'k3s', arm64: 'k3s', armv7: 'k3s' }, 'asset.armv7', 'is not a known key'],
    [{ amd64: '{asset}', arm64: 'k3s' }, 'asset.amd64', 'must not have {asset}'],
    ['a/b', 'asset', 'must be a file name'],
  ])('say what is wrong with the asset %j', (asset, path, message) => {
    const problems: Problem[] = [];
    check(releaseEntrySchema, { ...entry, asset }, [], problems);
    expect(problems.map((problem) => problem.path.join('.'))).toEqual([path]);
    expect(problems[0]?.message).toContain(message);
  });

  it.each([{ asset: '{asset}' }, { asset: 'a/b' }, { asset: '' }, { asset: '{name}' }, { from: '' }])(
    'refuse an entry with %o',
    (change) => {
      expect(releaseEntrySchema.safeParse({ ...entry, ...change }).success).toBe(false);
    },
  );
});
