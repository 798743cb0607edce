import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { substitute } from '../../../scripts/upstream/behaviours.ts';
import { body, redirect, startFaultServer, status, type Behaviour } from '../../support/fault-server.ts';
import { openPauseRegistry, outcomeOf, pauseRepository, type Asking } from '../../support/pause-registry.ts';

const listPath = 'registry.k8s.io/v2/pause/tags/list';
const day = 86_400_000;
const repository = () =>
  pauseRepository(
    { version: '3.9' },
    { version: '3.10.0' },
    { version: '3.10.2' },
    { version: '3.11.0-rc.1' },
    { version: '4.0.0' },
  );

async function versionOf(asking: Asking): Promise<string> {
  const { ask } = await openPauseRegistry(repository(), { pageSize: 3, wantsToken: true });
  const [resolution] = await ask(asking);
  return resolution?.status === 'resolved' ? resolution.verified.subject.version : outcomeOf(resolution);
}

describe('the version of an image', () => {
  it.each([
    ['the highest, where nothing is said', {}, '4.0.0'],
    ['in a range', { range: '~3.10' }, '3.10.2'],
    ['with pre-releases', { range: '~3.11', prereleases: true }, '3.11.0-rc.1'],
    ['that nobody has', { range: '>=5' }, 'PolicyError VERSION_UNAVAILABLE'],
    ['of an age that its signature proves', { range: '~3.10', minimumAge: 2 * day }, '3.10.2'],
    ['too young for that', { range: '~3.10', minimumAge: 3 * day }, 'PolicyError VERSION_TOO_YOUNG'],
  ])('is chosen: %s', async (_, versions, expected) => {
    expect(await versionOf({ entry: { versions } })).toBe(expected);
  });

  it('is kept where it is held', async () => {
    const entry = { versions: { hold: 'the next one has to be tried first' } };
    expect(await versionOf({ entry, previousVersion: '3.10.0' })).toBe('3.10.0');
  });

  it('stays as it is while the next one is too young', async () => {
    const watermark = { 'registry.k8s.io/pause:3.10.0': `sha256:${'0'.repeat(64)}` };
    const asking = { previousVersion: '3.10.0', watermark };
    expect(await versionOf({ ...asking, entry: { versions: { range: '~3.10', minimumAge: 3 * day } } })).toBe(
      'current',
    );
    // In use already: its age no longer counts.
    const versions = { range: '~3.10', minimumAge: 3 * day };
    expect(await versionOf({ entry: { versions }, previousVersion: '3.10.2' })).toBe('3.10.2');
  });

  it('is one for all platforms, and moves the watermark', async () => {
    const { ask } = await openPauseRegistry(repository(), { pageSize: 2 });
    const resolutions = await ask(
      ...(['amd64', 'arm64'] as const).map((arch) => ({ arch, entry: { versions: {} } })),
    );
    const found = resolutions.map((one) =>
      one.status === 'resolved' ? Object.keys(one.watermark) : outcomeOf(one),
    );
    expect(found).toEqual([['registry.k8s.io/pause:4.0.0'], ['registry.k8s.io/pause:4.0.0']]);
  });
});

