/** The last link: one stanza out of many, read strictly, and turned into an artifact. */
import { describe, expect, it } from 'vitest';
import { PolicyError, VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted, mint } from '../../../../src/model/minted.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import {
  choosePackage,
  packageUrl,
  verifiedArtifact,
  type PackageRequest,
} from '../../../../src/verify/apt/package.ts';
import type { FoundStanza } from '../../../../src/verify/apt/packages.ts';
import { forgeries } from '../../../support/forgeries.ts';
import { refusal } from '../../../support/refusals.ts';

const digest = 'a'.repeat(64);
const filename = 'pool/main/f/foo/foo_1.0-1_amd64.deb';
const document = { digest: `sha256:${digest}`, sizeBytes: 1, bytes: Buffer.alloc(1) } as const;
const release = mint('VerifiedRelease', {
  release: {} as never,
  signers: [{ method: 'openpgp', fingerprint: 'F', primaryFingerprint: 'P', signedAt: new Date(0) } as const],
  places: { root: 'https://example.org', directory: 'https://example.org/dists/stable' },
  documents: [{ ...document, role: 'inrelease', url: 'https://example.org/dists/stable/InRelease' }] as const,
  verifiedAt: new Date('2026-11-20T12:00:00Z'),
  checks: [],
});

/** A stanza as an index has it; undefined leaves a field out. */
function stanza(changes: Readonly<Record<string, string | undefined>> = {}): FoundStanza {
  const fields: Record<string, string | undefined> = {
    Package: 'foo',
    Version: '1.0-1',
    Architecture: 'amd64',
    Filename: filename,
    Size: '610',
    SHA256: digest,
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\n`],
  );
  const index = { ...document, role: 'packages', url: 'https://example.org/Packages' };
  const file = { ...document, path: 'main/binary-amd64/Packages.gz' };
  const forms = [{ compression: 'gz', file, readMs: 1 }] as const;
  const listing = { name: 'main/binary-amd64/Packages', forms, plain: undefined, unread: [] };
  return { package: 'foo', bytes: Buffer.from(lines.join('')), release, listing, index };
}

const request: PackageRequest = { package: 'foo', architecture: 'amd64' };

describe('choosePackage', () => {
  it('reads the fields that matter', () => {
    expect(choosePackage([stanza()], request).deb).toEqual({
      package: 'foo',
      version: '1.0-1',
      architecture: 'amd64',
      filename,
      sizeBytes: 610,
      digest: `sha256:${digest}`,
      digests: [`sha256:${digest}`],
    });
  });

  it.each([
    [['1.9-1', '1.10-1', '1.2-1'], '1.10-1'],
    [['2.0-1', '1:1.0-1'], '1:1.0-1'],
    [['1.0-1', '1.0~rc1-1', '1.0-1~bpo13+1'], '1.0-1'],
    [['17.11-0+deb13u1', '17.12-0+deb13u1'], '17.12-0+deb13u1'],
  ])('of %j takes %s, in whatever order they come', (versions, highest) => {
    for (const order of [versions, versions.toReversed()]) {
      const found = order.map((version) => stanza({ Version: version }));
      expect(choosePackage(found, request).deb.version).toBe(highest);
    }
  });

  it('takes a version by its exact text', async () => {
    const found = [stanza({ Version: '1:1.0-1' }), stanza({ Version: '2:0.5-1' })];
    expect(choosePackage(found, { ...request, version: '1:1.0-1' }).deb.version).toBe('1:1.0-1');
    for (const version of ['1.0-1', '1:1.0', '0.5-1', '']) {
      await refusal(
        () => choosePackage(found, { ...request, version }),
        VerificationError,
        'EVIDENCE_MISSING',
      );
    }
  });

  it('takes packages of the architecture, and those for all', async () => {
    expect(choosePackage([stanza({ Architecture: 'all' })], request).deb.architecture).toBe('all');
    for (const architecture of ['arm64', 'any', 'amd64 arm64', 'AMD64']) {
      const found = [stanza({ Architecture: architecture })];
      await refusal(() => choosePackage(found, request), VerificationError, 'EVIDENCE_MISSING');
    }
  });

  it('takes no stanza of another package', async () => {
    for (const changes of [{ Package: 'bar' }, { Package: undefined }, { Package: 'Foo' }]) {
      const found = [stanza(changes)];
      await refusal(() => choosePackage(found, request), VerificationError, 'EVIDENCE_MISSING');
    }
  });

  it('knows digits of SHA256 in either case', () => {
    expect(choosePackage([stanza({ SHA256: 'A'.repeat(64) })], request).deb.digest).toBe(`sha256:${digest}`);
  });

  it('sees through a stanza that is there twice', () => {
    expect(choosePackage([stanza(), stanza()], request).deb.version).toBe('1.0-1');
  });

  it.each([{ SHA256: 'b'.repeat(64) }, { Size: '611' }])(
    'refuses one version with two of %j',
    async (other) => {
      for (const found of [
        [stanza(), stanza(other)],
        [stanza(other), stanza()],
      ]) {
        await refusal(() => choosePackage(found, request), VerificationError, 'SUBJECT_MISMATCH');
      }
      // Of an older version nothing is at stake.
      const newer = stanza({ Version: '2.0-1' });
      expect(choosePackage([stanza(), stanza(other), newer], request).deb.version).toBe('2.0-1');
    },
  );

  it('takes versions for one that are written differently, and equal', async () => {
    const found = [stanza({ Version: '1.0-1' }), stanza({ Version: '1.00-1', SHA256: 'b'.repeat(64) })];
    await refusal(() => choosePackage(found, request), VerificationError, 'SUBJECT_MISMATCH');
  });

  it.each(
    ['Version', 'Architecture', 'Filename', 'Size', 'SHA256'].flatMap((name) => [
      { [name]: undefined },
      // An empty Architecture is another one.
      ...(name === 'Architecture' ? [] : [{ [name]: '' }]),
    ]),
  )('refuses a stanza with %j', async (changes) => {
    await refusal(() => choosePackage([stanza(changes)], request), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each([
    { Version: 'one' },
    { Version: '1.0 1' },
    { Version: '-1' },
    { Size: '0' },
    { Size: '-1' },
    { Size: '0610' },
    { Size: '6e2' },
    { Size: '610 ' + '0' },
    { Size: '9'.repeat(16) },
    { SHA256: 'a'.repeat(63) },
    { SHA256: 'a'.repeat(65) },
    { SHA256: 'g'.repeat(64) },
    { SHA256: undefined, MD5sum: 'a'.repeat(32), SHA1: 'a'.repeat(40) },
    { Filename: '../foo.deb' },
    { sha256: 'b'.repeat(64) },
  ])('refuses %j', async (changes) => {
    await refusal(() => choosePackage([stanza(changes)], request), VerificationError, 'EVIDENCE_MALFORMED');
  });

  describe.each([
    ['no Version', { Version: undefined }],
    ['an empty Version', { Version: '' }],
    ['a Version that is none, and lower', { Version: '0.9_x y' }],
    ['no SHA256', { SHA256: undefined }],
    ['a short SHA256', { SHA256: 'abcd' }],
    ['MD5 only', { SHA256: undefined, MD5sum: 'a'.repeat(32) }],
    ['no Filename', { Filename: undefined }],
    ['a Filename that leaves the repository', { Filename: '../foo.deb' }],
    ['an absolute Filename', { Filename: '/foo.deb' }],
    ['no Size', { Size: undefined }],
    ['a Size that is none', { Size: 'many' }],
    ['no Architecture', { Architecture: undefined }],
    ['a field with two values', { Section: 'a', section: 'b' }],
    ['a line that is no field', { Section: 'a\nnonsense' }],
  ])('with %s', (_, changes) => {
    const malformed = stanza({ Version: '0.9-1', ...changes });

    it('an older stanza does not stand in the way', () => {
      for (const found of [
        [malformed, stanza()],
        [stanza(), malformed],
      ]) {
        expect(choosePackage(found, request).deb.version).toBe('1.0-1');
      }
    });

    it('nor does a newer one that nobody asked for', () => {
      const newer = stanza({ Version: '2.0-1', ...changes });
      const asked = { ...request, version: '1.0-1' };
      expect(choosePackage([newer, stanza()], asked).deb.version).toBe('1.0-1');
      expect(choosePackage([newer, stanza()], { ...request, held: '1.0-1' }).deb.version).toBe('1.0-1');
    });

    it('it is refused where it is alone', async () => {
      await refusal(() => choosePackage([malformed], request), VerificationError, 'EVIDENCE_MALFORMED');
    });
  });

  it.each([
    ['no SHA256', { Version: '2.0-1', SHA256: undefined }],
    ['a Filename that leaves the repository', { Version: '2.0-1', Filename: '../foo.deb' }],
    ['a field with two values', { Version: '2.0-1', Section: 'a', section: 'b' }],
    ['a line that is no field', { Version: '2.0-1', Section: 'a\nnonsense' }],
    ['two Versions, one of them higher', { Version: '0.9-1', version: '2.0-1' }],
    ['two Architectures, one of them ours', { Version: '2.0-1', architecture: 'arm64' }],
    ['two names, one of them ours', { Version: '2.0-1', package: 'bar' }],
    ['a Version that is none, and higher', { Version: 'one' }],
    ['an epoch that is none', { Version: 'x:0.1' }],
    ['no SHA256, of the very version', { SHA256: undefined }],
  ])('refuses the highest version with %s', async (_, changes) => {
    for (const found of [
      [stanza(changes), stanza()],
      [stanza(), stanza(changes)],
    ]) {
      await refusal(() => choosePackage(found, request), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });

  it('takes fields that are there twice alike', () => {
    const found = [
      stanza({ section: 'x', Section: 'x ', sha256: digest, filename: ` ${filename}`, size: '610' }),
    ];
    expect(choosePackage(found, request).deb).toMatchObject({ filename, digest: `sha256:${digest}` });
  });

  describe('SHA512', () => {
    const sha512 = 'c'.repeat(128);

    it.each([undefined, ''])('counts where SHA256 is %j', (SHA256) => {
      const { deb } = choosePackage([stanza({ SHA256, SHA512: sha512 })], request);
      expect(deb.digest).toBe(`sha512:${sha512}`);
    });

    it('stands beside SHA256, which counts', () => {
      expect(choosePackage([stanza({ SHA512: sha512 })], request).deb.digest).toBe(`sha256:${digest}`);
      expect(choosePackage([stanza({ SHA512: '' })], request).deb.digest).toBe(`sha256:${digest}`);
    });

    it('joins two stanzas of a version that agree in it', () => {
      const found = [stanza({ SHA256: undefined, SHA512: sha512 }), stanza({ SHA512: sha512 })];
      expect(choosePackage(found, request).deb.digest).toBe(`sha512:${sha512}`);
    });

    it.each([
      ['another SHA512', { SHA512: 'd'.repeat(128) }],
      ['another SHA512 and no SHA256', { SHA256: undefined, SHA512: 'd'.repeat(128) }],
    ])('refuses one version with %s', async (_, other) => {
      const found = [stanza({ SHA512: sha512 }), stanza(other)];
      await refusal(() => choosePackage(found, request), VerificationError, 'SUBJECT_MISMATCH');
    });

    it('refuses two stanzas of a version that cannot be compared', async () => {
      const found = [stanza(), stanza({ SHA256: undefined, SHA512: sha512 })];
      await refusal(() => choosePackage(found, request), VerificationError, 'SUBJECT_MISMATCH');
    });

    it.each([digest, `${sha512}0`, 'x'.repeat(128)])('refuses %j', async (SHA512) => {
      await refusal(
        () => choosePackage([stanza({ SHA512 })], request),
        VerificationError,
        'EVIDENCE_MALFORMED',
      );
    });
  });

  describe('a version that is held, or has a range', () => {
    const versions = (...some: readonly string[]) => some.map((Version) => stanza({ Version }));

    it.each([
      ['as the stanza writes it', '1:1.0-1', '1:1.0-1'],
      ['without its epoch', '1.0-1', '1:1.0-1'],
    ])('is found %s', (_, held, found) => {
      const choice = choosePackage(versions('1:1.0-1', '2:0.5-1', '1:0.9-1'), { ...request, held });
      expect([choice.deb.version, choice.among]).toEqual([found, 1]);
    });

    it('is the highest of those in the range', () => {
      const choice = choosePackage(versions('1.0-1', '1.9-1', '2.0-1', '1.9-1'), {
        ...request,
        range: '>= 1.0, << 2.0',
      });
      expect([choice.deb.version, choice.among]).toEqual(['1.9-1', 2]);
      // By Debian's order alone, though nobody may want it.
      const early = choosePackage(versions('1.9-1', '2.0~rc1-1'), { ...request, range: '<< 2.0' });
      expect(early.deb.version).toBe('2.0~rc1-1');
    });

    it.each([
      [{ held: '1.0-1' }, 'foo for amd64: expected version 1.0-1, which is held, found 2.0-1, 3.0-1'],
      [{ range: '<< 1' }, 'foo for amd64: expected a version << 1, found 2.0-1, 3.0-1'],
    ])('is none that is there: %j', async (wanted, message) => {
      const single = () => choosePackage(versions('2.0-1'), { ...request, ...wanted });
      await refusal(single, PolicyError, 'VERSION_UNAVAILABLE');
      const found = versions('2.0-1', '3.0-1', '2.0-1');
      const error = await refusal(
        () => choosePackage(found, { ...request, ...wanted }),
        PolicyError,
        'VERSION_UNAVAILABLE',
      );
      expect(error.message).toBe(message);
      expect(error.context).toMatchObject({ package: 'foo', ...wanted, found: ['2.0-1', '3.0-1'] });
    });

    it('is told with twenty of the others, and how many more there are', async () => {
      const all = Array.from({ length: 22 }, (_, minor) => `1.${String(minor)}-1`);
      for (const [count, end] of [
        [20, '1.18-1, 1.19-1'],
        [21, '1.19-1, 1 others'],
        [22, '1.19-1, 2 others'],
      ] as const) {
        const found = versions(...all.slice(0, count));
        const asked = () => choosePackage(found, { ...request, held: '9' });
        const { message } = await refusal(asked, PolicyError, 'VERSION_UNAVAILABLE');
        expect(message.endsWith(`, ${end}`)).toBe(true);
        expect(message).toContain('found 1.0-1, 1.1-1, ');
      }
    });

    it('is of no account where there is no such package', async () => {
      for (const [wanted, message] of [
        [{ held: '1.0-1' }, 'no index vouches for the package foo for amd64'],
        [{ range: '<< 1' }, 'no index vouches for the package foo for amd64'],
        [{ version: '1.0-1' }, 'no index vouches for the package foo in version 1.0-1 for amd64'],
      ] as const) {
        const asked = () => choosePackage([], { ...request, ...wanted });
        const error = await refusal(asked, VerificationError, 'EVIDENCE_MISSING');
        expect(error.message).toBe(message);
      }
    });
  });

  it('says how two stanzas of one version differ', async () => {
    const found = [stanza(), stanza({ Size: '611' })];
    const { message } = await refusal(
      () => choosePackage(found, request),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(message).toContain(`sha256:${digest}, 610 bytes; sha256:${digest}, 611 bytes`);
  });

  it('finds nothing in nothing', async () => {
    await refusal(() => choosePackage([], request), VerificationError, 'EVIDENCE_MISSING');
  });
});

describe('packageUrl', () => {
  it.each([
    ['pool/foo_1.0-1_amd64.deb', 'pool/foo_1.0-1_amd64.deb'],
    ['./foo.deb', 'foo.deb'],
    ['././foo.deb', 'foo.deb'],
    ['pool./foo.deb', 'pool./foo.deb'],
    ['pool/g++_1:2~rc1,=@$&;.deb', 'pool/g++_1:2~rc1,=@$&;.deb'],
    ['pool/a b#c?d%.deb', 'pool/a%20b%23c%3Fd%25.deb'],
  ])('of %j is %s below the root', (filename, path) => {
    expect(packageUrl('https://example.org/debian', filename)).toBe(`https://example.org/debian/${path}`);
  });
});

