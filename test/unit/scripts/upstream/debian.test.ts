import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpstreamFiles } from '../../../../scripts/upstream/apt-repository.ts';
import { substitute } from '../../../../scripts/upstream/behaviours.ts';
import {
  buildDebianUpstream,
  debianMirrors,
  generateDebianKeys,
  writeDebianTrust,
  type DebianKeys,
} from '../../../../scripts/upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { createCache } from '../../../../src/io/cache.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { parseMirror } from '../../../../src/io/http/mirrors.ts';
import type { Architecture } from '../../../../src/model/artifact.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { Reporter } from '../../../../src/model/ports.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';
import { readTrust } from '../../../../src/pipeline/trust/anchors.ts';
import { openTrust } from '../../../../src/verify/anchors/trust.ts';
import { aptSource } from '../../../../src/sources/apt.ts';
import type { AptEntry, AptSource } from '../../../../src/sources/apt-spec.ts';
import { quickFetcher, type QuickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const catalogueFile = new URL('../../../../manifests/catalogue.yaml', import.meta.url);
const catalogue = loadCatalogue(readFileSync(catalogueFile), 'catalogue.yaml');
const silent: Reporter = {
  step: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  error: () => undefined,
};

let folder: string;
let keys: DebianKeys;
let files: UpstreamFiles;
let server: UpstreamServer;
let fetcher: QuickFetcher;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-debian-'));
  keys = await generateDebianKeys(now);
  files = await buildDebianUpstream({ now, keys });
  server = await startUpstreamServer({ files });
  fetcher = quickFetcher({ mirrors: debianMirrors(server.url).map((text) => parseMirror(text)) });
  await writeDebianTrust(join(folder, 'trust'), keys);
});

afterAll(async () => {
  await fetcher.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Resolves an entry of the production catalogue, the production way, by a time and a trust directory. */
async function resolve(name: string, arch: Architecture, { at = now, trust = 'trust' } = {}) {
  const dependency = catalogue.dependencies.find((one) => one.name === name)!;
  const source = catalogue.sources[dependency.source.from] as unknown as AptSource;
  const entry = dependency.source as AptEntry;
  const asked = { type: 'deb', verification: { method: 'apt' }, watermark: undefined } as const;
  const rest = { kind: undefined, previousVersion: undefined };
  const request = { name, platform: { os: 'debian-13', arch }, entry, ...asked, ...rest };
  const result = await aptSource.resolve(source, [request], {
    fetcher,
    cache: createCache(join(folder, String(Math.random()))),
    reporter: silent,
    trust: openTrust(await readTrust(join(folder, trust), createFileStore()), at),
    now: at,
    metadataDates: new Map(),
  });
  const resolution = result.resolutions.get(request);
  if (resolution?.status === 'failed') throw resolution.error;
  expect(resolution?.status).toBe('resolved');
  return (resolution as Extract<typeof resolution, { status: 'resolved' }>).verified;
}

describe('the miniature of Debian 13', () => {
  it.each([
    [
      'libpq5',
      '17.12-0+deb13u1',
      'security.debian.org/debian-security/pool/updates/main/p/postgresql-17/libpq5_17.12-0+deb13u1',
    ],
    ['uidmap', '1:4.17.4-2', 'ftp.debian.org/debian/pool/main/s/shadow/uidmap_4.17.4-2'],
    ['libsubid5', '1:4.17.4-2', 'ftp.debian.org/debian/pool/main/s/shadow/libsubid5_4.17.4-2'],
    ['fluent-bit', '5.0.5', 'packages.fluentbit.io/debian/trixie/pool/main/f/fluent-bit/fluent-bit_5.0.5'],
  ])('resolves %s of the production catalogue', async (name, version, path) => {
    for (const arch of ['amd64', 'arm64'] as const) {
      const { subject } = await resolve(name, arch);
      expect(subject).toMatchObject({ version, url: `https://${path}_${arch}.deb` });
      expect(files.get(`${path}_${arch}.deb`)).toHaveLength(subject.sizeBytes);
    }
  });

  it('is signed by the keys that its trust directory pins', async () => {
    const { result } = await resolve('libpq5', 'amd64');
    expect(result.signers).toMatchObject([{ primaryFingerprint: keys['debian-security'].fingerprint }]);
  });

  it('publishes its keys where the pins say', () => {
    const published = files.get('ftp-master.debian.org/keys/archive-key-13.asc')!.toString();
    expect(published).toBe(keys['debian-archive'].publicKeyArmored);
    expect(published).not.toContain('PRIVATE');
  });

  it('can publish a newer state under the same keys', async () => {
    const later = new Date('2026-11-23T12:00:00Z');
    const newer = await buildDebianUpstream({
      now: later,
      keys,
      versions: { libpq5Security: '17.13-0+deb13u1' },
      fillers: 3,
    });
    const before = new Map(files);
    try {
      for (const [path, bytes] of newer) files.set(path, bytes);
      const { subject } = await resolve('libpq5', 'arm64', { at: later });
      expect(subject.version).toBe('17.13-0+deb13u1');
    } finally {
      for (const [path, bytes] of before) files.set(path, bytes);
    }
  });

  it('is refused once its Valid-Until has passed', async () => {
    const at = new Date('2026-11-27T00:00:00Z');
    await refusal(resolve('libpq5', 'amd64', { at }), VerificationError, 'METADATA_EXPIRED');
  });

  it('is refused by the trust directory of another rehearsal', async () => {
    await writeDebianTrust(join(folder, 'other'), await generateDebianKeys(now));
    await refusal(resolve('uidmap', 'amd64', { trust: 'other' }), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is refused with a changed index, by hash and by name', async () => {
    const folderPath = 'security.debian.org/debian-security/dists/trixie-security/main/binary-amd64/';
    const attacked = [...files.keys()].filter((path) => path.startsWith(folderPath));
    expect(attacked.length).toBeGreaterThan(1);
    for (const path of attacked) {
      const bytes = Buffer.from(files.get(path)!);
      bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
      server.override(path, substitute(bytes));
    }
    try {
      await refusal(resolve('libpq5', 'amd64'), VerificationError, 'DIGEST_MISMATCH');
    } finally {
      for (const path of attacked) server.override(path);
    }
  });
});
