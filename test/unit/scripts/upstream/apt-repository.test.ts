import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  aptlyForms,
  buildAptRepository,
  debianForms,
  debianUpdatesForms,
  type SuiteSpec,
} from '../../../../scripts/upstream/apt-repository.ts';
import type { PackageSpec } from '../../../../scripts/upstream/deb-package.ts';
import { generateSigningKey, type SigningKey } from '../../../../scripts/upstream/signing-key.ts';
import { parseRelease } from '../../../../src/formats/upstream/release.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { verifySuiteRelease } from '../../../../src/verify/apt/release.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const dists = 'deb.example.org/debian/dists/trixie';

const packages: readonly PackageSpec[] = [
  { package: 'one', version: '2:1.0-1', architecture: 'amd64', payloadBytes: 10 },
  { package: 'libtwo1', source: 'libtwo', version: '2.0', architecture: 'all' },
];

const suite: SuiteSpec = {
  directory: 'trixie',
  suite: 'stable',
  codename: 'trixie',
  origin: 'Debian',
  label: 'Debian',
  date: new Date('2026-11-19T00:00:00Z'),
  validUntil: new Date('2026-11-26T00:00:00Z'),
  byHash: true,
  forms: debianForms,
  architectures: ['amd64', 'arm64'],
  components: [{ name: 'main', packages }],
};

let signingKey: SigningKey;
beforeAll(async () => {
  signingKey = await generateSigningKey({ owner: 'Test', createdAt: new Date('2025-01-01T00:00:00Z') });
});

async function build(change: Partial<SuiteSpec> = {}) {
  return buildAptRepository({
    root: 'deb.example.org/debian',
    suites: [{ ...suite, ...change }],
    signingKey,
  });
}

async function verify(bytes: Uint8Array, by: SigningKey, at = now) {
  const keyring = await readKeyring([{ name: 'test', bytes: Buffer.from(by.publicKeyArmored) }]);
  const expected = { suite: 'trixie', codename: 'trixie', origin: 'Debian', label: 'Debian' };
  const file = { url: `https://${dists}/InRelease`, bytes };
  const places = { root: 'https://deb.example.org/debian', directory: `https://${dists}` };
  return verifySuiteRelease({ file, places, keyring, expected, now: at });
}

