import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { memorySink } from '../../../support/memory-sink.ts';
import { impatient, quickFetcher, type QuickFetcher } from '../../../support/quick-fetcher.ts';
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
  return completeBy(fetcher, ...behaviours);
}

async function completeBy(by: QuickFetcher, ...behaviours: Behaviour[]) {
  const url = serve(...behaviours);
  const sink = memorySink();
  await by.download({ url, sizeBytes }, sink);
  expect(sink.bytes.equals(content)).toBe(true);
  return { url, sink, ranges: ranges(url) };
}

describe('resuming', () => {
  it.each([
    ['a strong ETag', { etag }, etag],
    ['Last-Modified', { 'last-modified': lastModified }, lastModified],
    ['Last-Modified, if the ETag is weak', { etag: 'W/"one"', 'last-modified': lastModified }, lastModified],
  ])('goes on where it broke, by %s', async (_how, headers, ifRange) => {
    const done = await complete(
      fault.truncated(content, 40_000, headers),
      fault.file(content, { etag, lastModified }),
    );
    expect(done.ranges).toEqual([undefined, 'bytes=40000-']);
    expect(server.requestsTo(new URL(done.url).pathname)[1]!.headers['if-range']).toBe(ifRange);
    expect(done.sink.restarts).toBe(0);
  });

  it('goes on after a stall', async () => {
    const brief = quickFetcher({ timeouts: impatient });
    const done = await completeBy(
      brief,
      fault.stalled(content, 40_000, { etag }),
      fault.file(content, { etag }),
    );
    await brief.close();
    expect(done.ranges).toEqual([undefined, 'bytes=40000-']);
  });

  it('goes on through a server that is down in between', async () => {
    const done = await complete(
      fault.truncated(content, 40_000, { etag }),
      fault.status(503),
      fault.hungUp(),
      fault.file(content, { etag }),
    );
    expect(done.ranges.at(-1)).toBe('bytes=40000-');
  });

  it.each([
    ['no validator', {}],
    ['a weak ETag alone', { etag: 'W/"one"' }],
    ['an ETag that is none', { etag: 'one' }],
  ])('starts over with %s', async (_how, headers) => {
    const done = await complete(fault.truncated(content, 40_000, headers), fault.file(content, { etag }));
    expect(done.ranges).toEqual([undefined, undefined]);
    expect(done.sink.restarts).toBe(1);
  });

  it('starts over where the file is another one now (200)', async () => {
    const done = await complete(
      fault.truncated(content, 40_000, { etag: '"old"' }),
      fault.file(content, { etag }),
    );
    expect(done.ranges).toEqual([undefined, 'bytes=40000-']);
    expect(done.sink.restarts).toBe(1);
  });

  it('starts over where the server does not resume (200)', async () => {
    const done = await complete(fault.truncated(content, 40_000, { etag }), fault.body(content));
    expect(done.sink.restarts).toBe(1);
  });

  const rest = content.subarray(40_000);
  const wrongRanges: [string, Behaviour][] = [
    ['at another offset', fault.partial(rest, `bytes 39999-${sizeBytes - 1}/${sizeBytes}`)],
    ['of another total', fault.partial(rest, `bytes 40000-${sizeBytes - 1}/${sizeBytes + 1}`)],
    ['of unknown total', fault.partial(rest, `bytes 40000-${sizeBytes - 1}/*`)],
    ['with another end', fault.partial(rest, `bytes 40000-${sizeBytes - 2}/${sizeBytes}`)],
    ['without Content-Range', fault.partial(rest, undefined)],
    ['with a Content-Range that is none', fault.partial(rest, 'bytes=40000-')],
    [
      'of another length than it says',
      fault.partial(rest.subarray(1), `bytes 40000-${sizeBytes - 1}/${sizeBytes}`),
    ],
    [
      'of another version',
      fault.partial(rest, `bytes 40000-${sizeBytes - 1}/${sizeBytes}`, { etag: '"two"' }),
    ],
    ['not satisfiable (416)', fault.status(416, { 'content-range': 'bytes */5' })],
  ];

  it.each(wrongRanges)('starts over, once, when the rest is %s', async (_how, wrong) => {
    const done = await complete(fault.truncated(content, 40_000, { etag }), wrong, fault.body(content));
    expect(done.ranges).toEqual([undefined, 'bytes=40000-', undefined]);
    expect(done.sink.restarts).toBe(1);
  });

  it.each(wrongRanges)('gives up when the rest is %s a second time', async (_how, wrong) => {
    const broken = fault.truncated(content, 40_000, { etag });
    const url = serve(broken, wrong, broken, wrong);
    const download = fetcher.download({ url, sizeBytes }, memorySink());
    const error = await refusal(download, TransportError, 'RANGE_MISMATCH');
    expect(error.retryable).toBe(false);
    expect(ranges(url)).toHaveLength(4);
  });

  it('refuses a 206 that nobody asked for', async () => {
    const url = serve(fault.partial(content, `bytes 0-${sizeBytes - 1}/${sizeBytes}`));
    await refusal(fetcher.download({ url, sizeBytes }, memorySink()), TransportError, 'HTTP_STATUS');
  });

  it('refuses one byte too many in the rest as well', async () => {
    const tooMany: Behaviour = (_request, response) =>
      response
        .writeHead(206, { 'content-range': `bytes 40000-${sizeBytes - 1}/${sizeBytes}` })
        .end(Buffer.alloc(sizeBytes));
    const url = serve(fault.truncated(content, 40_000, { etag }), tooMany);
    await refusal(fetcher.download({ url, sizeBytes }, memorySink()), VerificationError, 'SIZE_MISMATCH');
  });
});

