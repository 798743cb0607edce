import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMirror, parseTrustedMirror } from '../../../../src/io/http/mirrors.ts';
import { TransportError, UsageError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

let server: FaultServer;
let other: FaultServer;
let secure: FaultServer;
beforeAll(async () => {
  server = await fault.startFaultServer();
  other = await fault.startFaultServer();
  secure = await fault.startFaultServer({ tls: true });
});
afterAll(() => Promise.all([server.close(), other.close(), secure.close()]));

const get = { maxBytes: 1000 };

describe('redirects', () => {
  const fetcher = quickFetcher({ ca: fault.loopbackCertificate });
  afterAll(() => fetcher.close());

  it.each([301, 302, 303, 307, 308])('follows %i, relative or not', async (code) => {
    server.on('/from', fault.redirect('/to', code));
    server.on('/to', fault.redirect(`${other.origin}/end#part`, code));
    other.on('/end', fault.body('here'));
    const { bytes, finalUrl } = await fetcher.get({ url: `${server.origin}/from`, ...get });
    expect(Buffer.from(bytes).toString()).toBe('here');
    expect(finalUrl).toBe(`${other.origin}/end`);
  });

  it('tells what answered by the name of its origin, and what has moved for good', async () => {
    const mirrored = quickFetcher({
      mirrors: [
        { origin: 'https://old.example', url: `${server.origin}/mirror` },
        { origin: 'https://new.example/files', url: other.origin },
      ],
    });
    server.on('/mirror/a', fault.redirect(`${server.origin}/mirror/b`, 308));
    server.on('/mirror/b', fault.redirect('https://new.example/files/c?d', 301));
    other.on('/c?d', fault.redirect('e', 302));
    other.on('/e', fault.redirect('/f', 301));
    other.on('/f', fault.body('here', { link: '</g>; rel="next"' }));
    expect(await mirrored.get({ url: 'https://old.example/a', ...get })).toMatchObject({
      finalUrl: `${other.origin}/f`,
      originUrl: 'https://new.example/files/f',
      movedTo: ['https://old.example/b', 'https://new.example/files/c?d'],
      next: 'https://new.example/files/g',
    });
    await mirrored.close();
  });

  it('follows five and no more, and tells the chain', async () => {
    for (let n = 0; n < 5; n++) server.on(`/five/${n}`, fault.redirect(`/five/${n + 1}`));
    server.on('/five/5', fault.body('here'), fault.redirect('/five/6'));
    await fetcher.get({ url: `${server.origin}/five/0`, ...get });
    const error = await refusal(
      fetcher.get({ url: `${server.origin}/five/0`, ...get }),
      TransportError,
      'REDIRECT_REFUSED',
    );
    expect(error.retryable).toBe(false);
    expect(error.context['chain']).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `${server.origin}/five/${n}`));
    expect(server.requestsTo('/five/6')).toHaveLength(0);
  });

  it('ends a loop', async () => {
    server.on('/loop', fault.redirect('/loop'));
    await refusal(fetcher.get({ url: `${server.origin}/loop`, ...get }), TransportError, 'REDIRECT_REFUSED');
    expect(server.requestsTo('/loop')).toHaveLength(6);
  });

  it('never goes from HTTPS to HTTP, not even on loopback', async () => {
    secure.on('/down', fault.redirect(`${server.origin}/plain`));
    server.on('/plain', fault.body('x'));
    await refusal(fetcher.get({ url: `${secure.origin}/down`, ...get }), TransportError, 'REDIRECT_REFUSED');
    expect(server.requestsTo('/plain')).toHaveLength(0);
  });

  it('goes from HTTP to HTTPS', async () => {
    server.on('/up', fault.redirect(`${secure.origin}/tls`));
    secure.on('/tls', fault.body('x'));
    expect((await fetcher.get({ url: `${server.origin}/up`, ...get })).finalUrl).toBe(`${secure.origin}/tls`);
  });

  it.each([
    'http://example.test/',
    'https://user:secret@example.test/',
    'file:///etc/passwd',
    'data:,x',
    'http://',
    'https://[bad/',
  ])('refuses to go to %s', async (location) => {
    server.on('/away', fault.redirect(location));
    const error = await refusal(
      fetcher.get({ url: `${server.origin}/away`, ...get }),
      TransportError,
      'REDIRECT_REFUSED',
    );
    expect(`${error.message}${JSON.stringify(error.context)}`).not.toContain('secret');
  });

  it('keeps signed queries of redirects out of errors', async () => {
    server.on('/signed', fault.redirect('/asset?sig=secret'));
    server.on('/asset?sig=secret', fault.status(404));
    const url = `${server.origin}/signed`;
    const error = await refusal(fetcher.get({ url, ...get }), TransportError, 'NOT_FOUND');
    expect(`${error.message}${JSON.stringify(error.context)}`).not.toContain('secret');
    expect(error.message).toContain(`${url} (at ${server.origin}/asset?…)`);
  });

  it('takes only Accept along to another origin', async () => {
    server.on('/cross', fault.redirect(`${other.origin}/crossed`));
    other.on('/crossed', fault.body('x'));
    const headers = { Accept: 'application/json', 'X-GitHub-Api-Version': '2022-11-28' };
    await fetcher.get({ url: `${server.origin}/cross`, ...get, headers });
    expect(server.requestsTo('/cross')[0]!.headers).toHaveProperty('x-github-api-version');
    expect(other.requestsTo('/crossed')[0]!.headers).not.toHaveProperty('x-github-api-version');
    expect(other.requestsTo('/crossed')[0]!.headers.accept).toBe('application/json');
  });
});

