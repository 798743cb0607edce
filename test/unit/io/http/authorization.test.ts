import { describe, expect, it, onTestFinished } from 'vitest';
import type { Behaviour } from '../../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { parseMirror } from '../../../../src/io/http/mirrors.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const maxBytes = 1000;
const bearer = (credentials: string) => ({ scheme: 'Bearer', credentials }) as const;
const secret = (credentials: string) => ({ scheme: 'Basic', credentials, isSecret: true }) as const;

async function serve(routes: Record<string, Behaviour>): Promise<UpstreamServer> {
  const server = await startUpstreamServer({ routes: new Map(Object.entries(routes)) });
  onTestFinished(() => server.close());
  return server;
}

function fetcher(): ReturnType<typeof quickFetcher> {
  const quick = quickFetcher();
  onTestFinished(() => quick.close());
  return quick;
}

const echo: Behaviour = (request, response) => {
  response.writeHead(200).end(request.headers.authorization ?? 'none');
};
const to =
  (location: () => string): Behaviour =>
  (_request, response) => {
    response.writeHead(307, { location: location(), 'content-length': 0 }).end();
  };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe("a caller's token", () => {
  it('goes to the origin that was asked, through its own redirects', async () => {
    const { url } = await serve({ x: to(() => '/y'), y: echo });
    expect(
      text((await fetcher().get({ url: `${url}/x`, maxBytes, authorization: bearer('abc') })).bytes),
    ).toBe('Bearer abc');
    expect(text((await fetcher().get({ url: `${url}/x`, maxBytes })).bytes)).toBe('none');
  });

  it('goes to no other, and is not sent again where that leads back', async () => {
    const there = await serve({ y: echo, z: to(() => `${here.url}/y`) });
    const here: UpstreamServer = await serve({
      x: to(() => `${there.url}/y`),
      w: to(() => `${there.url}/z`),
      y: echo,
    });
    for (const path of ['x', 'w']) {
      const { bytes } = await fetcher().get({
        url: `${here.url}/${path}`,
        maxBytes,
        authorization: bearer('abc'),
      });
      expect(text(bytes)).toBe('none');
    }
  });

  it.each(['', 'a b', 'a\r\nx: y', 'a"', '=', 'ä'])('is one: not %j', async (credentials) => {
    const { url } = await serve({ x: echo });
    await expect(
      fetcher().get({ url: `${url}/x`, maxBytes, authorization: bearer(credentials) }),
    ).rejects.toBeInstanceOf(TypeError);
  });

  it('is not in the error of a request that carried it', async () => {
    const { url } = await serve({ x: (_request, response) => response.writeHead(403).end() });
    const error = await refusal(
      fetcher().get({ url: `${url}/x`, maxBytes, authorization: bearer('secret-token') }),
      TransportError,
      'HTTP_STATUS',
    );
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ''}`).not.toContain('secret-token');
  });
});

describe("a user's secret", () => {
  const at = async (asked: string, options: Parameters<typeof quickFetcher>[0] = {}) => {
    const quick = quickFetcher(options);
    onTestFinished(() => quick.close());
    const { bytes } = await quick.get({ url: asked, maxBytes, authorization: secret('abc') });
    return [text(bytes), quick.isPrivate(asked)];
  };

  it('goes to the origin, and to what stands in for it on this machine', async () => {
    const { url } = await serve({ x: echo });
    expect(await at(`${url}/x`)).toEqual(['Basic abc', true]);
    const mirrors = [parseMirror(`https://r.example=${url}`)];
    expect(await at('https://r.example/x', { mirrors })).toEqual(['Basic abc', true]);
  });

  it('goes to no other mirror, and through nothing that reads along', async () => {
    const { url } = await serve({ x: echo, 'r.example/x': echo });
    // What is no loopback address: plain HTTP to it goes through the proxy.
    const mirrors = [parseMirror('https://r.example=http://192.0.2.1')];
    const proxies = { http: url };
    const quick = quickFetcher({ mirrors, proxies });
    onTestFinished(() => quick.close());
    expect(quick.isPrivate('https://r.example/x')).toBe(false);
    expect(quick.isPrivate('https://other.example/x')).toBe(true);
    const direct = quickFetcher({ proxies });
    onTestFinished(() => direct.close());
    expect(direct.isPrivate(`${url}/x`)).toBe(false);
  });
});

describe('a challenge', () => {
  const demand: Behaviour = (_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://auth.example/"' }).end();
  };

  it('is that of the origin that was asked', async () => {
    const there = await serve({ x: demand });
    const here = await serve({
      x: demand,
      y: to(() => `${there.url}/x`),
      z: (_q, response) => response.writeHead(401).end(),
    });
    const ask = async (path: string) =>
      (await refusal(fetcher().get({ url: `${here.url}/${path}`, maxBytes }), TransportError, 'HTTP_STATUS'))
        .challenge;
    expect(await ask('x')).toBe('Bearer realm="https://auth.example/"');
    expect(await ask('y')).toBeUndefined();
    expect(await ask('z')).toBeUndefined();
  });
});
