import { describe, expect, it, onTestFinished } from 'vitest';
import type { Behaviour } from '../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer } from '../../../scripts/upstream/server.ts';
import { substitute } from '../../../scripts/upstream/behaviours.ts';
import { openPauseRegistry, outcomeOf, pauseRepository } from '../../support/pause-registry.ts';

const tagPath = 'registry.k8s.io/v2/pause/manifests/3.10.2';
const tokenPath = 'registry.k8s.io/token';

/** A server of its own, that notes what each request carried. */
async function listen(
  behaviour: Behaviour,
): Promise<{ url: string; authorizations: (string | undefined)[] }> {
  const authorizations: (string | undefined)[] = [];
  const noting: Behaviour = (request, response, place) => {
    authorizations.push(request.headers.authorization);
    behaviour(request, response, place);
  };
  const paths = ['stolen', 'token', 'auth.example/token'];
  const server = await startUpstreamServer({ routes: new Map(paths.map((path) => [path, noting])) });
  onTestFinished(() => server.close());
  return { url: server.url, authorizations };
}

describe('a registry that wants a token', () => {
  it('is asked for one, once, for reading this repository', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository(), { wantsToken: true });
    const resolutions = await ask({ arch: 'amd64' }, { arch: 'arm64' });
    expect(resolutions.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(server.log.filter(({ path }) => path === tokenPath)).toMatchObject([{ status: 200 }]);
    expect(server.log.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it('may have its realm on another host, which is asked through its own mirror, and not with a token', async () => {
    const realm = await listen(substitute(Buffer.from('{"token":"of-another"}')));
    const mirrors = [`https://auth.example=${realm.url}/auth.example`];
    const { ask } = await openPauseRegistry(pauseRepository(), {
      wantsToken: true,
      realm: 'https://auth.example/token',
      mirrors,
    });
    // It gives out what this registry does not take.
    expect(outcomeOf((await ask())[0])).toBe('TransportError HTTP_STATUS');
    expect(realm.authorizations).toEqual([undefined]);
  });

  it.each([
    ['plain HTTP elsewhere', 'http://auth.example/token'],
    ['plain HTTP on loopback', 'http://127.0.0.1:1/token'],
    ['with credentials', 'https://user:secret@auth.example/token'],
    ['no URL', 'token'],
    ['a file', 'file:///etc/passwd'],
  ])('is refused where its realm is %s', async (_, realm) => {
    const { ask, server } = await openPauseRegistry(pauseRepository(), { wantsToken: true, realm });
    const [resolution] = await ask();
    expect(outcomeOf(resolution)).toBe('TransportError URL_REFUSED');
    expect(JSON.stringify(resolution)).not.toContain('secret');
    expect(server.log).toHaveLength(1);
  });

  it('is asked twice and no more where no token is good enough', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository(), { wantsToken: true });
    server.override(tokenPath, substitute(Buffer.from('{"token":"of-another"}')));
    expect(outcomeOf((await ask())[0])).toBe('TransportError HTTP_STATUS');
    expect(server.log.map(({ path, status }) => [path, status])).toEqual([
      [tagPath, 401],
      [tokenPath, 200],
      [tagPath, 401],
    ]);
  });

  it.each([
    ['no token', '{}'],
    ['one that would end the header', '{"token":"abc\\r\\nx-evil: yes"}'],
    ['no JSON', 'token'],
    ['an empty one', '{"token":""}'],
    ['a number', '{"token":12345678}'],
  ])('is refused where its realm answers with %s', async (_, answer) => {
    const { ask, server } = await openPauseRegistry(pauseRepository(), { wantsToken: true });
    server.override(tokenPath, substitute(Buffer.from(answer)));
    const [resolution] = await ask();
    expect(outcomeOf(resolution)).toBe('VerificationError EVIDENCE_MALFORMED');
    expect(JSON.stringify(resolution)).not.toMatch(/evil|12345678/);
  });

  it('is refused where it wants a password', async () => {
    const { ask, server } = await openPauseRegistry(pauseRepository());
    server.override(tagPath, (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
    });
    expect(outcomeOf((await ask())[0])).toBe('TransportError HTTP_STATUS');
  });

  it('does not show its token to where it redirects, nor when that leads back', async () => {
    const repository = pauseRepository();
    const back: { url?: string } = {};
    const thief = await listen((_request, response) => {
      response.writeHead(302, { location: `${back.url ?? ''}/${tokenPath}-free`, 'content-length': 0 }).end();
    });
    const { ask, server } = await openPauseRegistry(repository, { wantsToken: true });
    back.url = server.url;
    const seen: (string | undefined)[] = [];
    server.override(`${tokenPath}-free`, (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200).end('{}');
    });
    server.override(tagPath, (request, response) => {
      const { authorization } = request.headers;
      if (authorization === undefined) {
        const challenge = 'Bearer realm="https://registry.k8s.io/token",service="registry.k8s.io"';
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      } else {
        seen.push('here');
        response.writeHead(307, { location: `${thief.url}/stolen`, 'content-length': 0 }).end();
      }
    });
    await ask();
    expect(thief.authorizations).toEqual([undefined]);
    expect(seen).toEqual(['here', undefined]);
  });

  it('is not asked for one on behalf of where it redirects', async () => {
    const challenge = 'Bearer realm="https://registry.k8s.io/token",service="registry.k8s.io"';
    const other = await listen((_request, response) => {
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
    const { ask, server } = await openPauseRegistry(pauseRepository());
    server.override(tagPath, (_request, response) => {
      response.writeHead(307, { location: `${other.url}/stolen`, 'content-length': 0 }).end();
    });
    expect(outcomeOf((await ask())[0])).toBe('TransportError HTTP_STATUS');
    expect(server.log.map(({ path }) => path)).toEqual([tagPath]);
  });
});