describe('a list of tags that a redirect leads to, without the query', () => {
  const path = '/v2/images/pause/tags/list';
  const all = ['3.9', '3.10.0', '3.10.2', '4.0.0'];
  const first = path;

  /** Two tags a page; the link is what `link` makes of its query. */
  const pages =
    (link: (query: string) => string): Behaviour =>
    (request, response) => {
      const last = new URL(request.url ?? '/', 'http://loopback').searchParams.get('last');
      const from = last === null ? 0 : all.indexOf(last) + 1;
      const rest = from + 2 < all.length;
      const next = rest ? { link: `<${link(`n=2&last=${all[from + 1]!}`)}>; rel="next"` } : {};
      body(JSON.stringify({ name: 'images/pause', tags: all.slice(from, from + 2) }), next)(
        request,
        response,
      );
    };

  async function led(behaviours: Readonly<Record<string, Behaviour>>, at = (origin: string) => origin) {
    const target = await startFaultServer();
    onTestFinished(() => target.close());
    const mirrors = [`https://elsewhere.example=${target.origin}/mirror`];
    const { ask, server } = await openPauseRegistry(repository(), { mirrors, wantsToken: true });
    for (const [where, behaviour] of Object.entries(behaviours)) target.on(where, behaviour);
    let redirects = 0;
    server.override(listPath, (request, response) => {
      redirects++;
      redirect(`${at(target.origin)}${path}`, 307)(request, response);
    });
    const outcome = async () => {
      const [resolution] = await ask({ entry: { versions: {} } });
      return resolution?.status === 'resolved' ? resolution.verified.subject.version : outcomeOf(resolution);
    };
    return { target, server, outcome, redirects: () => redirects };
  }
  const second = `${path}?n=2&last=3.10.0`;

  it.each([
    ['its own path', (query: string) => `${path}?${query}`],
    [
      'the registry, which would lose it again',
      (query: string) => `https://registry.k8s.io/v2/pause/tags/list?${query}`,
    ],
    ['a path that is another', (query: string) => `/v2/pause/tags/list?${query}`],
  ])('goes on where it is, and without a token: by a link to %s', async (_what, link) => {
    const { target, outcome, redirects } = await led({ [first]: pages(link), [second]: pages(link) });
    expect(await outcome()).toBe('4.0.0');
    expect(redirects()).toBe(1);
    expect(target.requests.map((one) => one.path)).toEqual([first, second]);
    expect(target.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('goes on at the mirror of where it is', async () => {
    const link = (query: string) => `https://elsewhere.example${path}?${query}`;
    const { target, outcome } = await led(
      { [`/mirror${first}`]: pages(link), [`/mirror${second}`]: pages(link) },
      () => 'https://elsewhere.example',
    );
    expect(await outcome()).toBe('4.0.0');
    expect(target.requests.map((one) => one.path)).toEqual([`/mirror${first}`, `/mirror${second}`]);
  });

  it('goes on by what the target calls the next page', async () => {
    const answer = (tags: readonly string[], headers = {}) => body(JSON.stringify({ tags }), headers);
    const { outcome } = await led({
      [first]: answer(['3.9'], { link: `<${path}?next_page=gAAAAA%3D%3D>; rel="next"` }),
      [`${path}?next_page=gAAAAA%3D%3D`]: answer(['4.0.0']),
    });
    expect(await outcome()).toBe('4.0.0');
  });

  it('ends where the target loses its own query: the page is the first one again', async () => {
    const link = (query: string) => `${path}?${query}`;
    const { target, outcome } = await led({ [first]: pages(link), [second]: redirect(path) });
    expect(await outcome()).toBe('VerificationError EVIDENCE_MALFORMED');
    expect(target.requests.map((one) => one.path)).toEqual([first, second, first]);
  });

  it('asks for no token there', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="https://registry.k8s.io/token",service="x"' };
    const link = (query: string) => `${path}?${query}`;
    const { server, outcome } = await led({ [first]: pages(link), [second]: status(401, challenge) });
    expect(await outcome()).toBe('TransportError HTTP_STATUS');
    expect(server.log.map((one) => one.path)).toEqual([listPath]);
  });
});

describe('a list of tags is refused', () => {
  const page = (link: string | undefined, tags: unknown = ['3.10.2']) => {
    const bytes = Buffer.from(JSON.stringify({ name: 'pause', tags }));
    return (_request: IncomingMessage, response: ServerResponse) => {
      response
        .writeHead(200, { ...(link === undefined ? {} : { link }), 'content-length': bytes.length })
        .end(bytes);
    };
  };
  const hostile = (link: string) => page(`<${link}>; rel="next"`);

  it.each([
    ['leads to another host', hostile('https://evil.example/v2/pause/tags/list?last=3.9')],
    ['leads to another port', hostile('http://127.0.0.1:1/?last=3.9')],
    ['is no URL', hostile('https://[')],
    ['does not say after what', hostile('/v2/pause/tags/list')],
    ['says no tag', hostile(`/x?last=${encodeURIComponent('../../etcd')}`)],
    ['leads in circles', hostile('/x?last=3.9')],
    ['has a query that is too long', hostile(`/x?last=${'9'.repeat(3000)}`)],
    ['does not list tags', page(undefined, [1])],
    ['lists no text', substitute(Buffer.from('[]'))],
  ])('whose page %s', async (_, behaviour) => {
    const { ask, server } = await openPauseRegistry(repository());
    server.override(listPath, behaviour);
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe(
      'VerificationError EVIDENCE_MALFORMED',
    );
    expect(server.log.every(({ path }) => path === listPath)).toBe(true);
  });

  it('that never ends', async () => {
    const { ask, server } = await openPauseRegistry(repository());
    let count = 0;
    server.override(listPath, (request, response) =>
      page(`</x?last=t${count++}>; rel="next"`)(request, response),
    );
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe('VerificationError LIMIT_EXCEEDED');
    expect(count).toBe(50);
  });

  it('that has none of our tags', async () => {
    const { ask, server } = await openPauseRegistry(repository());
    server.override(listPath, page(undefined, null));
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe('PolicyError VERSION_UNAVAILABLE');
  });
});
