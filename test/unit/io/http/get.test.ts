import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher, startMs } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const text = Buffer.from('Origin: Debian\n'.repeat(100));
const get = { maxBytes: 10_000 };

let server: FaultServer;
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => server.close());

/** Puts behaviours under a fresh path and returns its URL. */
let paths = 0;
function serve(...behaviours: Behaviour[]): string {
  const path = `/${paths++}`;
  server.on(path, ...behaviours);
  return `${server.origin}${path}`;
}
const seen = (url: string) => server.requestsTo(new URL(url).pathname);

describe('get', () => {
  const fetcher = quickFetcher({ userAgent: 'assay/test' });
  afterAll(() => fetcher.close());

  it('returns the bytes and where they came from', async () => {
    const url = serve(fault.body(text));
    const { bytes, finalUrl, from } = await fetcher.get({ url, ...get });
    expect(Buffer.compare(bytes, text)).toBe(0);
    expect({ finalUrl, from }).toEqual({ finalUrl: url, from: 'network' });
  });

  it('asks for no coding, says who it is, keeps no cookies, hands on what the caller wants', async () => {
    const url = serve(fault.body('x', { 'set-cookie': 'a=b' }));
    await fetcher.get({ url, ...get });
    await fetcher.get({ url, ...get, headers: { accept: 'text/plain' } });
    const { headers } = seen(url)[1]!;
    expect(headers).toMatchObject({
      'accept-encoding': 'identity',
      'user-agent': 'assay/test',
      accept: 'text/plain',
    });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('authorization');
  });

  it.each(['Authorization', 'cookie', 'Range', 'If-None-Match', 'Accept-Encoding', 'Host'])(
    'leaves no caller to set %s',
    async (name) => {
      await expect(fetcher.get({ url: serve(), ...get, headers: { [name]: 'x' } })).rejects.toBeInstanceOf(
        TypeError,
      );
    },
  );

  it('refuses plain HTTP to other machines, and credentials, before connecting', async () => {
    await refusal(fetcher.get({ url: 'http://example.test/', ...get }), TransportError, 'URL_REFUSED');
    await refusal(
      fetcher.get({ url: server.origin.replace('//', '//u:p@'), ...get }),
      TransportError,
      'URL_REFUSED',
    );
  });
});

describe('codings', () => {
  const fetcher = quickFetcher();
  afterAll(() => fetcher.close());
  const decoded = { ...get, coding: 'decoded' } as const;

  it.each([
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
  ])('raw undoes %s, though it asked for none', async (coding, wire) => {
    const url = serve(fault.body(wire, { 'content-encoding': coding }));
    expect(Buffer.compare((await fetcher.get({ url, ...get })).bytes, text)).toBe(0);
    expect(seen(url)[0]!.headers['accept-encoding']).toBe('identity');
  });

  it('takes a .gz file for what it is, where the server calls the file itself coded', async () => {
    const zipped = gzipSync(text);
    for (const name of ['/Packages.gz', '/source.tgz']) {
      const url = `${server.origin}${name}`;
      server.on(name, fault.body(zipped, { 'content-encoding': 'x-gzip' }));
      expect(Buffer.compare((await fetcher.get({ url, ...get })).bytes, zipped)).toBe(0);
      server.on(name, fault.body(gzipSync(zipped), { 'content-encoding': 'gzip' }));
      expect(Buffer.compare((await fetcher.get({ url, ...get })).bytes, zipped)).toBe(0);
      server.on(name, fault.body('not gzip', { 'content-encoding': 'gzip' }));
      expect(Buffer.from((await fetcher.get({ url, ...get })).bytes).toString()).toBe('not gzip');
    }
  });

  it('has room for what grows by its coding, and for no more of what it holds', async () => {
    const digits = Buffer.from('0123456789abcdef');
    const url = serve(fault.chunked(gzipSync(digits), { 'content-encoding': 'gzip' }));
    expect(gzipSync(digits).byteLength).toBeGreaterThan(16);
    expect((await fetcher.get({ url, maxBytes: 16 })).bytes).toHaveLength(16);
    await refusal(fetcher.get({ url, maxBytes: 15 }), TransportError, 'TOO_LARGE');
    const poured = serve(fault.endless({ 'content-encoding': 'gzip' }));
    await refusal(fetcher.get({ url: poured, ...get }), TransportError, 'TOO_LARGE');
  });

  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', text],
  ])('decoded undoes %s', async (coding, wire) => {
    const url = serve(fault.body(wire, { 'content-encoding': coding }));
    expect(Buffer.compare((await fetcher.get({ url, ...decoded })).bytes, text)).toBe(0);
    expect(seen(url)[0]!.headers['accept-encoding']).toBe('gzip');
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(5_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(5_000_000))],
    ['deflate', deflateSync(Buffer.alloc(5_000_000))],
  ])('refuses a bomb in %s', async (coding, wire) => {
    expect(wire.byteLength).toBeLessThan(10_000);
    const url = serve(fault.body(wire, { 'content-encoding': coding }));
    await refusal(fetcher.get({ url, ...decoded }), TransportError, 'TOO_LARGE');
    expect(seen(url)).toHaveLength(1);
  });

  it.each(['zstd', 'gzip, gzip', '../gzip'])('refuses the coding %j', async (coding) => {
    const url = serve(fault.body(text, { 'content-encoding': coding }));
    for (const request of [get, decoded]) {
      const error = await refusal(fetcher.get({ url, ...request }), TransportError, 'HTTP_STATUS');
      expect(error.message).toContain(`the content coding ${JSON.stringify(coding)}`);
      expect(error.retryable).toBe(false);
    }
  });

  it('refuses what does not decode, cut short or damaged', async () => {
    const whole = gzipSync(text);
    for (const bytes of [whole.subarray(0, -9), Buffer.from('not gzip')]) {
      const url = serve(fault.body(bytes, { 'content-encoding': 'gzip' }));
      await refusal(fetcher.get({ url, ...decoded }), TransportError, 'TRUNCATED');
      await refusal(fetcher.get({ url, ...get }), TransportError, 'TRUNCATED');
    }
  });
});