/** A proxy for plain HTTP sees requests to hosts that do not exist: what leaves for a mirror can be looked at. */
describe('mirrors', () => {
  it('asks the mirror, names both URLs, and never falls back', async () => {
    const fetcher = quickFetcher({ mirrors: [parseMirror(`https://origin.test=${server.origin}/mirror`)] });
    server.on('/mirror/there', fault.body('x'));
    const there = await fetcher.get({ url: 'https://origin.test/there', ...get });
    expect(there.finalUrl).toBe(`${server.origin}/mirror/there`);
    const error = await refusal(
      fetcher.get({ url: 'https://origin.test/gone', ...get }),
      TransportError,
      'NOT_FOUND',
    );
    expect(error.message).toContain(`https://origin.test/gone (at ${server.origin}/mirror/gone)`);
    await fetcher.close();
  });

  it('are checked and normalised, whoever made them', async () => {
    const fetcher = quickFetcher({
      mirrors: [{ origin: 'https://ORIGIN.test/', url: `${server.origin}/slash/` }],
    });
    server.on('/slash/x', fault.body('x'));
    await fetcher.get({ url: 'https://origin.test/x', ...get });
    await fetcher.close();
    const url = server.origin.replace('//', '//user:secret@');
    await refusal(() => quickFetcher({ mirrors: [{ origin: 'https://h', url }] }), UsageError, 'USAGE');
  });

  it('are asked for what a redirect names by its origin', async () => {
    const fetcher = quickFetcher({
      mirrors: ['origin.test', 'cdn.test'].map((host) =>
        parseMirror(`https://${host}=${server.origin}/at/${host}`),
      ),
    });
    server.on('/at/origin.test/a', fault.redirect('https://origin.test/b'));
    server.on('/at/origin.test/b', fault.redirect('https://cdn.test/c?sig=1'));
    server.on('/at/cdn.test/c?sig=1', fault.redirect('d'));
    server.on('/at/cdn.test/d', fault.body('x'));
    const { finalUrl } = await fetcher.get({ url: 'https://origin.test/a', ...get });
    expect(finalUrl).toBe(`${server.origin}/at/cdn.test/d`);
    await fetcher.close();
  });

  it('are asked for what an origin without a mirror sends on to theirs', async () => {
    const fetcher = quickFetcher({ mirrors: [parseMirror(`https://cdn.test=${other.origin}/cdn`)] });
    server.on('/to-cdn', fault.redirect('https://cdn.test/x'));
    other.on('/cdn/x', fault.body('x'));
    const { finalUrl } = await fetcher.get({ url: `${server.origin}/to-cdn`, ...get });
    expect(finalUrl).toBe(`${other.origin}/cdn/x`);
    await fetcher.close();
  });

  it('may name themselves in links: the next page is at the origin', async () => {
    const fetcher = quickFetcher({ mirrors: [parseMirror(`https://origin.test=${server.origin}/list`)] });
    const links = {
      own: `${server.origin}/list/x?page=2`,
      relative: 'x?page=2',
      origin: 'https://origin.test/x?page=2',
      elsewhere: `${server.origin}/other/x?page=2`,
    };
    for (const [path, link] of Object.entries(links))
      server.on(`/list/${path}`, fault.body('x', { link: `<${link}>; rel="next"` }));
    const next = async (path: string) =>
      (await fetcher.get({ url: `https://origin.test/${path}`, ...get })).next;
    for (const path of ['own', 'relative', 'origin'])
      expect(await next(path)).toBe('https://origin.test/x?page=2');
    expect(await next('elsewhere')).toBe(links.elsewhere);
    await fetcher.close();
  });

  it('make nothing the origin’s own word, though a redirect of the origin leads to them', async () => {
    const secure = await fault.startFaultServer({ tls: true });
    const ca = fault.loopbackCertificate;
    const fetcher = (parse: typeof parseMirror) =>
      quickFetcher({ ca, mirrors: [parse(`https://cdn.test=${other.origin}/word`)] });
    secure.on('/word', fault.redirect('https://cdn.test/x'));
    secure.on('/own', fault.body('x'));
    other.on('/word/x', fault.body('x'));
    for (const [parse, expected] of [
      [parseMirror, false],
      [parseTrustedMirror, true],
    ] as const) {
      const own = fetcher(parse);
      for (const path of ['/word', '/own']) await own.get({ url: `${secure.origin}${path}`, ...get });
      expect(own.isTrustedOrigin(`${secure.origin}/word`)).toBe(expected);
      expect(own.isTrustedOrigin(`${secure.origin}/own`)).toBe(true);
      await own.close();
    }
    await secure.close();
  });

  it('may be plain HTTP, and redirect within itself, but to no other plain host', async () => {
    const fetcher = quickFetcher({
      mirrors: [parseMirror('https://origin.test=http://mirror.test/a')],
      proxies: { http: other.origin },
    });
    other.on('http://mirror.test/a/1', fault.redirect('http://mirror.test/b'));
    other.on('http://mirror.test/b', fault.body('x'));
    other.on('http://mirror.test/a/2', fault.redirect('http://elsewhere.test/b'));
    other.on('http://mirror.test/a/3', fault.redirect('http://mirror.test:81/b'));
    expect((await fetcher.get({ url: 'https://origin.test/1', ...get })).finalUrl).toBe(
      'http://mirror.test/b',
    );
    for (const path of ['2', '3']) {
      const url = `https://origin.test/${path}`;
      await refusal(fetcher.get({ url, ...get }), TransportError, 'REDIRECT_REFUSED');
    }
    await fetcher.close();
  });
});

