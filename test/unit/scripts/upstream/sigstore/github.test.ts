import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../../../scripts/upstream/server.ts';
import { exhaustedQuota, secondaryLimit } from '../../../../../scripts/upstream/sigstore/github-api.ts';
import {
  publishGithub,
  type GithubOptions,
  type GithubRelease,
} from '../../../../../scripts/upstream/sigstore/github.ts';

const api = 'api.github.com/repos/owner/project/releases';
const day = (number: number) => new Date(Date.UTC(2026, 9, number));
const releases: GithubRelease[] = [1, 2, 3, 4, 5].map((number) => ({
  repository: 'owner/project',
  tag: `v1.${number}.0`,
  publishedAt: day(number),
  isPrerelease: number === 5,
  assets: new Map([['tool.tar.gz', Buffer.from(`tool ${number}`)]]),
}));

let server: UpstreamServer;
afterEach(() => server.close());

async function start(options: Partial<GithubOptions> = {}) {
  server = await startUpstreamServer(publishGithub({ releases, ...options }));
}

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await request(`${server.url}/${path}`, { headers });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, text };
}

const tags = (text: string) => (JSON.parse(text) as { tag_name: string }[]).map((one) => one.tag_name);

describe('github.com', () => {
  it('has downloads, and a redirect to the latest release that is no prerelease', async () => {
    await start();
    const answer = await fetch(`${server.url}/github.com/owner/project/releases/download/v1.2.0/tool.tar.gz`);
    expect([answer.status, await answer.text()]).toEqual([200, 'tool 2']);
    expect(await get('github.com/owner/project/releases/download/v1.2.0/other')).toMatchObject({
      status: 404,
    });
    const latest = await get('github.com/owner/project/releases/latest');
    const location = '/github.com/owner/project/releases/tag/v1.4.0';
    expect(latest).toMatchObject({ status: 302, headers: { location } });
    expect(await get(location.slice(1))).toMatchObject({ status: 200 });
  });
});

describe('a repository that has another name now', () => {
  it('leads there: pages by name, the API by number, with the query', async () => {
    await start({ renamed: { 'before/project': 'owner/project' } });
    const page = await get('github.com/before/project/releases/latest');
    expect(page).toMatchObject({
      status: 301,
      headers: { location: '/github.com/owner/project/releases/latest' },
    });
    const list = await get(`${api.replace('owner', 'before')}?per_page=2`);
    expect(list).toMatchObject({
      status: 301,
      headers: {
        location: expect.stringMatching(
          /^\/api\.github\.com\/repositories\/\d+\/releases\?per_page=2$/,
        ) as string,
      },
    });
    expect(tags((await get(String(list.headers['location']).slice(1))).text)).toEqual(['v1.5.0', 'v1.4.0']);
  });
});

describe('api.github.com', () => {
  it('compresses for whoever accepts gzip, and names no length', async () => {
    await start();
    const headers = { 'accept-encoding': 'gzip' };
    const { body, ...coded } = await request(`${server.url}/${api}`, { headers });
    const bytes = Buffer.from(await body.arrayBuffer());
    expect(coded.headers).toMatchObject({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
    const plain = await get(api);
    expect(gunzipSync(bytes).toString()).toBe(plain.text);
    expect(plain.headers['content-length']).toBeUndefined();
  });

  it('lists releases, the newest first, with what it knows of their assets', async () => {
    await start();
    const { text } = await get(api);
    expect(tags(text)).toEqual(['v1.5.0', 'v1.4.0', 'v1.3.0', 'v1.2.0', 'v1.1.0']);
    expect((JSON.parse(text) as unknown[])[3]).toMatchObject({
      tag_name: 'v1.2.0',
      draft: false,
      prerelease: false,
      published_at: '2026-10-02T00:00:00Z',
      assets: [
        {
          name: 'tool.tar.gz',
          size: 6,
          digest: `sha256:${createHash('sha256').update('tool 2').digest('hex')}`,
          created_at: '2026-10-02T00:00:00Z',
          browser_download_url: 'https://github.com/owner/project/releases/download/v1.2.0/tool.tar.gz',
        },
      ],
    });
    expect(JSON.parse((await get(`${api}/latest`)).text)).toMatchObject({ tag_name: 'v1.4.0' });
  });

  it('has pages, linked to each other', async () => {
    await start();
    const first = await get(`${api}?per_page=2`);
    expect(tags(first.text)).toEqual(['v1.5.0', 'v1.4.0']);
    const next = /<https:\/\/([^>]+)>; rel="next"/.exec(String(first.headers['link']))![1]!;
    const second = await get(next);
    expect(tags(second.text)).toEqual(['v1.3.0', 'v1.2.0']);
    expect(String(second.headers['link']).match(/rel="\w+"/g)).toEqual([
      'rel="prev"',
      'rel="next"',
      'rel="last"',
      'rel="first"',
    ]);
    const last = await get(`${api}?per_page=2&page=3`);
    expect(tags(last.text)).toEqual(['v1.1.0']);
    expect(String(last.headers['link'])).not.toContain('next');
    expect((await get(api)).headers).not.toHaveProperty('link');
  });

  it('has a quota, which a token or a 304 does not use up', async () => {
    await start({ quota: 2, quotaResetAt: new Date(1_800_000_000_000) });
    const first = await get(api);
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1' });
    const etag = String(first.headers['etag']);
    expect(await get(api, { 'if-none-match': etag })).toMatchObject({
      status: 304,
      text: '',
      headers: { 'x-ratelimit-remaining': '1' },
    });
    await get(api);
    expect(await get(api)).toMatchObject({
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' },
    });
    expect(await get(api, { authorization: 'Bearer x' })).toMatchObject({
      status: 200,
      headers: { 'x-ratelimit-limit': '5000' },
    });
  });

  it('can be exhausted, or annoyed', async () => {
    await start();
    server.override(api, exhaustedQuota(new Date(1_800_000_000_000)));
    expect(await get(api)).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0' } });
    server.override(api, secondaryLimit(7));
    expect(await get(api)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  });
});
