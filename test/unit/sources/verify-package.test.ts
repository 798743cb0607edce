/** A package by the whole chain, over documents in memory: nothing but `get` is needed of a network. */
import { beforeAll, describe, expect, it } from 'vitest';
import { aptlyForms, buildAptRepository } from '../../../scripts/upstream/apt-repository.ts';
import { generateSigningKey } from '../../../scripts/upstream/signing-key.ts';
import { TransportError } from '../../../src/model/errors.ts';
import type { DocumentRequest } from '../../../src/sources/document-fetcher.ts';
import { verifyPackage, type PackageRequest } from '../../../src/sources/verify-package.ts';
import { readKeyring, type Keyring } from '../../../src/verify/openpgp/keyring.ts';
import { verifyContent } from '../../../src/verify/verify-content.ts';

const now = new Date('2026-11-20T12:00:00Z');
const repository = 'https://example.org/debian';
const root = 'example.org/debian';

let files: ReadonlyMap<string, Uint8Array>;
let keyring: Keyring;
let strangers: Keyring;

beforeAll(async () => {
  const [signingKey, other] = await Promise.all([
    generateSigningKey({ owner: 'Publisher', createdAt: new Date('2025-01-01T00:00:00Z') }),
    generateSigningKey({ owner: 'Stranger', createdAt: new Date('2025-01-01T00:00:00Z') }),
  ]);
  const suite = {
    ...{
      directory: 'trixie',
      suite: 'stable',
      codename: 'trixie',
      origin: 'Example',
      label: 'Example',
      date: now,
    },
    ...{ byHash: false, forms: aptlyForms, architectures: ['amd64'] as const, pool: 'pool' },
    components: [
      {
        name: 'main',
        packages: ['1.0-1', '2:0.9-1'].map((version) => ({
          ...{ package: 'foo', version, architecture: 'amd64' as const },
        })),
      },
    ],
  };
  const built = await buildAptRepository({ root, suites: [suite], signingKey });
  files = new Map([...built].map(([path, bytes]) => [path, Buffer.from(bytes)]));
  const ringOf = (text: string) => readKeyring([{ name: 'keys.asc', bytes: Buffer.from(text) }]);
  [keyring, strangers] = await Promise.all([
    ringOf(signingKey.publicKeyArmored),
    ringOf(other.publicKeyArmored),
  ]);
});

/** As whoever has a map of files would write it. */
function fetcherOf(changed: ReadonlyMap<string, Uint8Array> = new Map()) {
  return {
    get({ url }: DocumentRequest): Promise<{ readonly bytes: Uint8Array }> {
      const path = url.replace('https://', '');
      const bytes = changed.get(path) ?? files.get(path);
      if (bytes === undefined) return Promise.reject(new TransportError('NOT_FOUND', `${url}: not found`));
      return Promise.resolve({ bytes });
    },
  };
}

function ask(changes: Partial<PackageRequest> = {}) {
  return verifyPackage({
    ...{ repository, suite: 'trixie', components: ['main'], architecture: 'amd64', package: 'foo' },
    ...{ keyring, now, fetcher: fetcherOf(), ...changes },
  });
}

describe('verifyPackage', () => {
  it('Release, index, stanza, digest, file', async () => {
    const verified = await ask();
    const { subject, result } = verified;
    expect(subject).toMatchObject({ version: '2:0.9-1', type: 'deb' });
    expect(result).toMatchObject({
      assurance: 'signed',
      method: 'apt',
      verifiedAt: now,
      digest: subject.digest,
    });
    expect(result.documents.map(({ role }) => role)).toEqual(['inrelease', 'packages', 'packages-stanza']);
    const deb = files.get(subject.url.replace('https://', ''))!;
    await verifyContent(verified, deb);
    await expect(verifyContent(verified, deb.subarray(1))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    const evil = Buffer.from(deb);
    evil[0]! ^= 1;
    await expect(verifyContent(verified, evil)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('takes the version or the range that is asked for', async () => {
    expect((await ask({ version: '1.0-1' })).subject.version).toBe('1.0-1');
    expect((await ask({ range: '<< 2:0' })).subject.version).toBe('1.0-1');
    await expect(ask({ range: '>= 3:0' })).rejects.toMatchObject({ code: 'VERSION_UNAVAILABLE' });
  });

  it.each<[string, () => Partial<PackageRequest>, string]>([
    ['the keys of a stranger', () => ({ keyring: strangers }), 'SIGNER_UNTRUSTED'],
    ['another suite in its place', () => ({ codename: 'forky' }), 'RELEASE_MISMATCH'],
    ['an old one', () => ({ notBefore: new Date('2026-11-21T00:00:00Z') }), 'METADATA_ROLLBACK'],
    ['a package that nobody vouches for', () => ({ package: 'bar' }), 'EVIDENCE_MISSING'],
    ['an index of others', () => ({ fetcher: fetcherOf(withOtherIndex()) }), 'DIGEST_MISMATCH'],
    ['a suite without components', () => ({ components: [] }), 'USAGE'],
    ['what is not there', () => ({ suite: 'forky' }), 'NOT_FOUND'],
  ])('refuses %s', async (_, changes, code) => {
    await expect(ask(changes())).rejects.toMatchObject({ code });
  });

  it('a fetcher that sends more than it was asked for is not believed', async () => {
    const fetcher = {
      get: ({ maxBytes }: DocumentRequest) => Promise.resolve({ bytes: Buffer.alloc(maxBytes + 1) }),
    };
    await expect(ask({ fetcher })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

/** Of the sizes that were signed. */
function withOtherIndex(): ReadonlyMap<string, Uint8Array> {
  const indexes = [...files].filter(([path]) => path.includes('/Packages'));
  return new Map(
    indexes.map(([path, bytes]): [string, Uint8Array] => {
      const other = Buffer.from(bytes);
      other[other.length >> 1]! ^= 1;
      return [path, other];
    }),
  );
}
