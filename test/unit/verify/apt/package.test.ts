/** The last link: one stanza out of many, read strictly, and turned into an artifact. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  choosePackage,
  isSafeFilename,
  verifiedArtifact,
  type PackageRequest,
} from '../../../../src/verify/apt/package.ts';
import type { FoundStanza } from '../../../../src/verify/apt/packages.ts';
import { assertGenuine } from '../../../../src/verify/genuine.ts';
import { refusal } from '../../../support/refusals.ts';

const digest = 'a'.repeat(64);
const document = { digest: `sha256:${digest}`, sizeBytes: 1, bytes: Buffer.alloc(1) } as const;
const release = {
  release: {},
  signers: [{ method: 'openpgp', fingerprint: 'F', primaryFingerprint: 'P', signedAt: new Date(0) }],
  document: { ...document, role: 'inrelease', url: 'https://example.org/dists/stable/InRelease' },
  verifiedAt: new Date('2026-11-20T12:00:00Z'),
};

/** A stanza as an index has it; undefined leaves a field out. */
function stanza(changes: Readonly<Record<string, string | undefined>> = {}): FoundStanza {
  const fields: Record<string, string | undefined> = {
    Package: 'foo',
    Version: '1.0-1',
    Architecture: 'amd64',
    Filename: 'pool/main/f/foo/foo_1.0-1_amd64.deb',
    Size: '610',
    SHA256: digest,
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\n`],
  );
  const index = { ...document, role: 'packages', url: 'https://example.org/Packages' };
  return { package: 'foo', bytes: Buffer.from(lines.join('')), release: release as never, index };
}

const request: PackageRequest = { package: 'foo', architecture: 'amd64' };

describe('choosePackage', () => {
  it('reads the fields that matter', () => {
    expect(choosePackage([stanza()], request).deb).toEqual({
      package: 'foo',
      version: '1.0-1',
      architecture: 'amd64',
      filename: 'pool/main/f/foo/foo_1.0-1_amd64.deb',
      sizeBytes: 610,
      digest: `sha256:${digest}`,
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

  it('finds nothing in nothing', async () => {
    await refusal(() => choosePackage([], request), VerificationError, 'EVIDENCE_MISSING');
  });
});

describe('verifiedArtifact', () => {
  it('is genuine, and says through what: InRelease, index, stanza', () => {
    const choice = choosePackage([stanza()], request);
    const platform = { os: 'debian-13', arch: 'amd64' } as const;
    const verified = verifiedArtifact(choice, { name: 'foo', platform, url: 'https://example.org/foo.deb' });
    expect(() => assertGenuine(verified)).not.toThrow();
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

describe('isSafeFilename', () => {
  it.each([
    'pool/main/f/foo/foo_1.0-1_amd64.deb',
    './foo.deb',
    '././pool/foo.deb',
    'foo.deb',
    'pool/main/g/g++/g++_1%3a2~rc1+b1_amd64.deb',
    '.../foo',
    'a/..b/c..',
  ])('accepts %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/pool/foo.deb',
    '//evil.example/foo.deb',
    '..',
    '../foo.deb',
    './../foo.deb',
    'pool/../../foo.deb',
    'pool/..',
    'pool//foo.deb',
    'pool/',
    'pool/./foo.deb',
    '.',
    'pool/%2e%2e/foo.deb',
    'pool/%2E./foo.deb',
    'pool/.%2e/foo.deb',
    'pool/%2f../foo.deb',
    'pool%2Ffoo.deb',
    'pool%5cfoo.deb',
    'pool\\..\\foo.deb',
    'https://evil.example/foo.deb',
    'file:foo.deb',
    'a:b/foo.deb',
    'foo.deb?x',
    'foo.deb#x',
    'foo bar.deb',
    'foo\tbar.deb',
    'foo\u0000.deb',
    'foo\u007f.deb',
    'f\u00f6\u00f6.deb',
    "foo'.deb",
    'foo".deb',
    'foo`id`.deb',
    'foo|x.deb',
    'foo<x>.deb',
  ])('refuses %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(false);
  });

  it('what it accepts stays below the root, for a URL parser as well as a server that decodes', () => {
    const pieces = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '\\',
      'a',
      'b:',
      '?',
      '#',
      '@',
      '~',
      '+',
      '%',
    );
    const paths = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const root = 'https://example.org/debian/';
    let accepted = 0;
    fc.assert(
      fc.property(paths, (path) => {
        if (!isSafeFilename(path)) return;
        accepted += 1;
        const url = new URL(path, root);
        expect(url.href.startsWith(root)).toBe(true);
        expect(url.search + url.hash).toBe('');
        const decoded = url.pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
          String.fromCharCode(parseInt(hex, 16)),
        );
        const depths = decoded.split(/[/\\]/);
        expect(depths).not.toContain('..');
        expect(decoded.startsWith('/debian/')).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
