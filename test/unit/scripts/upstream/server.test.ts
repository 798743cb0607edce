import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import {
  atFirst,
  codedHead,
  cut,
  refuse,
  stall,
  substitute,
} from '../../../../scripts/upstream/behaviours.ts';
import { plainHosts } from '../../../../scripts/upstream/hosts.ts';
import {
  startUpstreamServer,
  type UpstreamServer,
  type UpstreamServerOptions,
} from '../../../../scripts/upstream/server.ts';

const path = 'deb.example.org/pool/a+b~1.deb';
/** As it is asked for. */
const sent = 'deb.example.org/pool/a%2Bb~1.deb';
const body = Buffer.from('0123456789');

let server: UpstreamServer;
afterEach(() => server.close());

async function start(options: Partial<UpstreamServerOptions> = {}) {
  server = await startUpstreamServer({ files: new Map([[path, body]]), ...options });
}

async function get(at = sent, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') {
  const answer = await request(`${server.url}/${at}`, { headers, method });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

describe('startUpstreamServer', () => {
  it('serves a file under its host and path, percent-encoded; a bare plus is a blank', async () => {
    await start();
    expect(await get()).toMatchObject({ status: 200, text: '0123456789' });
    expect(await get('deb.example.org/pool/a%2Bb%7E1.deb')).toMatchObject({ status: 200 });
    expect(await get(path)).toMatchObject({ status: 404 });
    expect(await get(sent, {}, 'HEAD')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '10' },
    });
  });

  it('answers 404 for anything else', async () => {
    await start();
    expect(await get('deb.example.org/pool')).toMatchObject({ status: 404 });
    expect(await get('')).toMatchObject({ status: 404 });
  });

  it('shows a change of the files at once', async () => {
    const files = new Map([[path, body]]);
    await start({ files });
    const before = await get();
    files.set(path, Buffer.from('other'));
    const after = await get(sent, { 'if-none-match': String(before.headers['etag']) });
    expect(after).toMatchObject({ status: 200, text: 'other' });
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
  });

  it('answers 304 to the current ETag, and no other', async () => {
    await start();
    const etag = String((await get()).headers['etag']);
    expect(await get(sent, { 'if-none-match': `"x", ${etag}` })).toMatchObject({ status: 304, text: '' });
    expect(await get(sent, { 'if-none-match': '"x"' })).toMatchObject({ status: 200 });
  });

  it('answers a range', async () => {
    await start();
    const etag = String((await get()).headers['etag']);
    expect(await get(sent, { range: 'bytes=4-', 'if-range': etag })).toMatchObject({
      status: 206,
      text: '456789',
      headers: { 'content-range': 'bytes 4-9/10', 'content-length': '6' },
    });
    expect(await get(sent, { range: 'bytes=2-3' })).toMatchObject({
      status: 206,
      text: '23',
      headers: { 'content-range': 'bytes 2-3/10' },
    });
    expect(await get(sent, { range: 'bytes=8-99' })).toMatchObject({
      headers: { 'content-range': 'bytes 8-9/10' },
    });
  });

  it('sends everything where If-Range is of another file, or the range is not understood', async () => {
    await start();
    expect(await get(sent, { range: 'bytes=4-', 'if-range': '"x"' })).toMatchObject({ status: 200 });
    expect(await get(sent, { range: 'bytes=-4' })).toMatchObject({ status: 200, text: '0123456789' });
  });

  it.each(['bytes=10-', 'bytes=99-100'])('answers 416 to %s', async (range) => {
    await start();
    expect(await get(sent, { range })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */10' },
    });
  });

  it('logs what was asked, and what it cost', async () => {
    await start();
    await get();
    await get(sent, { range: 'bytes=4-' });
    await get('nothing');
    await expect.poll(() => server.log.length).toBe(3);
    expect(server.log).toMatchObject([
      { method: 'GET', path, status: 200, range: undefined },
      { path, status: 206, range: 'bytes=4-' },
      { path: 'nothing', status: 404 },
    ]);
    const [whole, part] = server.log;
    expect(whole!.sentBytes).toBeGreaterThan(body.length);
    expect(part!.sentBytes).toBeGreaterThan(6);
  });

  it('waits before it answers', async () => {
    await start({ files: new Map([[path, body]]), latencyMs: 60 });
    const began = performance.now();
    await get();
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
  });
});

