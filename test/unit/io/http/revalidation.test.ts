import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import type { QuickFetcher } from '../../../support/quick-fetcher.ts';

const old = Buffer.from('Suite: stable\n');
const fresh = Buffer.from('Suite: stable-updates\n');

let server: FaultServer;
let cacheDir: string;
let fetcher: QuickFetcher;
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => server.close());
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'assay-test-'));
  fetcher = quickFetcher({ cacheDir });
});
afterEach(async () => {
  await fetcher.close();
  await rm(cacheDir, { recursive: true });
});

let paths = 0;
const freshPath = () => `/${paths++}`;
const revalidate = { maxBytes: 1000, revalidate: true };

/** Fetches twice; the second answer, and what was asked the second time. */
async function twice(path: string, between: () => Promise<unknown> = () => Promise.resolve()) {
  const request = { url: `${server.origin}${path}`, ...revalidate };
  expect((await fetcher.get(request)).from).toBe('network');
  await between();
  const { bytes, from } = await fetcher.get(request);
  return { text: Buffer.from(bytes).toString(), from, asked: server.requestsTo(path)[1]!.headers };
}

async function onlyFileIn(...folder: string[]): Promise<string> {
  const names = await readdir(join(cacheDir, ...folder));
  expect(names).toHaveLength(1);
  return join(cacheDir, ...folder, names[0]!);
}

describe('revalidation', () => {
  it('uses the cached bytes when the server says that they are current', async () => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: 'W/"a"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' }));
    const second = await twice(path);
    expect(second).toMatchObject({ text: old.toString(), from: 'revalidated' });
    expect(second.asked).toMatchObject({
      'if-none-match': 'W/"a"',
      'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT',
    });
  });

  it('takes the new bytes when they are not', async () => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }), fault.file(fresh, { etag: '"b"' }));
    expect(await twice(path)).toMatchObject({ text: fresh.toString(), from: 'network' });
  });

  it('asks plainly where the server gives no validators, or none that are well-formed', async () => {
    for (const headers of [{}, { etag: 'bare' }, { etag: '"a" "b"' }]) {
      const path = freshPath();
      server.on(path, fault.body(old, headers));
      const second = await twice(path);
      expect(second.from).toBe('network');
      expect(second.asked).not.toHaveProperty('if-none-match');
    }
  });

  it('asks plainly unless told to revalidate', async () => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    await fetcher.get({ url: `${server.origin}${path}`, ...revalidate });
    await fetcher.get({ url: `${server.origin}${path}`, maxBytes: 1000 });
    expect(server.requestsTo(path)[1]!.headers).not.toHaveProperty('if-none-match');
  });

  it.each([
    ['damaged', async () => writeFile(await onlyFileIn('blobs', 'sha256'), 'Suite: unstable\n')],
    ['gone', async () => rm(await onlyFileIn('blobs', 'sha256'))],
  ])('asks plainly when the cached bytes are %s', async (_how, between) => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    const second = await twice(path, between);
    expect(second).toMatchObject({ text: old.toString(), from: 'network' });
    expect(second.asked).not.toHaveProperty('if-none-match');
  });

  it.each([
    ['no JSON', 'x'],
    ['no object', 'null'],
    ['no digest', '{"etag":"\\"a\\""}'],
    ['a path for a digest', '{"etag":"\\"a\\"","digest":"../../etc/passwd"}'],
    ['a header in its ETag', '{"etag":"\\"a\\"\\r\\nX: y","digest":"DIGEST"}'],
    ['no validators', '{"digest":"DIGEST"}'],
  ])('asks plainly when the entry has %s', async (_how, entry) => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    const second = await twice(path, async () => {
      const file = await onlyFileIn('http');
      const { digest } = JSON.parse(await readFile(file, 'utf8')) as { digest: string };
      await writeFile(file, entry.replace('DIGEST', digest));
    });
    expect(second.from).toBe('network');
    expect(second.asked).not.toHaveProperty('if-none-match');
  });

  it('asks plainly when the cached bytes are more than are wanted now', async () => {
    const path = freshPath();
    const url = `${server.origin}${path}`;
    server.on(path, fault.file(old, { etag: '"a"' }), fault.body('x'));
    await fetcher.get({ url, ...revalidate });
    expect(await fetcher.get({ url, maxBytes: 5, revalidate: true })).toMatchObject({ from: 'network' });
    expect(server.requestsTo(path)[1]!.headers).not.toHaveProperty('if-none-match');
  });

  it('does not use what one mirror said for another', async () => {
    for (const name of ['evil', 'good'])
      server.on(`/${name}/x`, fault.file(Buffer.from(name), { etag: '"same"' }));
    for (const name of ['evil', 'good']) {
      const mirrors = [{ origin: 'https://origin.test', url: `${server.origin}/${name}` }];
      const mirrored = quickFetcher({ cacheDir, mirrors });
      const { bytes } = await mirrored.get({ url: 'https://origin.test/x', ...revalidate });
      await mirrored.close();
      expect(Buffer.from(bytes).toString()).toBe(name);
    }
    expect(server.requestsTo('/good/x')[0]!.headers).not.toHaveProperty('if-none-match');
  });

  it('does without a cache that cannot be written', async () => {
    const file = join(cacheDir, 'file');
    await writeFile(file, '');
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    const uncached = quickFetcher({ cacheDir: join(file, 'cache') });
    expect((await uncached.get({ url: `${server.origin}${path}`, ...revalidate })).from).toBe('network');
    await uncached.close();
  });
});