describe('verifiedArtifact', () => {
  const artifact = {
    name: 'foo',
    platform: { os: 'debian-13', arch: 'amd64' },
    url: 'https://example.org/foo.deb',
  } as const;

  it('says whether the index was seen, or its digest alone', () => {
    const choice = choosePackage([stanza()], request);
    const { index } = choice.stanza;
    const upTo = (...documents: readonly EvidenceDocument[]) =>
      verifiedArtifact(choice, artifact, documents).result.isUpToIndex;
    expect(upTo(...release.documents, index)).toBeUndefined();
    expect(upTo(...release.documents, { ...index, bytes: new Uint8Array() })).toBe(true);
    expect(upTo({ ...index, bytes: new Uint8Array() })).toBe(true);
  });

  it('rests on an excerpt of the index, by the name that all of its forms share', () => {
    const choice = choosePackage([stanza()], request);
    const { documents } = verifiedArtifact(choice, artifact, []).result;
    expect(documents).toMatchObject([
      {
        role: 'packages-stanza',
        url: 'https://example.org/dists/stable/main/binary-amd64/Packages',
        bytes: choice.stanza.bytes,
        isExcerpt: true,
      },
    ]);
  });

  it('rests on no Release that nobody verified', () => {
    const choice = choosePackage([stanza()], request);
    for (const [, forged] of forgeries(release)) {
      const forgedChoice = { ...choice, stanza: { ...choice.stanza, release: forged } };
      expect(() => verifiedArtifact(forgedChoice, artifact, [])).toThrow(TypeError);
    }
  });

  it('is genuine, and says through what: InRelease, index, stanza', () => {
    const choice = choosePackage([stanza()], request);
    const platform = { os: 'debian-13', arch: 'amd64' } as const;
    const artifact = { name: 'foo', platform, url: 'https://example.org/foo.deb' };
    const verified = verifiedArtifact(choice, artifact, [...release.documents, choice.stanza.index]);
    expect(() => assertMinted(verified, 'Verified')).not.toThrow();
    expect(verified.subject).toMatchObject({ name: 'foo', type: 'deb', version: '1.0-1', sizeBytes: 610 });
    expect(verified.result).toMatchObject({
      assurance: 'signed',
      method: 'apt',
      signers: release.signers,
      digest: verified.subject.digest,
      documents: [{ role: 'inrelease' }, { role: 'packages' }, { role: 'packages-stanza' }],
    });
  });
});
