import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { Behaviour, FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher, type QuickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

let server: FaultServer;
let fetcher: QuickFetcher;
/** Method and range of every request, in order. */
let asked: string[];

beforeEach(async () => {
  server = await fault.startFaultServer();
  fetcher = quickFetcher();
  asked = [];
});

afterEach(async () => {
  await fetcher.close();
  await server.close();
});

const content = Buffer.alloc(300_000, 7);
const lastModified = 'Fri, 20 Nov 2026 12:00:00 GMT';
const typed = { 'content-type': 'application/gzip', 'last-modified': lastModified };

/** One path that HEAD and GET are answered at differently. */
function on(path: string, head: Behaviour, get: Behaviour): string {
  server.on(path, (request, response) => {
    asked.push(`${request.method ?? ''} ${request.headers.range ?? ''}`.trim());
    (request.method === 'HEAD' ? head : get)(request, response);
  });
  return `${server.origin}${path}`;
}
const sizeOf = (url: string) => fetcher.describe({ url, needsSize: true });
const firstByte = fault.partial(content.subarray(0, 1), 'bytes 0-0/300000', typed);
const noLength: Behaviour = (_request, response) => void response.writeHead(200, typed).end();
const twice = ['HEAD', 'GET bytes=0-0'];

describe('describe', () => {
  it('tells size, type and where it was found, without fetching', async () => {
    const length = { 'content-length': '12345', ...typed };
    on('/file', fault.status(200, length), fault.status(500));
    server.on('/latest', fault.redirect('/file'));
    expect(await sizeOf(`${server.origin}/latest`)).toMatchObject({
      finalUrl: `${server.origin}/file`,
      sizeBytes: 12345,
      contentType: 'application/gzip',
      lastModified: new Date('2026-11-20T12:00:00Z'),
    });
    expect(asked).toEqual(['HEAD']);
  });

  it('asks nothing more where the size is not needed', async () => {
    const url = on('/page', noLength, firstByte);
    expect(await fetcher.describe({ url })).toMatchObject({ finalUrl: url, sizeBytes: undefined });
    expect(asked).toEqual(['HEAD']);
  });

  it('believes no date that is none', async () => {
    const url = on('/file', fault.status(200, { 'last-modified': 'soon' }), fault.status(500));
    expect((await fetcher.describe({ url })).lastModified).toBeUndefined();
  });

  it.each([404, 410])('takes %i to HEAD for an answer about the file', async (code) => {
    await refusal(sizeOf(on('/file', fault.status(code), firstByte)), TransportError, 'NOT_FOUND');
    expect(asked).toEqual(['HEAD']);
  });

  it('tries again what may pass, and asks no other way meanwhile', async () => {
    const url = on('/busy', fault.status(503), firstByte);
    await refusal(sizeOf(url), TransportError, 'HTTP_STATUS');
    expect(asked).toEqual(['HEAD', 'HEAD', 'HEAD', 'HEAD', 'HEAD']);
    await refusal(sizeOf(on('/limited', fault.status(429), firstByte)), TransportError, 'RATE_LIMITED');
    expect(asked).not.toContain('GET bytes=0-0');
  });
});

describe('the first byte', () => {
  it.each([400, 401, 403, 405, 406, 500, 501])(
    'is asked for where HEAD is answered with %i',
    async (code) => {
      const url = on('/file', fault.status(code), firstByte);
      expect(await fetcher.describe({ url })).toMatchObject({
        finalUrl: url,
        sizeBytes: 300_000,
        contentType: 'application/gzip',
        lastModified: new Date(lastModified),
      });
      expect(asked).toEqual(twice);
    },
  );

  it.each([
    ['no length', noLength],
    ['no bytes', fault.status(200)],
    ['the length of a coded body', fault.status(200, { 'content-length': '99', 'content-encoding': 'gzip' })],
  ])('is asked for where HEAD tells of %s', async (_what, head) => {
    expect((await sizeOf(on('/file', head, firstByte))).sizeBytes).toBe(300_000);
    expect(asked).toEqual(twice);
  });

  it('is asked for at the start of the way, not where HEAD was led to', async () => {
    const url = on('/file', fault.redirect('/signed?for=HEAD'), fault.redirect('/signed?for=GET'));
    server.on('/signed?for=HEAD', fault.status(403));
    server.on('/signed?for=GET', firstByte);
    expect(await sizeOf(url)).toMatchObject({
      finalUrl: `${server.origin}/signed?for=GET`,
      sizeBytes: 300_000,
    });
    expect(server.requestsTo('/signed?for=GET')[0]!.headers.range).toBe('bytes=0-0');
  });

  it('is asked for at the mirror', async () => {
    const mirrored = quickFetcher({ mirrors: [{ origin: 'https://origin.test', url: server.origin }] });
    on('/file', fault.status(405), firstByte);
    expect((await mirrored.describe({ url: 'https://origin.test/file' })).sizeBytes).toBe(300_000);
    await mirrored.close();
  });

  it('will do with a whole file, of which nothing more is taken', async () => {
    const whole: Behaviour = (_request, response) => {
      response.writeHead(200, { 'content-length': String(content.byteLength) });
      response.write(content.subarray(0, 1));
    };
    expect((await sizeOf(on('/file', fault.status(405), whole))).sizeBytes).toBe(300_000);
    await expect.poll(() => server.cutConnections).toBe(1);
  });

  it('is not there in an empty file', async () => {
    const empty = fault.status(416, { 'content-range': 'bytes */0' });
    expect((await sizeOf(on('/file', fault.status(405), empty))).sizeBytes).toBe(0);
  });

  it('is asked for again where the answer is lost', async () => {
    let count = 0;
    const url = on('/file', fault.status(405), (request, response) => {
      (count++ === 0 ? fault.status(503) : firstByte)(request, response);
    });
    expect((await sizeOf(url)).sizeBytes).toBe(300_000);
    expect(asked).toEqual([...twice, ...twice]);
  });

  it.each([
    ['chunked', fault.chunked(content)],
    ['of a length that is not known', fault.partial(content.subarray(0, 1), 'bytes 0-0/*')],
    ['of another place', fault.partial(content.subarray(0, 1), 'bytes 5-5/300000')],
    ['that does not say of what', fault.partial(content.subarray(0, 1), undefined)],
    ['of no number', fault.partial(content.subarray(0, 1), 'bytes 0-0/0x10')],
  ])('tells no size in an answer %s', async (_how, get) => {
    expect((await sizeOf(on('/file', fault.status(405), get))).sizeBytes).toBeUndefined();
    expect(asked).toEqual(twice);
  });

  it.each([
    ['whole', fault.body(gzipSync(content), { 'content-encoding': 'gzip' })],
    ['in part', fault.partial(content.subarray(0, 1), 'bytes 0-0/99', { 'content-encoding': 'br' })],
  ])('tells no size in a coded answer, and says why: %s', async (_how, get) => {
    const coded = fault.status(200, { 'content-length': '99', 'content-encoding': 'gzip' });
    const error = await refusal(sizeOf(on('/file', coded, get)), TransportError, 'HTTP_STATUS');
    expect(error.message).toMatch(/^GET .* content coding "(gzip|br)", which was not asked for/);
    expect(error.retryable).toBe(false);
    expect(asked).toEqual(twice);
  });

  it.each([
    [405, 'HTTP_STATUS'],
    [404, 'NOT_FOUND'],
    [403, 'HTTP_STATUS'],
    [416, 'HTTP_STATUS'],
  ] as const)('decides where it is refused, too: %i', async (code, expected) => {
    const error = await refusal(
      sizeOf(on('/file', fault.status(405), fault.status(code))),
      TransportError,
      expected,
    );
    expect(error.message).toMatch(/^GET /);
    expect(asked).toEqual(twice);
  });
});
