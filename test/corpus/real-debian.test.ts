/**
 * Debian's real archive of November 2026, through the built commands with the production catalogue and
 * trust: the real signatures, indexes of 57 MB, and packages that dpkg can read.
 *
 * The files are outside of the repository: it runs where ASSAY_CORPUS is set and `debian/` is beside it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { expectDone } from '../support/outcomes.ts';
import { root, runAssay } from '../support/run-assay.ts';
import { readDocument } from '../support/json-documents.ts';

const corpus = process.env['ASSAY_CORPUS'] ?? '';
const debian = join(resolve(corpus), '../debian');
const isHere = corpus !== '' && existsSync(debian);

const now = '2026-11-20T12:00:00Z';
const pool = {
  libpq5: 'https://security.debian.org/debian-security/pool/updates/main/p/postgresql-17',
  shadow: 'https://ftp.debian.org/debian/pool/main/s/shadow',
};
/** By architecture: what apt, run by hand on the same files, says. */
const expected = {
  amd64: {
    libpq5: { version: '17.12-0+deb13u1', size: 235_572, url: `${pool.libpq5}/libpq5_17.12-0+deb13u1_amd64.deb` },
    libsubid5: { version: '4.17.4-2', size: 222_488, url: `${pool.shadow}/libsubid5_4.17.4-2_amd64.deb` },
    uidmap: { version: '4.17.4-2', size: 193_956, url: `${pool.shadow}/uidmap_4.17.4-2_amd64.deb` },
  },
  arm64: {
    libpq5: { version: '17.12-0+deb13u1', size: 228_808, url: `${pool.libpq5}/libpq5_17.12-0+deb13u1_arm64.deb` },
    libsubid5: { version: '4.17.4-2', url: `${pool.shadow}/libsubid5_4.17.4-2_arm64.deb` },
    uidmap: { version: '4.17.4-2', url: `${pool.shadow}/uidmap_4.17.4-2_arm64.deb` },
  },
} as const;

describe.runIf(!isHere)('the real Debian', () => {
  it('was not tested: ASSAY_CORPUS is unset, or has no debian/ beside it', () => {
    expect(isHere).toBe(false);
  });
});

describe.runIf(isHere)('the real Debian', () => {
  let server: UpstreamServer;
  let folder: string;
  let mirrors: string[];

  beforeAll(async () => {
    server = await startUpstreamServer({ directory: debian });
    folder = mkdtempSync(join(tmpdir(), 'assay-real-debian-'));
    mirrors = [
      ...['--mirror', `https://ftp.debian.org/debian=${server.url}/debian`],
      ...['--mirror', `https://security.debian.org/debian-security=${server.url}/debian-security`],
      ...['--cache-dir', join(folder, 'cache')],
    ];
    const flags = ['--only', 'libpq5,libsubid5,uidmap', '--manifests-dir', join(folder, 'manifests'), '--now', now];
    const store = ['--evidence-store', join(folder, 'store')];
    // In the checkout: its own catalogue and trust.
    expectDone(await runAssay(['update-manifests', ...flags, ...store, ...mirrors], { cwd: root }));
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const manifestOf = (kind: string, arch: string) => join(folder, 'manifests', `${kind}.debian-13.${arch}.json`);

  describe.each(['amd64', 'arm64'] as const)('%s', (arch) => {
    it.each(['knd', 'knc'])('resolves as apt does, for %s', (kind) => {
      const file = manifestOf(kind, arch);
      const { dependencies } = parseManifest(readFileSync(file), file).vmconfig;
      expect(Object.keys(dependencies)).toEqual(Object.keys(expected[arch]));
      expect(dependencies).toMatchObject(expected[arch]);
    });

    it('stages packages that dpkg reads', async () => {
      const directory = join(folder, arch);
      expectDone(await runAssay(['stage', manifestOf('knc', arch), '--dir', directory, ...mirrors]));
      expect(await readdir(directory)).toEqual(['libpq5.deb', 'libsubid5.deb', 'uidmap.deb']);
      for (const name of await readdir(directory)) {
        const info = spawnSync('dpkg-deb', ['--info', join(directory, name)], { encoding: 'utf8' });
        // Not every machine has it; where it is, it must be content.
        if (info.error !== undefined) continue;
        expect(info.status).toBe(0);
        expect(info.stdout).toContain(`Package: ${name.replace('.deb', '')}\n`);
        expect(info.stdout).toContain(`Architecture: ${arch}\n`);
      }
    });
  });

  it('has nothing to fetch but InRelease files the next time', async () => {
    const before = server.log.length;
    const flags = ['--only', 'libpq5', '--manifests-dir', join(folder, 'manifests'), '--now', now, '--check'];
    expectDone(await runAssay(['update-manifests', ...flags, ...mirrors], { cwd: root }));
    expect(server.log.slice(before).map(({ status, path }) => [status, path.slice(-9)])).toEqual(
      Array(3).fill([304, 'InRelease']),
    );
  });

  it('is verified again five years on, offline: whole with the evidence store, up to the index without it', async () => {
    const files = ['knd', 'knc'].flatMap((kind) => (['amd64', 'arm64'] as const).map((arch) => manifestOf(kind, arch)));
    const verify = async (...args: string[]) => {
      const flags = ['--now', '2031-11-28T00:00:00Z', '--json', ...args];
      const { exitCode, stdout } = await runAssay(['verify', '--offline', ...files, ...flags], { cwd: root });
      const { manifests } = readDocument('verify-offline', stdout);
      const entries = manifests.flatMap((one) => one.entries);
      return { exitCode, verdicts: entries.map(({ verdict }) => verdict), entries };
    };
    const partial = await verify();
    expect([partial.exitCode, new Set(partial.verdicts)]).toEqual([3, new Set(['up to the index'])]);
    const store = ['--evidence-store', join(folder, 'store')];
    const whole = await verify(...store);
    expect([whole.exitCode, new Set(whole.verdicts), whole.verdicts.length]).toEqual([0, new Set(['verified']), 12]);
    expect(whole.entries.every(({ since }) => since !== undefined)).toBe(true);

    const [name = ''] = await readdir(join(folder, 'store'));
    const bytes = readFileSync(join(folder, 'store', name));
    writeFileSync(join(folder, 'store', name), flipBit(bytes, bytes.length * 4));
    const broken = await verify(...store);
    expect([broken.exitCode, broken.verdicts.includes('refused')]).toEqual([5, true]);
    expect(broken.entries.find(({ refusal }) => refusal !== undefined)?.refusal).toMatchObject({
      ...{ link: 'document', which: 'packages', code: 'DIGEST_MISMATCH', expected: name.replace('-', ':') },
    });
  });
});
