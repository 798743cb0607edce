import { describe, expect, it, onTestFinished } from 'vitest';
import type { Behaviour } from '../../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import { patient, quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const maxBytes = 1000;

async function serve(routes: Record<string, Behaviour>): Promise<UpstreamServer> {
  const server = await startUpstreamServer({ routes: new Map(Object.entries(routes)) });
  onTestFinished(() => server.close());
  return server;
}

function fetcher(): ReturnType<typeof quickFetcher> {
  const quick = quickFetcher({ timeouts: patient });
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
    expect(text((await fetcher().get({ url: `${url}/x`, maxBytes, bearer: 'abc' })).bytes)).toBe(
      'Bearer abc',
    );
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
      const { bytes } = await fetcher().get({ url: `${here.url}/${path}`, maxBytes, bearer: 'abc' });
      expect(text(bytes)).toBe('none');
    }
  });

  it.each(['', 'a b', 'a\r\nx: y', 'a"', '=', 'ä'])('is one: not %j', async (bearer) => {
    const { url } = await serve({ x: echo });
    await expect(fetcher().get({ url: `${url}/x`, maxBytes, bearer })).rejects.toBeInstanceOf(TypeError);
  });

  it('is not in the error of a request that carried it', async () => {
    const { url } = await serve({ x: (_request, response) => response.writeHead(403).end() });
    const error = await refusal(
      fetcher().get({ url: `${url}/x`, maxBytes, bearer: 'secret-token' }),
      TransportError,
      'HTTP_STATUS',
    );
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack ?? ''}`).not.toContain('secret-token');
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
