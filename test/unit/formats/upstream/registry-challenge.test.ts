import { describe, expect, it } from 'vitest';
import { isRealmOf, parseRegistryChallenge } from '../../../../src/formats/upstream/registry-challenge.ts';
import { registrySchema, repositorySchema } from '../../../../src/formats/upstream/image-reference-schema.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

describe('a demand for a token', () => {
  it.each([
    [
      'Bearer realm="https://a.example/token",service="r.example",scope="repository:x:pull"',
      'https://a.example/token',
      'r.example',
    ],
    ['bearer service=r.example , realm = "https://a.example/t?x=1"', 'https://a.example/t?x=1', 'r.example'],
    ['Bearer realm="https://a.example/t", realm="https://evil.example/"', 'https://a.example/t', undefined],
    ['Bearer realm="https://a.example/t",service="a\\"b", Basic realm="x"', 'https://a.example/t', 'a"b'],
    ['Basic realm="x", Bearer realm="https://a.example/t",service=s', 'https://a.example/t', 's'],
    ['Negotiate, bearer realm="https://a.example/t"', 'https://a.example/t', undefined],
  ])('is read: %s', (text, realm, service) => {
    const challenge = parseRegistryChallenge(text, 'it');
    expect({ ...challenge, realm: 'realm' in challenge ? challenge.realm.href : undefined }).toEqual({
      ...{ scheme: 'bearer', realm, service },
    });
  });

  it.each([
    ['', 'HTTP_STATUS'],
    ['Negotiate', 'HTTP_STATUS'],
    ['Digest realm="https://a.example/"', 'HTTP_STATUS'],
    ['Bearer realm="http://127.0.0.1:5000/"', 'URL_REFUSED'],
    ['Bearer', 'URL_REFUSED'],
    ['Bearer realm=https://a.example', 'URL_REFUSED'],
    ['Bearer realm="http://a.example/"', 'URL_REFUSED'],
    ['Bearer realm="https://u:p@a.example/"', 'URL_REFUSED'],
    ['Bearer realm="https://a.example/#x"', 'URL_REFUSED'],
  ] as const)('is refused: %j', async (text, code) => {
    await refusal(() => parseRegistryChallenge(text, 'it'), TransportError, code);
  });

  it('may lead to this machine where the registry is here, and nowhere else by plain HTTP', async () => {
    const here = { mayBePlain: true };
    const realm = (text: string) => parseRegistryChallenge(`Bearer realm="${text}"`, 'it', here);
    expect(realm('http://127.0.0.1:5000/token')).toMatchObject({ scheme: 'bearer' });
    expect(realm('https://a.example/token')).toMatchObject({ scheme: 'bearer' });
    await refusal(() => realm('http://a.example/token'), TransportError, 'URL_REFUSED');
    await refusal(() => realm('http://127.0.0.1.a.example/'), TransportError, 'URL_REFUSED');
  });

  it('may be for a password', () => {
    expect(parseRegistryChallenge('Basic realm="x"', 'it')).toEqual({ scheme: 'basic' });
    expect(parseRegistryChallenge('basic', 'it')).toEqual({ scheme: 'basic' });
  });
});

describe('the credentials for a registry', () => {
  it.each([
    ['https://registry-1.docker.io', 'https://auth.docker.io/token'],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['https://registry.example.org', 'https://gitlab.example.org/jwt/auth'],
    ['https://ghcr.io', 'https://ghcr.io/token'],
    ['https://quay.io', 'https://auth.quay.io/v2/auth'],
    ['https://registry.example.org:5000', 'https://registry.example.org:5000/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000/token'],
  ])('for %s are for %s, too', (registry, realm) => {
    expect(isRealmOf(new URL(realm), new URL(registry))).toBe(true);
  });

  it.each([
    ['https://registry-1.docker.io', 'https://auth.example/token'],
    ['https://registry-1.docker.io', 'https://auth.docker.io.example/token'],
    ['https://registry-1.docker.io', 'https://notdocker.io/token'],
    ['https://registry-1.docker.io', 'https://auth.docker.io:8443/token'],
    ['https://quay.io', 'https://evil.io/token'],
    ['https://example.co.uk', 'https://evil.co.uk/token'],
    ['https://zot', 'https://auth.zot/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
    ['http://10.0.0.1', 'https://1.0.0.1/token'],
    ['http://[::1]:5000', 'https://evil.example/token'],
  ])('for %s are not for %s', (registry, realm) => {
    expect(isRealmOf(new URL(realm), new URL(registry))).toBe(false);
  });
});

describe('the parts of a reference', () => {
  it('are plain', () => {
    for (const good of ['registry.k8s.io', 'localhost:5000', 'docker.io', 'r.example:443']) {
      expect(registrySchema.safeParse(good).success, good).toBe(true);
    }
    for (const bad of [
      'https://r.example',
      'library',
      'R.example',
      'r.example/x',
      'r.example:0',
      '-r.example',
      '',
    ]) {
      expect(registrySchema.safeParse(bad).success, bad).toBe(false);
    }
    for (const good of ['pause', 'team/project', 'a__b', 'a-b.c']) {
      expect(repositorySchema.safeParse(good).success, good).toBe(true);
    }
    for (const bad of ['Pause', '/pause', 'pause/', 'a..b', '../etcd', 'a//b', 'pause:3', '']) {
      expect(repositorySchema.safeParse(bad).success, bad).toBe(false);
    }
  });
});
