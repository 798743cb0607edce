import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256, startLoopbackRegistry } from '../../../scripts/upstream/loopback-registry.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { TransportError, UsageError } from '../../../src/model/errors.ts';
import type { RegistrySecret } from '../../../src/model/registry-credentials.ts';
import { RegistryClient } from '../../../src/sources/registry-client.ts';
import { openLoopbackRegistry, type OpenedRegistry } from '../../support/loopback-repository.ts';
import { refusal } from '../../support/refusals.ts';

const user = { username: 'u', password: 'hunter2' } as const;
const password: RegistrySecret = { kind: 'password', ...user };
const wrong: RegistrySecret = { kind: 'password', username: 'u', password: 'hunter3' };
const manifest = Buffer.from('{"schemaVersion":2}');
const secrets = /hunter|dTpodW50/;

/** Reads a tag of `team/app`, which there is. */
async function read(
  { registry, ports }: OpenedRegistry,
  at = `http://${registry.host}`,
): Promise<Uint8Array> {
  registry.repositories.set('team/app', {
    blobs: new Set(),
    manifests: new Map([[sha256(manifest), { bytes: manifest, type: 'application/json' }]]),
    tags: new Map([['1', sha256(manifest)]]),
  });
  const client = new RegistryClient(
    { registry: at.replace(/^https?:\/\//, ''), repository: 'team/app' },
    ports,
  );
  return client.tagged(`${at}/v2/team/app/manifests/1`);
}

const requests = ({ registry }: OpenedRegistry) =>
  registry.log.map(({ method, path, status }) => `${method} ${path.replace(/\?.*/, '')} ${String(status)}`);

describe("a user's credentials", () => {
  it('are shown to a registry that wants a password, and not before', async () => {
    const opened = await openLoopbackRegistry({ auth: { scheme: 'basic', ...user } }, password);
    expect(await read(opened)).toEqual(manifest);
    expect(requests(opened)).toEqual([
      'GET /v2/team/app/manifests/1 401',
      'GET /v2/team/app/manifests/1 200',
    ]);
    expect(opened.registry.log[0]?.authorization).toBeUndefined();
  });

  it('are exchanged for a token to read this repository', async () => {
    const opened = await openLoopbackRegistry({ auth: { scheme: 'token', ...user } }, password);
    expect(await read(opened)).toEqual(manifest);
    const [, asked, got] = opened.registry.log;
    const { searchParams } = new URL(asked?.path ?? '', opened.registry.url);
    expect(searchParams.getAll('scope')).toEqual(['repository:team/app:pull']);
    expect(searchParams.get('service')).toBe(opened.registry.host);
    expect(got?.authorization).toMatch(/^Bearer /);
  });

  it('may be a token that others are given for, which is sent in a body', async () => {
    const auth = { scheme: 'token', ...user, identityToken: 'refresh-hunter' } as const;
    const opened = await openLoopbackRegistry({ auth }, { kind: 'identity-token', token: 'refresh-hunter' });
    expect(await read(opened)).toEqual(manifest);
    expect(requests(opened)[1]).toBe('POST /token 200');
    expect(opened.registry.log.map(({ path }) => path).join()).not.toMatch(secrets);
  });

  it.each(['basic', 'token'] as const)(
    'that are wrong are tried once (%s), and not shown',
    async (scheme) => {
      const opened = await openLoopbackRegistry({ auth: { scheme, ...user } }, wrong);
      const error = await refusal(read(opened), TransportError, 'HTTP_STATUS');
      expect(opened.registry.log).toHaveLength(2);
      expect(`${error.message} ${String(error.hint)} ${JSON.stringify(error)}`).not.toMatch(secrets);
    },
  );

  it.each(['basic', 'token'] as const)('that are missing are said to be (%s)', async (scheme) => {
    const opened = await openLoopbackRegistry({ auth: { scheme, ...user } });
    await refusal(read(opened), TransportError, 'HTTP_STATUS');
  });

  it('that cannot be read end the run before anything is asked', async () => {
    const failing = {
      check: () => Promise.reject(new UsageError('CREDENTIALS_INVALID', 'auth.json:1:1')),
      find: () => Promise.resolve(undefined),
    };
    const opened = await openLoopbackRegistry({}, undefined, { registryCredentials: failing });
    await refusal(read(opened), UsageError, 'CREDENTIALS_INVALID');
    expect(opened.registry.log).toEqual([]);
  });

  it('do not go round in a loop of demands', async () => {
    const opened = await openLoopbackRegistry({ auth: { scheme: 'basic', ...user } }, password);
    opened.registry.misbehave = (_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="again"' }).end();
      return true;
    };
    await refusal(read(opened), TransportError, 'HTTP_STATUS');
    expect(opened.registry.log).toHaveLength(2);
  });
});

describe('nobody else is shown them', () => {
  it.each(['basic', 'token'] as const)('where a redirect leads (%s)', async (scheme) => {
    const thief = await startLoopbackRegistry();
    onTestFinished(() => thief.close());
    const opened = await openLoopbackRegistry({ auth: { scheme, ...user } }, password);
    opened.registry.misbehave = (request, response, { path }) => {
      if (request.headers.authorization === undefined || path.startsWith('/token')) return false;
      response.writeHead(307, { location: `${thief.url}/v2/stolen`, 'content-length': 0 }).end();
      return true;
    };
    await refusal(read(opened), TransportError, 'NOT_FOUND');
    expect(thief.log.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('where the realm leads', async () => {
    const thief = await startLoopbackRegistry();
    onTestFinished(() => thief.close());
    const opened = await openLoopbackRegistry({ auth: { scheme: 'token', ...user } }, password);
    opened.registry.misbehave = (_request, response, { path }) => {
      if (!path.startsWith('/token')) return false;
      response.writeHead(307, { location: `${thief.url}/token`, 'content-length': 0 }).end();
      return true;
    };
    await refusal(read(opened), TransportError, 'HTTP_STATUS');
    expect(thief.log.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('as a realm that is a stranger, but for what the user has for him', async () => {
    const thief = await startLoopbackRegistry({ auth: { scheme: 'token', ...user } });
    onTestFinished(() => thief.close());
    const auth = { scheme: 'token', ...user, realm: `${thief.url}/token` } as const;
    const asked: string[] = [];
    const openFor = (host: (registry: string) => boolean) =>
      openLoopbackRegistry({ auth }, undefined, {
        registryCredentials: {
          check: () => Promise.resolve(),
          find: ({ registry }) => {
            asked.push(registry);
            return Promise.resolve(host(registry) ? { secret: password, from: 'auth.json' } : undefined);
          },
        },
      });
    const opened = await openFor((registry) => registry !== thief.host);
    const error = await refusal(read(opened), TransportError, 'HTTP_STATUS');
    expect(error.hint).toContain(`docker login ${thief.host}`);
    expect(thief.log.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(asked).toEqual([thief.host]);
    await refusal(read(await openFor((registry) => registry === thief.host)), TransportError, 'HTTP_STATUS');
    expect(thief.log.at(-1)?.authorization).toMatch(/^Basic /);
  });

  it('by plain HTTP elsewhere, which a registry names as its realm', async () => {
    const auth = { scheme: 'token', ...user, realm: 'http://auth.example/token' } as const;
    const opened = await openLoopbackRegistry({ auth }, password);
    await refusal(read(opened), TransportError, 'URL_REFUSED');
    expect(opened.registry.log).toHaveLength(1);
  });

  it('as a mirror that stands in for the registry or its realm, unless it is this machine', async () => {
    const auth = { scheme: 'token', ...user, realm: 'https://auth.example/token' } as const;
    const seen: (string | undefined)[] = [];
    // The proxy sees all that goes by plain HTTP to the mirrors that are elsewhere.
    const proxy = await startLoopbackRegistry({ auth: { ...auth, readsAnonymously: false } });
    onTestFinished(() => proxy.close());
    proxy.misbehave = (request) => {
      seen.push(request.headers.authorization);
      return false;
    };
    const mirrors = ['r.example', 'auth.example'].map((host) =>
      parseMirror(`https://${host}=http://192.0.2.1`),
    );
    const opened = await openLoopbackRegistry({}, password, { mirrors, proxies: { http: proxy.url } });
    await refusal(read(opened, 'https://r.example'), TransportError, 'HTTP_STATUS');
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((authorization) => authorization === undefined)).toBe(true);
  });
});
