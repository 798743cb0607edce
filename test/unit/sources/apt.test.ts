/** The source kind `apt`: packages across suites, watermarks, and failures that are answers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aptlyForms,
  buildAptRepository,
  type UpstreamFiles,
} from '../../../scripts/upstream/apt-repository.ts';
import { refuse } from '../../../scripts/upstream/behaviours.ts';
import type { PackageSpec } from '../../../scripts/upstream/deb-package.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { generateSigningKey, type SigningKey } from '../../../scripts/upstream/signing-key.ts';
import { createCache } from '../../../src/io/cache.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import type { Architecture } from '../../../src/model/artifact.ts';
import { aptSource } from '../../../src/sources/apt.ts';
import type { AptEntry } from '../../../src/sources/apt-spec.ts';
import type { Resolution, ResolveRequest, Watermark } from '../../../src/sources/source.ts';
import { packageUrl } from '../../../src/verify/apt/package.ts';
import { readKeyring } from '../../../src/verify/openpgp/keyring.ts';
import { inOrder } from '../../support/in-order.ts';
import { quickFetcher, type QuickFetcher } from '../../support/quick-fetcher.ts';
import { silentReporter } from '../../support/silent-reporter.ts';
import { trusting } from '../../support/trusting.ts';

const now = new Date('2026-11-20T12:00:00Z');
const created = new Date('2025-01-01T00:00:00Z');
// A path that has `dists` in it: it is the last one that counts.
const host = 'example.org/dists/mirror';

let key: SigningKey;
let files: UpstreamFiles;
let server: UpstreamServer;
let fetcher: QuickFetcher;
let folder: string;

beforeAll(async () => {
  key = await generateSigningKey({ owner: 'Publisher', createdAt: created });
});

beforeEach(async () => {
  files = new Map();
  server = await startUpstreamServer({ files });
  const mirrors = [parseMirror(`https://example.org=${server.url}/example.org`)];
  fetcher = quickFetcher({ mirrors });
  folder = mkdtempSync(join(tmpdir(), 'assay-apt-'));
});

afterEach(async () => {
  await fetcher.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

function deb(
  name: string,
  version: string,
  architecture: PackageSpec['architecture'] = 'amd64',
): PackageSpec {
  return { package: name, version, architecture };
}

async function publish(name: string, packages: readonly PackageSpec[], date = now): Promise<void> {
  const suite = {
    ...{ directory: name, suite: name, codename: name, origin: 'Example', label: 'Example', date },
    ...{ byHash: false, forms: aptlyForms, architectures: ['amd64', 'arm64'] as const, pool: `pool/${name}` },
    components: [{ name: 'main', packages }],
  };
  const built = await buildAptRepository({ root: host, suites: [suite], signingKey: key });
  for (const [path, bytes] of built) files.set(path, bytes);
}

interface Question {
  readonly package: string;
  readonly arch?: Architecture;
  readonly watermark?: Watermark;
  readonly previousVersion?: string;
  readonly versions?: AptEntry['versions'];
}

async function resolve(
  suites: readonly string[],
  questions: readonly Question[],
  metadataDates: ReadonlyMap<string, Date> = new Map(),
) {
  const keyring = await readKeyring([{ name: 'keys.asc', bytes: Buffer.from(key.publicKeyArmored) }]);
  const source = aptSource.sourceSchema.parse({
    type: 'apt',
    suites: suites.map((suite) => ({
      ...{ uri: `https://${host}/`, suite, codename: suite, components: ['main'], signedBy: 'publisher' },
    })),
  });
  const requests = questions.map(
    ({ package: name, arch = 'amd64', ...question }): ResolveRequest<AptEntry> => ({
      ...{ name: `the-${name}`, platform: { os: 'debian-13', arch } },
      ...{ type: 'deb', verification: { method: 'apt' } },
      ...{ watermark: question.watermark, kind: undefined, previousVersion: question.previousVersion },
      entry: aptSource.entrySchema.parse({
        ...{ from: 'example', package: name },
        ...(question.versions && { versions: question.versions }),
      }),
    }),
  );
  const result = await aptSource.resolve(source, requests, {
    ...{ fetcher, reporter: silentReporter, now, metadataDates },
    cache: createCache(join(folder, 'cache')),
    trust: trusting({ keyring: () => Promise.resolve(keyring) }),
  });
  return { resolutions: inOrder(requests, result), metadataDates: result.metadataDates };
}

function summaryOf(resolution: Resolution | undefined): string | undefined {
  if (resolution?.status === 'resolved') return resolution.verified.subject.url;
  return resolution?.status === 'failed' ? resolution.error.code : resolution?.status;
}

describe('packages across suites', () => {
  it('the highest version wins, and stays at its own suite’s address', async () => {
    await publish('stable', [deb('foo', '1.0-1'), deb('bar', '2:1.0-1'), deb('foo', '1.0-1', 'arm64')]);
    await publish('security', [deb('foo', '1.0-1+deb13u1'), deb('bar', '1:9.0-1')]);
    const questions = [{ package: 'bar' }, { package: 'foo' }, { package: 'foo', arch: 'arm64' as const }];
    const { resolutions } = await resolve(['stable', 'security'], questions);
    expect(resolutions.map(summaryOf)).toEqual([
      `https://${host}/pool/stable/main/b/bar/bar_1.0-1_amd64.deb`,
      `https://${host}/pool/security/main/f/foo/foo_1.0-1+deb13u1_amd64.deb`,
      `https://${host}/pool/stable/main/f/foo/foo_1.0-1_arm64.deb`,
    ]);
  });

  it('one package that is missing does not fail the others', async () => {
    await publish('stable', [deb('foo', '1.0-1')]);
    const { resolutions } = await resolve(
      ['stable'],
      [{ package: 'fo' }, { package: 'foo' }, { package: 'food' }],
    );
    expect(resolutions.map(summaryOf)).toEqual([
      'EVIDENCE_MISSING',
      `https://${host}/pool/stable/main/f/foo/foo_1.0-1_amd64.deb`,
      'EVIDENCE_MISSING',
    ]);
  });

  it('a suite that fails, fails all that is asked of the source: its newer versions would go unseen', async () => {
    await publish('stable', [deb('foo', '1.0-1')]);
    const { resolutions, metadataDates } = await resolve(['stable', 'security'], [{ package: 'foo' }]);
    expect(resolutions.map(summaryOf)).toEqual(['NOT_FOUND']);
    expect([...metadataDates.keys()]).toEqual([`https://${host}/dists/stable`]);
  });

  it('an architecture that fails leaves the other one be', async () => {
    await publish('stable', [deb('foo', '1.0-1'), deb('foo', '1.0-1', 'arm64')]);
    for (const form of ['', '.gz'])
      server.override(`${host}/dists/stable/main/binary-arm64/Packages${form}`, refuse(404));
    const { resolutions } = await resolve(
      ['stable'],
      [{ package: 'foo' }, { package: 'foo', arch: 'arm64' }],
    );
    expect(resolutions.map((one) => one.status)).toEqual(['resolved', 'failed']);
  });
});

describe('what is remembered', () => {
  it('a watermark that still holds spares the index', async () => {
    await publish('stable', [deb('foo', '1.0-1')]);
    const [first] = (await resolve(['stable'], [{ package: 'foo' }])).resolutions;
    if (first?.status !== 'resolved') throw new Error('expected a resolution');
    const { watermark } = first;
    rmSync(join(folder, 'cache'), { recursive: true });
    const before = server.log.length;
    const { resolutions } = await resolve(['stable'], [{ package: 'foo', watermark }]);
    expect(resolutions.map(summaryOf)).toEqual(['current']);
    expect(server.log.slice(before).map(({ path }) => path)).toEqual([`${host}/dists/stable/InRelease`]);
  });

  it.each([
    [
      'another digest',
      (watermark: Watermark) => Object.fromEntries(Object.keys(watermark).map((name) => [name, 'sha256:0'])),
    ],
    ['an index less', () => ({})],
    ['an index more', (watermark: Watermark) => ({ ...watermark, more: 'sha256:0' })],
  ])('a watermark with %s does not', async (_, change) => {
    await publish('stable', [deb('foo', '1.0-1')]);
    const [first] = (await resolve(['stable'], [{ package: 'foo' }])).resolutions;
    if (first?.status !== 'resolved') throw new Error('expected a resolution');
    const { resolutions } = await resolve(
      ['stable'],
      [{ package: 'foo', watermark: change(first.watermark) }],
    );
    expect(resolutions.map((one) => one.status)).toEqual(['resolved']);
  });

  it('the date of each suite, and an older one is refused', async () => {
    await publish('stable', [deb('foo', '1.0-1')]);
    const { metadataDates } = await resolve(['stable'], [{ package: 'foo' }]);
    expect(metadataDates).toEqual(new Map([[`https://${host}/dists/stable`, now]]));
    await publish('stable', [deb('foo', '1.0-1')], new Date(now.getTime() - 1000));
    const { resolutions } = await resolve(['stable'], [{ package: 'foo' }], metadataDates);
    expect(resolutions.map(summaryOf)).toEqual(['METADATA_ROLLBACK']);
  });
});

describe('versions', () => {
  const hold = { hold: 'the next one breaks' };
  const versionsOf = (resolutions: readonly Resolution[]) =>
    resolutions.map((one) => (one.status === 'resolved' ? one.verified.subject.version : summaryOf(one)));
  const foo = { package: 'foo' };

  beforeEach(async () => {
    const arm64 = deb('foo', '1:17.12-0', 'arm64');
    await publish('stable', [deb('foo', '1:17.11-0'), deb('foo', '1:18~rc1-1'), arm64]);
    await publish('security', [deb('foo', '1:17.12-0')]);
  });
  const ask = async (...questions: readonly Question[]) =>
    versionsOf((await resolve(['stable', 'security'], questions)).resolutions);

  it.each([
    ['>= 1:17, << 1:18~', '1:17.12-0'],
    ['<= 1:17.11-0', '1:17.11-0'],
    ['= 1:17.11-0', '1:17.11-0'],
    ['<< 1:18', '1:18~rc1-1'],
    ['>= 17', '1:18~rc1-1'],
    ['>= 1:18', 'VERSION_UNAVAILABLE'],
    ['<< 17', 'VERSION_UNAVAILABLE'],
  ])('%s: %s', async (range, expected) => {
    expect(await ask({ ...foo, versions: { range } })).toEqual([expected]);
  });

  it('a package that no index has is missing, whatever its range', async () => {
    expect(await ask({ package: 'nofoo', versions: { range: '>= 1' } })).toEqual(['EVIDENCE_MISSING']);
  });

  it('what is held is kept, with the epoch that the manifest dropped or not', async () => {
    for (const previousVersion of ['1:17.11-0', '17.11-0']) {
      expect(await ask({ ...foo, previousVersion, versions: hold })).toEqual(['1:17.11-0']);
    }
  });

  it('what is new begins with the held version of the other architectures', async () => {
    const known = { ...foo, previousVersion: '1:17.12-0', versions: hold };
    expect(await ask(known, { ...foo, arch: 'arm64', versions: hold })).toEqual(['1:17.12-0', '1:17.12-0']);
    const older = { ...foo, previousVersion: '1:17.11-0', versions: hold };
    expect(await ask(older, { ...foo, arch: 'arm64', versions: hold })).toEqual([
      '1:17.11-0',
      'VERSION_UNAVAILABLE',
    ]);
  });

  it('what is held and nowhere yet is the highest of its range', async () => {
    expect(await ask({ ...foo, versions: { ...hold, range: '<< 1:18~' } })).toEqual(['1:17.12-0']);
  });

  it('what is held and verified stays, though no index has it any more', async () => {
    const held = { ...foo, previousVersion: '1:17.10-0', versions: hold };
    expect(await ask({ ...held, watermark: { index: 'old' } })).toEqual(['current']);
    expect(await ask(held)).toEqual(['VERSION_UNAVAILABLE']);
  });
});

describe('a version that the catalogue allows', () => {
  const isAllowed = (version: string, versions?: AptEntry['versions']) => {
    const suite = {
      uri: `https://${host}`,
      suite: 'main',
      codename: 'main',
      components: ['main'],
      signedBy: 'key',
    };
    const entry = { from: 'source', package: 'foo', ...(versions && { versions }) };
    const platform = { os: 'debian-13', arch: 'amd64' } as const;
    const wanted = { name: 'foo', type: 'deb', platform, kind: undefined, entry } as const;
    const known = { version, sizeBytes: 1 };
    return aptSource.expect({ type: 'apt', suites: [suite] }, wanted, known).isAllowed;
  };

  it.each([
    ['1.0-1', undefined, true],
    ['5.0.0~beta~repack2-4+b1', undefined, true],
    ['1:3.8.0~rc1-2+deb13u1', undefined, true],
    ['2.0.0~rc1-1', { range: '>= 1, << 2' }, false],
    ['2.0.0~rc1-1', { range: '>= 2.0.0~, << 3' }, true],
    ['9.0-1', { range: '>= 1, << 2' }, false],
    ['9.0-1', { range: '>= 1, << 2', hold: 'tested' }, true],
    ['one', undefined, false],
    ['one', { hold: 'tested' }, false],
  ] as const)('%s with %j: %s', (version, versions, allowed) => {
    expect(isAllowed(version, versions)).toBe(allowed);
  });
});

describe('packageUrl', () => {
  it.each([
    ['pool/main/f/foo.deb', 'pool/main/f/foo.deb'],
    ['./pool/foo.deb', 'pool/foo.deb'],
    ['pool/g++_1.0~rc1+b1.deb', 'pool/g++_1.0~rc1+b1.deb'],
    // What the index writes is a file's name, not a URL: its percent sign is a percent sign.
    ['pool/foo_1%3a2.deb', 'pool/foo_1%253a2.deb'],
    ['pool/foo_1:2.deb', 'pool/foo_1:2.deb'],
  ])('%s', (filename, path) => {
    const url = packageUrl('https://example.org/debian', filename);
    expect(url).toBe(`https://example.org/debian/${path}`);
    expect(new URL(url).href).toBe(url);
  });
});
