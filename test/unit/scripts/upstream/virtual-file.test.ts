import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { redirect } from '../../../../scripts/upstream/behaviours.ts';
import { mergePublications, publicationMirrors } from '../../../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { contentHex, readContent, virtualFile } from '../../../../scripts/upstream/virtual-file.ts';

const sizeBytes = 2_500_000;
const file = virtualFile('kubelet', sizeBytes);
const whole = readContent(file);

describe('virtualFile', () => {
  it('has the same bytes every time, and others under another name', () => {
    expect(whole).toHaveLength(sizeBytes);
    expect(readContent(virtualFile('kubelet', sizeBytes)).equals(whole)).toBe(true);
    expect(readContent(virtualFile('kubectl', sizeBytes)).equals(whole)).toBe(false);
  });

  it('is any part of itself', () => {
    fc.assert(
      fc.property(fc.nat(sizeBytes), fc.nat(sizeBytes), (one, other) => {
        const [first, end] = [Math.min(one, other), Math.max(one, other)];
        return Buffer.concat([...file.slices(first, end)]).equals(whole.subarray(first, end));
      }),
      {
        examples: [
          [15, 17],
          [16, 32],
          [1 << 20, 1 << 21],
          [0, 0],
        ],
      },
    );
  });

  it.each(['sha256', 'sha512'] as const)('knows its %s', (algorithm) => {
    expect(contentHex(file, algorithm)).toBe(createHash(algorithm).update(whole).digest('hex'));
  });
});

describe('on a server', () => {
  const path = 'files.example.org/kubelet';
  let server: UpstreamServer;
  afterEach(() => server.close());

  async function get(headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET', at = path) {
    const answer = await request(`${server.url}/${at}`, { headers, method });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  }

  it('is served in whole and in part, with an ETag', async () => {
    server = await startUpstreamServer({ files: new Map([[path, file]]) });
    const all = await get();
    expect([all.status, all.body.equals(whole)]).toEqual([200, true]);
    expect(await get({}, 'HEAD')).toMatchObject({ status: 200, headers: { 'content-length': '2500000' } });
    const etag = String(all.headers['etag']);
    expect(await get({ 'if-none-match': etag })).toMatchObject({ status: 304 });
    const rest = await get({ range: 'bytes=1234567-', 'if-range': etag });
    expect(rest).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 1234567-2499999/2500000' },
    });
    expect(rest.body.equals(whole.subarray(1_234_567))).toBe(true);
    expect(await get({ range: 'bytes=2500000-' })).toMatchObject({ status: 416 });
  });

  it('stands beside handlers, which come first', async () => {
    server = await startUpstreamServer({
      files: new Map([[path, file]]),
      routes: new Map([
        [path, redirect('/elsewhere')],
        ['api.example.org/echo', (request, response) => response.end(`${request.method} ${request.url}`)],
      ]),
    });
    expect(await get()).toMatchObject({ status: 302, headers: { location: '/elsewhere' } });
    expect((await get({}, 'GET', 'api.example.org/echo?page=2')).body.toString()).toBe(
      'GET /api.example.org/echo?page=2',
    );
  });
});

describe('a publication', () => {
  it('is merged of several, and names its hosts as mirrors', () => {
    const merged = mergePublications(
      {
        files: new Map([
          ['a.example/x', Buffer.from('1')],
          ['b.example/y', Buffer.from('2')],
        ]),
      },
      {
        files: new Map([['a.example/x', Buffer.from('3')]]),
        routes: new Map([['c.example/z', redirect('/')]]),
      },
    );
    expect(merged.files.get('a.example/x')).toEqual(Buffer.from('3'));
    expect(publicationMirrors(merged, 'http://127.0.0.1:1')).toEqual([
      'https://a.example=http://127.0.0.1:1/a.example',
      'https://b.example=http://127.0.0.1:1/b.example',
      'https://c.example=http://127.0.0.1:1/c.example',
    ]);
  });
});
