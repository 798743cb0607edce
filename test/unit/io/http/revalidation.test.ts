import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import type { QuickFetcher } from '../../../support/quick-fetcher.ts';
import type { Fetched, Fetcher, GetRequest, Revalidation } from '../../../../src/model/ports.ts';

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

interface Run {
  readonly from?: Fetcher;
  readonly isConditional?: boolean;
  readonly end?: (all: Revalidation) => Promise<void>;
}

/** As a run that finds all of it good, or does not. */
async function run(
  request: GetRequest,
  { from = fetcher, isConditional = true, end = (all) => all.keep() }: Run = {},
): Promise<Fetched> {
  const all = from.revalidation({ isConditional });
  const fetched = await all.fetcher.get(request);
  expect(all.hasReused()).toBe(fetched.from === 'revalidated');
  await end(all);
  return fetched;
}

/** Two runs; the second answer, and what was asked the second time. */
async function twice(path: string, between: () => Promise<unknown> = () => Promise.resolve()) {
  const request = { url: `${server.origin}${path}`, ...revalidate };
  expect((await run(request)).from).toBe('network');
  await between();
  const { bytes, from } = await run(request);
  return { text: Buffer.from(bytes).toString(), from, asked: server.requestsTo(path)[1]!.headers };
}

const asksConditionally = (path: string) =>
  server.requestsTo(path).map(({ headers }) => 'if-none-match' in headers || 'if-modified-since' in headers);

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

  it('asks plainly unless told to revalidate, and outside of a run', async () => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    await run({ url: `${server.origin}${path}`, ...revalidate });
    await run({ url: `${server.origin}${path}`, maxBytes: 1000 });
    await fetcher.get({ url: `${server.origin}${path}`, ...revalidate });
    await run({ url: `${server.origin}${path}`, ...revalidate }, { isConditional: false });
    expect(asksConditionally(path)).toEqual([false, false, false, false]);
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
      const file = await onlyFileIn('validators');
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
    await run({ url, ...revalidate });
    expect(await run({ url, maxBytes: 5, revalidate: true })).toMatchObject({ from: 'network' });
    expect(server.requestsTo(path)[1]!.headers).not.toHaveProperty('if-none-match');
  });

  it('does not use what one mirror said for another', async () => {
    for (const name of ['evil', 'good'])
      server.on(`/${name}/x`, fault.file(Buffer.from(name), { etag: '"same"' }));
    for (const name of ['evil', 'good']) {
      const mirrors = [{ origin: 'https://origin.test', url: `${server.origin}/${name}` }];
      const mirrored = quickFetcher({ cacheDir, mirrors });
      const { bytes } = await run({ url: 'https://origin.test/x', ...revalidate }, { from: mirrored });
      await mirrored.close();
      expect(Buffer.from(bytes).toString()).toBe(name);
    }
    expect(server.requestsTo('/good/x')[0]!.headers).not.toHaveProperty('if-none-match');
  });

  it('keeps no validators of what was not found good', async () => {
    for (const end of [() => Promise.resolve(), (all: Revalidation) => all.forget()]) {
      const path = freshPath();
      server.on(path, fault.file(old, { etag: '"a"' }));
      const request = { url: `${server.origin}${path}`, ...revalidate };
      await run(request, { end });
      await run(request, { end });
      expect(asksConditionally(path)).toEqual([false, false]);
    }
  });

  it('keeps those of an earlier run where a new body is refused', async () => {
    const path = freshPath();
    const request = { url: `${server.origin}${path}`, ...revalidate };
    server.on(path, fault.file(old, { etag: '"a"' }), fault.body('evil'), fault.file(old, { etag: '"a"' }));
    await run(request);
    await run(request, { end: (all) => all.forget() });
    expect((await run(request)).from).toBe('revalidated');
  });

  it('fetches whole what was reused and led to a refusal', async () => {
    const path = freshPath();
    const request = { url: `${server.origin}${path}`, ...revalidate };
    server.on(path, fault.file(old, { etag: '"a"' }));
    await run(request);
    expect((await run(request, { end: (all) => all.forget() })).from).toBe('revalidated');
    expect((await run(request)).from).toBe('network');
    expect(asksConditionally(path)).toEqual([false, true, false]);
  });

  it('fetches whole what is asked for a second time in a run', async () => {
    const path = freshPath();
    const request = { url: `${server.origin}${path}`, ...revalidate };
    server.on(path, fault.file(old, { etag: '"a"' }));
    await run(request);
    const all = fetcher.revalidation({ isConditional: true });
    await all.fetcher.get(request);
    expect((await all.fetcher.get(request)).from).toBe('network');
    expect(asksConditionally(path)).toEqual([false, true, false]);
  });

  it('forgets the validators of a body that a good one without any has replaced', async () => {
    const path = freshPath();
    const request = { url: `${server.origin}${path}`, ...revalidate };
    server.on(path, fault.file(old, { etag: '"a"' }), fault.body(fresh));
    await run(request);
    await run(request);
    await run(request);
    expect(asksConditionally(path)).toEqual([false, true, false]);
  });

  it('does not read what earlier versions kept of every answer, good or bad', async () => {
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    const second = await twice(path, async () => {
      await rename(join(cacheDir, 'validators'), join(cacheDir, 'http'));
    });
    expect(second.from).toBe('network');
    expect(second.asked).not.toHaveProperty('if-none-match');
  });

  it('does without a cache that cannot be written', async () => {
    const file = join(cacheDir, 'file');
    await writeFile(file, '');
    const path = freshPath();
    server.on(path, fault.file(old, { etag: '"a"' }));
    const uncached = quickFetcher({ cacheDir: join(file, 'cache') });
    expect((await run({ url: `${server.origin}${path}`, ...revalidate }, { from: uncached })).from).toBe(
      'network',
    );
    await uncached.close();
  });
});
