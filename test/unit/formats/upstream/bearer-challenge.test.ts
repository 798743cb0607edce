import { describe, expect, it } from 'vitest';
import { parseBearerChallenge } from '../../../../src/formats/upstream/bearer-challenge.ts';
import { registrySchema, repositorySchema } from '../../../../src/formats/upstream/image-reference.ts';
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
  ])('is read: %s', (text, realm, service) => {
    const challenge = parseBearerChallenge(text, 'it');
    expect([challenge.realm.href, challenge.service]).toEqual([realm, service]);
  });

  it.each([
    ['Basic realm="x"', 'HTTP_STATUS'],
    ['', 'HTTP_STATUS'],
    ['Bearer', 'URL_REFUSED'],
    ['Bearer realm=https://a.example', 'URL_REFUSED'],
    ['Bearer realm="http://a.example/"', 'URL_REFUSED'],
    ['Bearer realm="https://u:p@a.example/"', 'URL_REFUSED'],
    ['Bearer realm="https://a.example/#x"', 'URL_REFUSED'],
  ] as const)('is refused: %j', async (text, code) => {
    await refusal(() => parseBearerChallenge(text, 'it'), TransportError, code);
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