describe('buildAptRepository', () => {
  it('signs InRelease with the subkey, as Debian does', async () => {
    const verified = await verify((await build()).get(`${dists}/InRelease`)!, signingKey);
    expect(signingKey.signingFingerprint).not.toBe(signingKey.fingerprint);
    expect(verified.signers).toEqual([
      {
        method: 'openpgp',
        fingerprint: signingKey.signingFingerprint,
        primaryFingerprint: signingKey.fingerprint,
        signedAt: suite.date,
      },
    ]);
    expect(verified.release).toMatchObject({
      suite: 'stable',
      date: suite.date,
      validUntil: suite.validUntil,
    });
  });

  it('lists every published index by its true size and digest, and serves it by hash too', async () => {
    const files = await build();
    const release = parseRelease(files.get(`${dists}/Release`)!, 'Release');
    const published = [...files.keys()].filter((path) => /\/Packages(\.|$)/.test(path));
    expect(published).toHaveLength(4);
    for (const path of published) {
      const bytes = files.get(path)!;
      const hex = createHash('sha256').update(bytes).digest('hex');
      expect(release.files.get(path.slice(dists.length + 1))).toMatchObject({
        sizeBytes: bytes.length,
        digest: `sha256:${hex}`,
      });
      expect(files.get(path.replace(/[^/]*$/, `by-hash/SHA256/${hex}`))!.equals(bytes)).toBe(true);
    }
  });

  it('names each package by where it is, with its size and digest', async () => {
    const files = await build();
    const index = gunzipSync(files.get(`${dists}/main/binary-amd64/Packages.gz`)!).toString();
    const deb = files.get('deb.example.org/debian/pool/main/o/one/one_1.0-1_amd64.deb')!;
    expect(index).toContain(`Version: 2:1.0-1\nArchitecture: amd64\n`);
    expect(index).toContain(`\nFilename: pool/main/o/one/one_1.0-1_amd64.deb\nSize: ${String(deb.length)}\n`);
    expect(index).toContain(`\nSHA256: ${createHash('sha256').update(deb).digest('hex')}\n`);
    expect(index).toContain('\n\nPackage: libtwo1\n');
    expect(files.has('deb.example.org/debian/pool/main/libt/libtwo/libtwo1_2.0_all.deb')).toBe(true);
  });

  it('puts a package only where its architecture belongs', async () => {
    const index = (await build()).get(`${dists}/main/binary-arm64/Packages.gz`)!;
    expect(
      gunzipSync(index)
        .toString()
        .match(/^Package: .*$/gm),
    ).toEqual(['Package: libtwo1']);
  });

  it.each([
    ['debian', debianForms, ['Packages.gz', 'Packages.xz'], ['Packages', 'Packages.gz', 'Packages.xz']],
    ['updates', debianUpdatesForms, ['Packages.xz'], ['Packages', 'Packages.xz']],
    ['aptly', aptlyForms, ['Packages', 'Packages.gz'], ['Packages', 'Packages.bz2', 'Packages.gz']],
  ] as const)('publishes and lists the indexes of flavour %s', async (_name, forms, there, listed) => {
    const files = await build({ forms, byHash: false });
    const folder = `${dists}/main/binary-amd64/`;
    const names = [...files.keys()].filter((path) => path.startsWith(folder));
    expect(names.map((path) => path.slice(folder.length)).sort()).toEqual(there);
    const release = parseRelease(files.get(`${dists}/Release`)!, 'Release');
    const listedNames = [...release.files.keys()].filter((path) => path.startsWith('main/binary-amd64/'));
    expect(listedNames.map((path) => path.replace(/^.*\//, '')).sort()).toEqual(listed);
    expect(release.acquireByHash).toBe(false);
  });

  it('has an index of architecture all where asked', async () => {
    const files = await build({ allIndex: true });
    expect(files.has(`${dists}/main/binary-all/Packages.xz`)).toBe(true);
    expect(parseRelease(files.get(`${dists}/Release`)!, 'Release').hasArchitectureAllIndex).toBe(true);
  });

  it('can lie in a stanza and in Release, under a good signature', async () => {
    const [one] = packages;
    const lying = { ...one!, stanza: { Filename: '../../etc/passwd' } };
    const files = await build({
      components: [{ name: 'main', packages: [lying] }],
      releaseFields: { Codename: 'sid', 'Valid-Until': undefined },
    });
    const index = gunzipSync(files.get(`${dists}/main/binary-amd64/Packages.gz`)!).toString();
    expect(index).toContain('\nFilename: ../../etc/passwd\n');
    const release = parseRelease(files.get(`${dists}/Release`)!, 'Release');
    expect([release.codename, release.validUntil]).toEqual(['sid', undefined]);
    await refusal(
      verify(files.get(`${dists}/InRelease`)!, signingKey),
      VerificationError,
      'RELEASE_MISMATCH',
    );
  });

  it('is refused with another key', async () => {
    const other = await generateSigningKey({ owner: 'Other', createdAt: new Date('2025-01-01T00:00:00Z') });
    const inRelease = (await build()).get(`${dists}/InRelease`)!;
    await refusal(verify(inRelease, other), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is refused with a changed digest', async () => {
    const text = (await build()).get(`${dists}/InRelease`)!.toString();
    const changed = text.replace(/^ ([0-9a-f]{64}) /m, ` ${'0'.repeat(64)} `);
    expect(changed).not.toBe(text);
    await refusal(verify(Buffer.from(changed), signingKey), VerificationError, 'SIGNATURE_INVALID');
  });

  it('is refused when it has expired, and before it was made', async () => {
    const inRelease = (await build()).get(`${dists}/InRelease`)!;
    const late = new Date('2026-11-26T00:00:01Z');
    await refusal(verify(inRelease, signingKey, late), VerificationError, 'METADATA_EXPIRED');
    const early = new Date('2026-11-18T00:00:00Z');
    await refusal(verify(inRelease, signingKey, early), VerificationError, 'METADATA_FROM_FUTURE');
  });

  it('is refused once its key has expired', async () => {
    const createdAt = new Date('2026-11-01T00:00:00Z');
    const brief = await generateSigningKey({ owner: 'Brief', createdAt, lifetimeSeconds: 19 * 86_400 });
    const files = await buildAptRepository({
      root: 'deb.example.org/debian',
      suites: [suite],
      signingKey: brief,
    });
    const inRelease = files.get(`${dists}/InRelease`)!;
    const before = new Date('2026-11-19T12:00:00Z');
    await expect(verify(inRelease, brief, before)).resolves.toHaveProperty('signers.length', 1);
    await refusal(verify(inRelease, brief), VerificationError, 'SIGNER_UNTRUSTED');
  });
});
