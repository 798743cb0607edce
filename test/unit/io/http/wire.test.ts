/** What goes over the wire of a path with reserved characters: every kind of request, at origins and mirrors. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMirror } from '../../../../src/io/http/mirrors.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import type { FileVersion } from '../../../../src/model/ports.ts';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { memorySink } from '../../../support/memory-sink.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const name = '/1.35.5+k3s1/k3s@1:2,3=4&5;6';
const sent = '/1.35.5%2Bk3s1/k3s%401%3A2%2C3%3D4%265%3B6';
const body = Buffer.from('the file');
const etag = '"one"';
const get = { maxBytes: 1000 };

let server: FaultServer;
let cacheDir: string;
beforeAll(async () => {
  server = await fault.startFaultServer();
  cacheDir = await mkdtemp(join(tmpdir(), 'assay-wire-'));
  server.on(sent, fault.file(body, { etag }));
  server.on(`/mirror%2B1${sent}`, fault.file(body, { etag }));
});
afterAll(async () => {
  await server.close();
  await rm(cacheDir, { recursive: true });
});

/** Asks through a fetcher of its own, and says for which paths. */
async function askedFor(
  ask: (fetcher: ReturnType<typeof quickFetcher>) => Promise<unknown>,
  mirrors: readonly string[] = [],
): Promise<readonly string[]> {
  const fetcher = quickFetcher({ cacheDir, mirrors: mirrors.map((text) => parseMirror(text)) });
  const before = server.requests.length;
  await ask(fetcher);
  await fetcher.close();
  return server.requests.slice(before).map(({ path }) => path);
}

describe('a reserved character', () => {
  it('is sent encoded, whatever the question', async () => {
    const url = `${server.origin}${name}`;
    expect(await askedFor((fetcher) => fetcher.get({ url, ...get }))).toEqual([sent]);
    expect(await askedFor((fetcher) => fetcher.describe({ url }))).toEqual([sent]);
    const post = { url, body, contentType: 'application/json', ...get };
    expect(await askedFor((fetcher) => fetcher.post(post))).toEqual([sent]);
    const sink = memorySink();
    const download = { url, sizeBytes: body.length };
    expect(await askedFor((fetcher) => fetcher.download(download, sink))).toEqual([sent]);
    expect(sink.bytes.equals(body)).toBe(true);
  });

  it('is told of as it was asked for at the mirror, without its query', async () => {
    const told: unknown[] = [];
    const url = `${server.origin}${name}`;
    const mirrors = [parseMirror(`${server.origin}=${server.origin}/mirror+1`)];
    const fetcher = quickFetcher({ cacheDir, mirrors, onAnswer: (answer) => told.push(answer) });
    await fetcher.describe({ url });
    await fetcher.close();
    expect(told).toEqual([{ method: 'HEAD', url: `${server.origin}/mirror%2B1${sent}`, status: 200 }]);
  });

  it('is not encoded twice', async () => {
    const url = `${server.origin}${sent}`;
    expect(await askedFor((fetcher) => fetcher.get({ url, ...get }))).toEqual([sent]);
  });

  it.each([
    ['in the mirror', 'https://origin.test=MIRROR', `https://origin.test${name}`],
    ['in the mirror, encoded', 'https://origin.test=ENCODED', `https://origin.test${name}`],
    ['in the origin', 'https://origin.test/a+b=MIRROR', `https://origin.test/a+b${name}`],
    ['in the origin, encoded there', 'https://origin.test/a%2Bb=MIRROR', `https://origin.test/a+b${name}`],
    [
      'in the origin, encoded in the URL',
      'https://origin.test/a+b=MIRROR',
      `https://origin.test/a%2Bb${name}`,
    ],
  ])('finds its mirror, with one %s', async (_, mirror, url) => {
    const text = mirror
      .replace('MIRROR', `${server.origin}/mirror+1`)
      .replace('ENCODED', `${server.origin}/mirror%2B1`);
    expect(await askedFor((fetcher) => fetcher.get({ url, ...get }), [text])).toEqual([`/mirror%2B1${sent}`]);
  });

  it('stays in a redirect as the server wrote it, and is encoded at a mirror of where that leads', async () => {
    server.on('/from', fault.redirect('/to+here?sig=a+b'));
    server.on('/to+here?sig=a+b', fault.body('x'));
    expect(await askedFor((fetcher) => fetcher.get({ url: `${server.origin}/from`, ...get }))).toEqual([
      '/from',
      '/to+here?sig=a+b',
    ]);
    server.on('/away', fault.redirect(`https://origin.test${name}?sig=a+b`));
    server.on(`/mirror%2B1${sent}?sig=a+b`, fault.body('x'));
    expect(
      await askedFor(
        (fetcher) => fetcher.get({ url: `${server.origin}/away`, ...get }),
        [`https://origin.test=${server.origin}/mirror+1`],
      ),
    ).toEqual(['/away', `/mirror%2B1${sent}?sig=a+b`]);
  });

  it('leads a relative redirect of a mirror to below it, and a link of it to the origin', async () => {
    server.on('/mirror%2B1/list', fault.redirect('list/a+b'));
    server.on('/mirror%2B1/list/a+b', fault.body('x', { link: '<a+b?page=2>; rel="next"' }));
    const mirror = `https://origin.test=${server.origin}/mirror+1`;
    const asked = await askedFor(
      async (fetcher) => {
        const { next } = await fetcher.get({ url: 'https://origin.test/list', ...get });
        expect(next).toBe('https://origin.test/list/a%2Bb?page=2');
      },
      [mirror],
    );
    expect(asked).toEqual(['/mirror%2B1/list', '/mirror%2B1/list/a+b']);
  });

  it('stands in messages as it was asked for', async () => {
    const url = `${server.origin}/gone+1`;
    await askedFor(async (fetcher) => {
      const error = await refusal(fetcher.get({ url, ...get }), TransportError, 'NOT_FOUND');
      expect(error.message).toContain(`GET ${url}:`);
      expect(error.context['url']).toBe(url);
    });
  });

  it('is one file for validators, and for a download that is gone on with, however it is written', async () => {
    const ask = async (path: string) => {
      const fetcher = quickFetcher({ cacheDir });
      const run = fetcher.revalidation({ isConditional: true });
      const { from } = await run.fetcher.get({ url: `${server.origin}${path}`, ...get, revalidate: true });
      await run.keep();
      await fetcher.close();
      return from;
    };
    expect(await ask(name)).toBe('network');
    expect(await ask(sent)).toBe('revalidated');
    expect(await ask(name)).toBe('revalidated');

    let version: FileVersion | undefined;
    const sink = { ...memorySink(), begin: (begun?: FileVersion) => Promise.resolve(void (version = begun)) };
    const download = { url: `${server.origin}${name}`, sizeBytes: body.length };
    await askedFor((fetcher) => fetcher.download(download, sink));
    expect(version).toEqual({ url: `${server.origin}${sent}`, validator: etag });
    const resumeFrom = { offsetBytes: 3, version: version! };
    await askedFor((fetcher) => fetcher.download({ ...download, resumeFrom }, memorySink()));
    expect(server.requests.at(-1)!.headers.range).toBe('bytes=3-');
  });
});