describe('the GitHub token', () => {
  const githubToken = 'token-for-tests';
  const url = 'https://api.github.com/repos/x';
  const tokenIn = (from: FaultServer, path: string) =>
    from.requestsTo(path).map(({ headers }) => headers.authorization);

  it('reaches a loopback mirror of api.github.com, and nobody that it redirects to', async () => {
    const fetcher = quickFetcher({
      githubToken,
      mirrors: [`https://api.github.com=${server.origin}/api`, `https://github.com=${server.origin}/api`].map(
        (text) => parseMirror(text),
      ),
    });
    server.on('/api/repos/x', fault.redirect('/api/moved'));
    server.on('/api/moved', fault.redirect(`${other.origin}/token/away`));
    other.on('/token/away', fault.redirect(`${server.origin}/api/back`));
    server.on('/api/back', fault.body('x'));
    server.on('/api/release', fault.body('x'));
    await fetcher.get({ url, ...get, withUserToken: true });
    await fetcher.get({ url: 'https://github.com/release', ...get, withUserToken: true });
    await fetcher.close();
    expect(tokenIn(server, '/api/repos/x')).toEqual([`Bearer ${githubToken}`]);
    expect(tokenIn(server, '/api/moved')).toEqual([`Bearer ${githubToken}`]);
    expect(tokenIn(other, '/token/away')).toEqual([undefined]);
    expect(tokenIn(server, '/api/back')).toEqual([undefined]);
    expect(tokenIn(server, '/api/release')).toEqual([undefined]);
  });

  it('never reaches any other mirror of api.github.com', async () => {
    const mirrors = [parseMirror('https://api.github.com=http://mirror.test')];
    const fetcher = quickFetcher({ githubToken, mirrors, proxies: { http: other.origin } });
    other.on('http://mirror.test/repos/x', fault.body('x'));
    await fetcher.get({ url, ...get, withUserToken: true });
    await fetcher.close();
    expect(tokenIn(other, 'http://mirror.test/repos/x')).toEqual([undefined]);
  });

  it.each(['https://api.github.com.test', 'https://github.com', 'https://api.github.com:8443'])(
    'is not for %s',
    async (origin) => {
      const fetcher = quickFetcher({ githubToken, mirrors: [{ origin, url: `${other.origin}/none` }] });
      other.on('/none/x', fault.body('x'));
      await fetcher.get({ url: `${origin}/x`, ...get, withUserToken: true });
      await fetcher.close();
      expect(tokenIn(other, '/none/x').at(-1)).toBeUndefined();
    },
  );

  it('goes along with the questions that are asked on the user’s behalf, and no others', async () => {
    const mirrors = [parseMirror(`https://api.github.com=${server.origin}/asked`)];
    const fetcher = quickFetcher({ githubToken, mirrors });
    server.on('/asked/user', fault.body('x'));
    const user = 'https://api.github.com/user';
    expect(fetcher.hasTokenFor(user)).toBe(true);
    // As a registry's realm, a link or a catalogue could name it.
    await fetcher.get({ url: user, ...get });
    await fetcher.describe({ url: user });
    await fetcher.post({ url: user, ...get, contentType: 'text/plain', body: Buffer.from('') });
    await fetcher.get({ url: user, ...get, authorization: { scheme: 'Bearer', credentials: 'other' } });
    await fetcher.close();
    expect(tokenIn(server, '/asked/user')).toEqual([undefined, undefined, undefined, 'Bearer other']);
  });

  it('stays below the mirror, though the same server has more', async () => {
    const mirrors = [parseMirror(`https://api.github.com=${server.origin}/api`)];
    const fetcher = quickFetcher({ githubToken, mirrors });
    server.on('/api/repos/out', fault.redirect('/other.example.org/x'));
    server.on('/other.example.org/x', fault.redirect('/api/repos/back'));
    server.on('/api/repos/back', fault.body('x'));
    await fetcher.get({ url: 'https://api.github.com/repos/out', ...get, withUserToken: true });
    await fetcher.close();
    expect(tokenIn(server, '/other.example.org/x')).toEqual([undefined]);
    expect(tokenIn(server, '/api/repos/back')).toEqual([undefined]);
  });

  it('goes to no loopback mirror that is asked through a proxy, which would read along', async () => {
    const mirrors = [parseMirror('https://api.github.com=http://127.0.0.1:9/api')];
    const fetcher = quickFetcher({ githubToken, mirrors, proxies: { all: other.origin } });
    other.on('http://127.0.0.1:9/api/repos/x', fault.body('x'));
    await fetcher.get({ url, ...get, withUserToken: true });
    expect(fetcher.hasTokenFor(url)).toBe(false);
    await fetcher.close();
    expect(tokenIn(other, 'http://127.0.0.1:9/api/repos/x')).toEqual([undefined]);
  });

  it('stands in no error', async () => {
    const fetcher = quickFetcher({
      githubToken,
      mirrors: [parseMirror(`https://api.github.com=${server.origin}/api`)],
    });
    server.on('/api/refused', fault.status(401));
    const error = await refusal(
      fetcher.get({ url: 'https://api.github.com/refused', ...get, withUserToken: true }),
      TransportError,
      'HTTP_STATUS',
    );
    await fetcher.close();
    expect(`${error.message}${error.hint}${JSON.stringify(error.context)}`).not.toContain(githubToken);
    expect(tokenIn(server, '/api/refused')).toEqual([`Bearer ${githubToken}`]);
  });
});