describe('byte caps', () => {
  const fetcher = quickFetcher();
  afterAll(() => fetcher.close());

  it('accepts exactly the cap', async () => {
    for (const behaviour of [fault.body(Buffer.alloc(10)), fault.chunked(Buffer.alloc(10))]) {
      expect((await fetcher.get({ url: serve(behaviour), maxBytes: 10 })).bytes).toHaveLength(10);
    }
  });

  it.each([
    ['by its Content-Length, unread', fault.stalled(Buffer.alloc(11), 0)],
    ['chunked', fault.chunked(Buffer.alloc(11))],
    ['without length', fault.withoutLength(Buffer.alloc(11))],
  ])('refuses one byte more: %s', async (_how, behaviour) => {
    const url = serve(behaviour);
    const error = await refusal(fetcher.get({ url, maxBytes: 10 }), TransportError, 'TOO_LARGE');
    expect(error.retryable).toBe(false);
    expect(seen(url)).toHaveLength(1);
  });

  it('cuts the connection to a server that pours without end', async () => {
    const before = server.cutConnections;
    await refusal(fetcher.get({ url: serve(fault.endless()), ...get }), TransportError, 'TOO_LARGE');
    await expect.poll(() => server.cutConnections).toBe(before + 1);
  });
});

describe('statuses', () => {
  const fetcher = quickFetcher();
  afterAll(() => fetcher.close());

  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after %i', async (code) => {
    const url = serve(fault.status(code), fault.body(text));
    expect((await fetcher.get({ url, ...get })).bytes).toHaveLength(text.length);
    expect(seen(url)).toHaveLength(2);
  });

  it.each([
    [404, 'NOT_FOUND'],
    [410, 'NOT_FOUND'],
    [400, 'HTTP_STATUS'],
    [401, 'HTTP_STATUS'],
    [403, 'HTTP_STATUS'],
    [451, 'HTTP_STATUS'],
    [204, 'HTTP_STATUS'],
    [206, 'HTTP_STATUS'],
    [300, 'HTTP_STATUS'],
    [302, 'HTTP_STATUS'],
    [304, 'HTTP_STATUS'],
  ] as const)('%i is %s, and final', async (code, expected) => {
    const url = serve(fault.status(code));
    const error = await refusal(fetcher.get({ url, ...get }), TransportError, expected);
    expect(error.retryable).toBe(false);
    expect(error.context).toMatchObject({ url, status: code });
    expect(seen(url)).toHaveLength(1);
  });

  it('gives up on a server that stays down', async () => {
    const url = serve(fault.status(503));
    const error = await refusal(fetcher.get({ url, ...get }), TransportError, 'HTTP_STATUS');
    expect(error.context).toMatchObject({ status: 503, attempts: 5 });
    expect(seen(url)).toHaveLength(5);
  });

  it('waits for Retry-After, in seconds and as a date', async () => {
    const date = new Date(startMs + 40_000).toUTCString();
    const waiting = quickFetcher();
    const url = serve(
      fault.status(503, { 'retry-after': '7' }),
      fault.status(429, { 'retry-after': date }),
      fault.body(text),
    );
    await waiting.get({ url, ...get });
    await waiting.close();
    expect(waiting.retries.map(({ delayMs }) => delayMs)).toEqual([7_000, 33_000]);
  });

  it('fails at once where Retry-After is longer than its time, naming the time', async () => {
    const url = serve(fault.status(429, { 'retry-after': '86400' }));
    const error = await refusal(fetcher.get({ url, ...get }), TransportError, 'RATE_LIMITED');
    expect(error.message).toMatch(/until 2026-01-0/);
    expect(seen(url)).toHaveLength(1);
  });

  it('does not wait for a 403, which is not retried, whatever it says', async () => {
    const url = serve(fault.status(403, { 'retry-after': '1' }));
    const error = await refusal(fetcher.get({ url, ...get }), TransportError, 'RATE_LIMITED');
    expect(error.retryable).toBe(false);
    expect(seen(url)).toHaveLength(1);
  });

  it('says when GitHub’s rate limit ends, and what helps', async () => {
    const reset = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(startMs / 1000 + 1800) };
    server.on('/api/limited', fault.status(403, reset));
    const mirrored = quickFetcher({
      mirrors: [{ origin: 'https://api.github.com', url: `${server.origin}/api` }],
    });
    const error = await refusal(
      mirrored.get({ url: 'https://api.github.com/limited', ...get }),
      TransportError,
      'RATE_LIMITED',
    );
    await mirrored.close();
    expect(error.context['resetAt']).toBe('2026-01-02T03:34:05.000Z');
    expect(error.hint).toContain('GITHUB_TOKEN');
    expect(server.requestsTo('/api/limited')).toHaveLength(1);
  });
});
