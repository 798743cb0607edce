import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { memorySink } from '../../../support/memory-sink.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

/** 100 000 bytes of which no two stretches are alike: a wrong offset shows. */
const content = Buffer.from(Array.from({ length: 25_000 }, (_, n) => [n & 255, n >> 8, 7, n % 251]).flat());
const sizeBytes = content.byteLength;
const etag = '"one"';
const lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT';

let server: FaultServer;
const fetcher = quickFetcher();
beforeAll(async () => void (server = await fault.startFaultServer()));
afterAll(() => Promise.all([server.close(), fetcher.close()]));

let paths = 0;
function serve(...behaviours: Behaviour[]): string {
  const path = `/${paths++}`;
  server.on(path, ...behaviours);
  return `${server.origin}${path}`;
}
const ranges = (url: string) => server.requestsTo(new URL(url).pathname).map(({ headers }) => headers.range);

/** Downloads all of `content`, and says how. */
async function complete(...behaviours: Behaviour[]) {
  const url = serve(...behaviours);
  const sink = memorySink();
  await fetcher.download({ url, sizeBytes }, sink);
  expect(sink.bytes.equals(content)).toBe(true);
  return { url, sink, ranges: ranges(url) };
}

describe('a download', () => {
  it('streams what the server has, unencoded', async () => {
    let arrived = 0;
    const url = serve(fault.file(content));
    const sink = memorySink();
    await fetcher.download({ url, sizeBytes, onBytes: (count) => (arrived += count) }, sink);
    expect(sink.bytes.equals(content)).toBe(true);
    expect(arrived).toBe(sizeBytes);
    expect(server.requestsTo(new URL(url).pathname)[0]!.headers['accept-encoding']).toBe('identity');
  });

  it.each([
    ['chunked', fault.chunked(content)],
    ['to the end of the connection', fault.withoutLength(content)],
  ])('does without a Content-Length: %s', async (_how, behaviour) => {
    await complete(behaviour);
  });

  it('is complete with its last byte, though the connection breaks right after', async () => {
    const done = await complete((_request, response) => {
      response.writeHead(200);
      response.write(content, () => setTimeout(() => response.socket?.destroy(), 20));
    });
    expect(done.ranges).toHaveLength(1);
  });

  it('of nothing is a file of no bytes', async () => {
    await fetcher.download({ url: serve(fault.body('')), sizeBytes: 0 }, memorySink());
    await refusal(
      fetcher.download({ url: serve(fault.hungUp()), sizeBytes: 0 }, memorySink()),
      TransportError,
      'UNREACHABLE',
    );
  });
});

describe('the size', () => {
  it.each([
    ['longer', fault.stalled(Buffer.alloc(sizeBytes + 1), 0)],
    ['shorter', fault.stalled(Buffer.alloc(sizeBytes - 1), 0)],
  ])('is refused by a %s Content-Length, before any byte is taken', async (_how, behaviour) => {
    const url = serve(behaviour);
    const sink = memorySink();
    await refusal(fetcher.download({ url, sizeBytes }, sink), VerificationError, 'SIZE_MISMATCH');
    expect(sink.bytes).toHaveLength(0);
    expect(ranges(url)).toHaveLength(1);
  });

  it.each([
    ['chunked', fault.chunked(Buffer.concat([content, content]))],
    ['without length', fault.withoutLength(Buffer.concat([content, content]))],
    ['without end', fault.endless()],
  ])('is refused at the first byte too many: %s', async (_how, behaviour) => {
    const sink = memorySink();
    await refusal(
      fetcher.download({ url: serve(behaviour), sizeBytes }, sink),
      VerificationError,
      'SIZE_MISMATCH',
    );
    expect(sink.bytes.byteLength).toBeLessThanOrEqual(sizeBytes);
  });

  it.each([
    ['chunked', fault.chunked(content.subarray(1))],
    ['without length', fault.withoutLength(content.subarray(1))],
  ])('is refused where a body ends early, and ends well: %s', async (_how, behaviour) => {
    const url = serve(behaviour);
    await refusal(fetcher.download({ url, sizeBytes }, memorySink()), VerificationError, 'SIZE_MISMATCH');
    expect(ranges(url)).toHaveLength(1);
  });
});

describe('a coded body, though none was asked for', () => {
  const zipped = gzipSync(content);
  const coded = { 'content-encoding': 'gzip' };

  it.each([
    ['by its Content-Length', fault.body(zipped, coded)],
    ['chunked, shorter than the file', fault.chunked(zipped, coded)],
    ['chunked, longer than the file', fault.chunked(Buffer.concat([content, content]), coded)],
    ['exactly as long, and more', fault.chunked(Buffer.concat([content, zipped]), coded)],
    ['without end', fault.endless(coded)],
    ['by another coding', fault.body(zipped, { 'content-encoding': 'zstd' })],
  ])('is a fault of the transport, and says so: %s', async (_how, behaviour) => {
    const url = serve(behaviour);
    const error = await refusal(
      fetcher.download({ url, sizeBytes }, memorySink()),
      TransportError,
      'HTTP_STATUS',
    );
    expect(error.message).toMatch(/content coding "(gzip|zstd)", which was not asked for/);
    expect(error.hint).toContain('compression');
    expect(ranges(url)).toHaveLength(1);
  });

  it('is the file where it has its size: a label of the file itself', async () => {
    await complete(fault.body(content, { 'content-encoding': 'x-gzip' }));
  });

  it('is never gone on from', async () => {
    const cutShort = fault.truncated(zipped, 1000, { ...coded, 'last-modified': lastModified });
    const unlucky = { ...coded, 'content-length': String(sizeBytes), etag };
    const halfOfIt: Behaviour = (_request, response) => {
      response.writeHead(200, unlucky);
      response.write(zipped.subarray(0, 500), () => setTimeout(() => response.socket?.destroy(), 5));
    };
    const { ranges: asked } = await complete(halfOfIt, fault.file(content, { etag }));
    expect(asked).toEqual([undefined, undefined]);
    await refusal(
      fetcher.download({ url: serve(cutShort), sizeBytes }, memorySink()),
      TransportError,
      'HTTP_STATUS',
    );
  });
});

describe('what the sink throws', () => {
  const thrown = [new Error('disk full'), new TransportError('UNREACHABLE', 'sink', { retryable: true })];

  it.each(thrown)('is passed on unchanged from write, and never retried', async (error) => {
    const url = serve(fault.file(content, { etag }));
    const sink = { ...memorySink(), write: () => Promise.reject(error) };
    await expect(fetcher.download({ url, sizeBytes }, sink)).rejects.toBe(error);
    expect(ranges(url)).toHaveLength(1);
  });

  it.each(thrown)('is passed on unchanged from restart', async (error) => {
    const url = serve(fault.truncated(content, 40_000), fault.file(content));
    const sink = { ...memorySink(), restart: () => Promise.reject(error) };
    await expect(fetcher.download({ url, sizeBytes }, sink)).rejects.toBe(error);
  });

  it('cuts the connection', async () => {
    const before = server.cutConnections;
    const sink = { ...memorySink(), write: () => Promise.reject(new Error('disk full')) };
    await expect(fetcher.download({ url: serve(fault.endless()), sizeBytes: 1e9 }, sink)).rejects.toThrow();
    await expect.poll(() => server.cutConnections).toBe(before + 1);
  });
});