describe('an earlier run', () => {
  const rest = content.length - 40_000;

  async function resumeAt(url: string, validator: string, askedUrl = url) {
    const sink = memorySink();
    const begun: unknown[] = [];
    const begin = (version: unknown) => Promise.resolve(void begun.push(version));
    const resumeFrom = { offsetBytes: 40_000, version: { url: askedUrl, validator } };
    await fetcher.download({ url, sizeBytes, resumeFrom }, Object.assign(sink, { begin }));
    return { sink, begun };
  }

  it('is gone on from, with its validator', async () => {
    const url = serve(fault.file(content, { etag }));
    const { sink, begun } = await resumeAt(url, etag);
    expect(sink.bytes.equals(content.subarray(40_000))).toBe(true);
    expect(sink.bytes).toHaveLength(rest);
    expect(begun).toEqual([]);
    expect(ranges(url)).toEqual(['bytes=40000-']);
  });

  it.each([
    ['the server has another version', '"two"', undefined],
    ['it was of another server', etag, 'https://elsewhere.example/tool'],
  ])('is of no use where %s', async (_how, validator, askedUrl) => {
    const url = serve(fault.file(content, { etag }));
    const { sink, begun } = await resumeAt(url, validator, askedUrl);
    expect(sink.bytes.equals(content)).toBe(true);
    expect(sink.restarts).toBe(1);
    expect(begun).toEqual([{ url, validator: etag }]);
  });

  it('cannot tell a date from the second before', async () => {
    const now = new Date().toUTCString();
    const headers = { 'last-modified': now, date: now };
    const done = await complete(fault.truncated(content, 40_000, headers), fault.body(content));
    expect(done.ranges).toEqual([undefined, undefined]);
  });
});

describe('patience', () => {
  const large = Buffer.concat(Array.from({ length: 20 }, () => content));

  /** Each answer carries on by so much, then breaks. */
  function dribble(step: number): Behaviour {
    return (request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? 'bytes=0-')?.[1]);
      const headers = { etag, 'content-length': String(large.length - from) };
      const range = `bytes ${from}-${large.length - 1}/${large.length}`;
      response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...headers, 'content-range': range } : headers);
      response.write(large.subarray(from, from + step), () =>
        setTimeout(() => response.socket?.destroy(), 5),
      );
    };
  }
  const downloadLarge = (url: string, by = fetcher, sink = memorySink()) =>
    by.download({ url, sizeBytes: large.length }, sink).then(() => sink);

  it('lasts as long as there is progress: thirty attempts where five without it are the most', async () => {
    const url = serve(dribble(66_667));
    const sink = await downloadLarge(url);
    expect(sink.bytes.equals(large)).toBe(true);
    expect(ranges(url)).toHaveLength(30);
    expect(sink.restarts).toBe(0);
  });

  it('takes less than 64 KiB for none', async () => {
    const url = serve(dribble(65_535));
    await refusal(downloadLarge(url), TransportError, 'TRUNCATED');
    expect(ranges(url)).toHaveLength(5);
  });

  it('has an absolute end', async () => {
    const brief = quickFetcher({ retry: { absoluteAttempts: 3 } });
    const url = serve(dribble(100_000));
    await refusal(downloadLarge(url, brief), TransportError, 'TRUNCATED');
    await brief.close();
    expect(ranges(url)).toHaveLength(3);
  });

  it('does not take starting over for progress', async () => {
    const url = serve(fault.truncated(content, 40_000));
    await refusal(fetcher.download({ url, sizeBytes }, memorySink()), TransportError, 'TRUNCATED');
    // The first attempt made progress; five more made none beyond it.
    expect(ranges(url)).toHaveLength(5);
  });
});
