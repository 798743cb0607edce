import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../../src/model/digest.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import type { Fetched, GetRequest } from '../../../../src/model/ports.ts';
import { openFetcher, type OpenFetcher } from '../../../../src/io/http/open-fetcher.ts';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { refusal } from '../../../support/refusals.ts';

const old = Buffer.from('Suite: stable\n');
const fresh = Buffer.from('Suite: stable-updates\n');
const name: Digest = `sha256:${'1'.repeat(64)}`;
const otherName: Digest = `sha256:${'2'.repeat(64)}`;

let server: FaultServer;
let cacheDir: string;
const opened: OpenFetcher[] = [];
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => server.close());
beforeEach(async () => void (cacheDir = await mkdtemp(join(tmpdir(), 'assay-test-'))));
afterEach(async () => {
  await Promise.all(opened.splice(0).map((fetcher) => fetcher.close()));
  await rm(cacheDir, { recursive: true });
});

let paths = 0;
const freshUrl = () => `${server.origin}/ahead/${paths++}`;
const pathOf = (url: string) => new URL(url).pathname;
const isConditional = (url: string) =>
  server.requestsTo(pathOf(url)).map(({ headers }) => 'if-none-match' in headers);

/** As a process has it. */
function open(): OpenFetcher {
  const fetcher = openFetcher({ cacheDir, retry: { attempts: 2, baseDelayMs: 1 } });
  opened.push(fetcher);
  return fetcher;
}

function fetchFrom(
  fetcher: OpenFetcher,
  request: Partial<GetRequest> & { readonly url: string },
  all = fetcher.revalidation({ isConditional: true }),
): Promise<Fetched> {
  return all.fetcher.get({ maxBytes: 1000, revalidate: true, ...request });
}

/** One that finds it good, and one that finds it as it was. */
async function twoRuns(request: Partial<GetRequest> & { readonly url: string }): Promise<void> {
  for (let run = 0; run < 2; run += 1) {
    const fetcher = open();
    const all = fetcher.revalidation({ isConditional: true });
    await fetchFrom(fetcher, request, all);
    await all.keep();
    await fetcher.ahead?.keep(name);
  }
}

async function begun(as: Digest = name): Promise<OpenFetcher> {
  const fetcher = open();
  await fetcher.ahead?.begin(as);
  return fetcher;
}

describe('requests made ahead', () => {
  it('are those of the last run, and answer whoever asks the same', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    const fetcher = await begun();
    await expect.poll(() => isConditional(url)).toEqual([false, true, true]);
    const { bytes, from } = await fetchFrom(fetcher, { url });
    expect({ text: Buffer.from(bytes).toString(), from }).toEqual({
      text: old.toString(),
      from: 'revalidated',
    });
    expect(isConditional(url)).toEqual([false, true, true]);
  });

  it('are none after a run that found something new: what else that asked led on from there', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    const fetcher = open();
    const all = fetcher.revalidation({ isConditional: true });
    await fetchFrom(fetcher, { url }, all);
    await all.keep();
    await fetcher.ahead?.keep(name);
    await begun();
    expect((await fetchFrom(open(), { url })).from).toBe('revalidated');
    expect(isConditional(url)).toEqual([false, true]);
  });

  it('bring what is new', async () => {
    const url = freshUrl();
    server.on(
      pathOf(url),
      fault.file(old, { etag: '"a"' }),
      fault.file(old, { etag: '"a"' }),
      fault.file(fresh, { etag: '"b"' }),
    );
    await twoRuns({ url });
    const { bytes, from } = await fetchFrom(await begun(), { url });
    expect({ text: Buffer.from(bytes).toString(), from }).toEqual({
      text: fresh.toString(),
      from: 'network',
    });
    expect(isConditional(url)).toEqual([false, true, true]);
  });

  it('count once: who asks again doubts what came', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    const fetcher = await begun();
    const all = fetcher.revalidation({ isConditional: true });
    expect((await fetchFrom(fetcher, { url }, all)).from).toBe('revalidated');
    expect((await fetchFrom(fetcher, { url }, all)).from).toBe('network');
    expect(isConditional(url)).toEqual([false, true, true, false]);
  });

  it('are of no use to who wants everything whole', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    const fetcher = await begun();
    const whole = fetcher.revalidation({ isConditional: false });
    expect((await fetchFrom(fetcher, { url }, whole)).from).toBe('network');
    expect(isConditional(url).filter((one) => !one)).toHaveLength(2);
  });

  it.each([
    ['another cap', { maxBytes: 999 }],
    ['other headers', { headers: { accept: 'text/plain' } }],
    ["the user's token", { withUserToken: true }],
    ['credentials of its own', { authorization: { scheme: 'Bearer' as const, credentials: 'x' } }],
  ])('answer nobody who asks with %s', async (_what, more) => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    const fetcher = await begun();
    await fetchFrom(fetcher, { url, ...more });
    expect(server.requestsTo(pathOf(url))).toHaveLength(4);
  });

  it('are not made of what had credentials of its own', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url, authorization: { scheme: 'Bearer', credentials: 'x' } });
    await fetchFrom(await begun(), { url });
    expect(server.requestsTo(pathOf(url))).toHaveLength(3);
  });

  it('are made anew where they failed, which is told as ever', async () => {
    const url = freshUrl();
    server.on(
      pathOf(url),
      fault.file(old, { etag: '"a"' }),
      fault.file(old, { etag: '"a"' }),
      fault.status(503),
      fault.status(404),
    );
    await twoRuns({ url });
    await refusal(fetchFrom(await begun(), { url }), TransportError, 'NOT_FOUND');
  });

  it('are not made under another name, nor where the bytes are gone', async () => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    await fetchFrom(await begun(otherName), { url });
    expect(server.requestsTo(pathOf(url))).toHaveLength(3);
    await rm(join(cacheDir, 'blobs'), { recursive: true });
    expect((await fetchFrom(await begun(), { url })).from).toBe('network');
    expect(server.requestsTo(pathOf(url))).toHaveLength(4);
  });

  it.each([
    ['no JSON', () => 'x'],
    ['nothing', () => 'null'],
    ['no list', () => JSON.stringify({ name, requests: {} })],
    ['a URL with credentials', (text: string) => text.replace('http://', 'http://user:password@')],
    ['plain HTTP to elsewhere', (text: string) => text.replace(/127\.0\.0\.1:\d+/, 'example.org')],
    ['a header that is not for a caller to set', (text: string) => text.replace('{}', '{"cookie":"a=b"}')],
    ['a header that is none', (text: string) => text.replace('{}', '{"accept":1}')],
  ])('are not made of a file that holds %s', async (_what, changed) => {
    const url = freshUrl();
    server.on(pathOf(url), fault.file(old, { etag: '"a"' }));
    await twoRuns({ url });
    const file = join(cacheDir, 'ahead.json');
    await writeFile(file, changed(await readFile(file, 'utf8')));
    expect((await fetchFrom(await begun(), { url })).from).toBe('revalidated');
    expect(server.requestsTo(pathOf(url))).toHaveLength(3);
    expect(server.requestsTo(pathOf(url))[2]!.headers).not.toHaveProperty('cookie');
  });
});