describe('overrides', () => {
  it('attack one path until they are lifted', async () => {
    await start();
    server.override(path, substitute(Buffer.from('evil')));
    expect(await get()).toMatchObject({ status: 200, text: 'evil' });
    server.override(path, refuse(503, { 'retry-after': '7' }));
    expect(await get()).toMatchObject({ status: 503, headers: { 'retry-after': '7' } });
    server.override(path);
    expect(await get()).toMatchObject({ status: 200, text: '0123456789' });
  });

  it('can cut the connection in the middle', async () => {
    await start();
    server.override(path, cut(body, 4));
    await expect(get()).rejects.toThrow();
  });

  it('can answer HEAD as for a gzip', async () => {
    await start();
    server.override(path, codedHead(body));
    const { headers } = await get(sent, {}, 'HEAD');
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': '30' });
    expect(await get()).toMatchObject({ status: 200, text: '0123456789' });
  });

  it('can stall, and close all the same', async () => {
    await start();
    server.override(path, stall(body, 4));
    const answer = await request(`${server.url}/${sent}`);
    const chunks = answer.body[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    expect((await chunks.next()).value?.toString()).toBe('0123');
    const rest = chunks.next().then(
      () => 'more',
      () => 'cut',
    );
    await server.close();
    expect(await rest).toBe('cut');
    await start();
  });
});

describe('what another host keeps', () => {
  const asset = 'github.com/owner/project/releases/download/v1.0.0/tool';
  const storage = 'release-assets.githubusercontent.com';
  const published = { files: new Map([[asset, body]]) };

  async function ask(url: string, method: 'GET' | 'HEAD' = 'GET', headers: Record<string, string> = {}) {
    const answer = await request(url, { method, headers });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }
  async function locationOf(at: string): Promise<string> {
    const { status, headers } = await get(at);
    expect(status).toBe(302);
    return String(headers['location']);
  }

  it('is there alone, at another port, for HEAD and ranges as well', async () => {
    await start(published);
    const location = await locationOf(asset);
    expect(new URL(location).port).not.toBe(new URL(server.url).port);
    expect(location).toContain(`/${storage}/${asset}?`);
    expect(await ask(location)).toMatchObject({ status: 200, text: '0123456789' });
    expect(await ask(location, 'HEAD')).toMatchObject({ status: 200, headers: { 'content-length': '10' } });
    expect(await ask(location, 'GET', { range: 'bytes=8-' })).toMatchObject({ status: 206, text: '89' });
    expect(server.log).toMatchObject([{ path: asset, status: 302 }]);
    expect(server.logElsewhere.map(({ status }) => status)).toEqual([200, 200, 206]);
  });

  it('is not to be had without its query, with that of another path, or once it has expired', async () => {
    const other = `${asset}2`;
    await start({ files: new Map([...published.files, [other, body]]) });
    const location = new URL(await locationOf(asset));
    const stolen = location.href.replace('/tool?', '/tool2?');
    location.search = '';
    const refused = {
      status: 403,
      text: expect.stringContaining('<Code>AuthenticationFailed</Code>') as string,
    };
    expect(await ask(location.href)).toMatchObject(refused);
    expect(await ask(stolen)).toMatchObject(refused);
    await server.close();
    await start({ ...published, linkLifetimeMs: -1 });
    expect(await ask(await locationOf(asset))).toMatchObject(refused);
  });

  it('has no link where it is not there', async () => {
    await start(published);
    expect(await get(`${asset}2`)).toMatchObject({ status: 404 });
  });

  it('misbehaves by the name of who keeps it', async () => {
    await start(published);
    server.override(`${storage}/${asset}`, atFirst(refuse(503)));
    const location = await locationOf(asset);
    expect(await ask(location)).toMatchObject({ status: 503 });
    expect(await ask(location)).toMatchObject({ status: 200 });
  });

  it('comes chunked, and compressed where the host does that', async () => {
    const files = new Map([['dl.k8s.io/release/stable.txt', Buffer.from('v1.37.0')]]);
    await start({ files });
    const location = await locationOf('dl.k8s.io/release/stable.txt');
    const plain = await ask(location, 'GET', { 'accept-encoding': 'identity' });
    expect(plain).toMatchObject({ text: 'v1.37.0', headers: { 'transfer-encoding': 'chunked' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const coded = await ask(location, 'GET', { 'accept-encoding': 'gzip' });
    expect(coded.headers).toMatchObject({
      'content-encoding': 'gzip',
      etag: `W/${String(plain.headers['etag'])}`,
    });
  });

  it('is kept by nobody else where the hosts are plain', async () => {
    await start({ ...published, hosts: plainHosts });
    expect(await get(asset)).toMatchObject({ status: 200 });
  });

  it('answers 403 with XML at storage for what is not there', async () => {
    await start();
    const location = await locationOf('packages.fluentbit.io/nothing');
    expect(await ask(location)).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>AccessDenied</Code>') as string,
    });
  });
});

describe('a folder', () => {
  it('is served, and nothing above it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-upstream-'));
    try {
      await mkdir(join(folder, 'served/deb.example.org'), { recursive: true });
      writeFileSync(join(folder, 'served/deb.example.org/InRelease'), 'signed');
      writeFileSync(join(folder, 'secret'), 'secret');
      await start({ directory: join(folder, 'served') });
      expect(await get('deb.example.org/InRelease')).toMatchObject({ status: 200, text: 'signed' });
      expect(await get('deb.example.org')).toMatchObject({ status: 404 });
      for (const above of [
        '/../secret',
        '/%2e%2e/secret',
        '/..%2fsecret',
        '/deb.example.org/..%2f..%2fsecret',
      ]) {
        expect(await rawStatus(above)).toBe(404);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The status for a path exactly as written: undici would tidy it. */
function rawStatus(rawPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest(server.url, { path: rawPath }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
