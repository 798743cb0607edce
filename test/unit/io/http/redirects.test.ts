import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMirror } from '../../../../src/io/http/mirrors.ts';
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
        parseMirror,
      ),
    });
    server.on('/api/repos/x', fault.redirect('/api/moved'));
    server.on('/api/moved', fault.redirect(`${other.origin}/token/away`));
    other.on('/token/away', fault.redirect(`${server.origin}/api/back`));
    server.on('/api/back', fault.body('x'));
    server.on('/api/release', fault.body('x'));
    await fetcher.get({ url, ...get });
    await fetcher.get({ url: 'https://github.com/release', ...get });
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
    await fetcher.get({ url, ...get });
    await fetcher.close();
    expect(tokenIn(other, 'http://mirror.test/repos/x')).toEqual([undefined]);
  });

  it.each(['https://api.github.com.test', 'https://github.com', 'https://api.github.com:8443'])(
    'is not for %s',
    async (origin) => {
      const fetcher = quickFetcher({ githubToken, mirrors: [{ origin, url: `${other.origin}/none` }] });
      other.on('/none/x', fault.body('x'));
      await fetcher.get({ url: `${origin}/x`, ...get });
      await fetcher.close();
      expect(tokenIn(other, '/none/x').at(-1)).toBeUndefined();
    },
  );

  it('stands in no error', async () => {
    const fetcher = quickFetcher({
      githubToken,
      mirrors: [parseMirror(`https://api.github.com=${server.origin}/api`)],
    });
    server.on('/api/refused', fault.status(401));
    const error = await refusal(
      fetcher.get({ url: 'https://api.github.com/refused', ...get }),
      TransportError,
      'HTTP_STATUS',
    );
    await fetcher.close();
    expect(`${error.message}${error.hint}${JSON.stringify(error.context)}`).not.toContain(githubToken);
    expect(tokenIn(server, '/api/refused')).toEqual([`Bearer ${githubToken}`]);
  });
});
