/** The main job with the built command, against a miniature Debian: what it writes, and what it leaves alone. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect } from 'vitest';
import { parseManifest, renderManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import { expectDone } from '../support/outcomes.ts';
import { enableFluentBit, removeSeed, test, type Rehearsal } from '../support/rehearsal.ts';
import { runAssay } from '../support/run-assay.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const exec = promisify(execFile);

afterAll(removeSeed);

const manifestNames = ['knc', 'knd'].flatMap((kind) =>
  ['amd64', 'arm64'].map((arch) => `${kind}.debian-13.${arch}.json`),
);
const later = '2026-11-21T12:00:00Z';

async function readManifest({ manifestsDir }: Rehearsal, name: string): Promise<Manifest> {
  return parseManifest(await readFile(join(manifestsDir, name)), name);
}

/** The files asked for, by host and path, as often as they were. */
function requested({ server }: Rehearsal, pattern: RegExp): string[] {
  return server.log.map((request) => request.path).filter((path) => pattern.test(path));
}

const inReleases = [
  'ftp.debian.org/debian/dists/trixie-updates/InRelease',
  'ftp.debian.org/debian/dists/trixie/InRelease',
  'security.debian.org/debian-security/dists/trixie-security/InRelease',
];

/** `amd64` and `arm64`, of `libpq5` and so on, at their origins. */
const origins: Readonly<Record<string, readonly [version: string, path: string]>> = {
  libpq5: [
    '17.12-0+deb13u1',
    'security.debian.org/debian-security/pool/updates/main/p/postgresql-17/libpq5_17.12-0+deb13u1',
  ],
  libsubid5: ['4.17.4-2', 'ftp.debian.org/debian/pool/main/s/shadow/libsubid5_4.17.4-2'],
  uidmap: ['4.17.4-2', 'ftp.debian.org/debian/pool/main/s/shadow/uidmap_4.17.4-2'],
};

describe.concurrent('a first run', () => {
  test('writes every manifest: the highest versions across suites, at the origins; each document is fetched once', async ({
    fresh,
  }) => {
    const { stdout, stderr } = expectDone(await fresh.update());
    expect(stdout).toBe('');
    expect(stderr).toContain('12 entries in 4 manifests written');
    expect((await readdir(fresh.manifestsDir)).sort()).toEqual(['evidence', ...manifestNames]);
    for (const name of manifestNames) {
      const [kind, os, arch] = name.split('.');
      const { vmconfig } = await readManifest(fresh, name);
      expect(vmconfig).toMatchObject({ kind, os: { name: os, arch }, images: [] });
      expect(Object.keys(vmconfig.dependencies)).toEqual(Object.keys(origins));
      for (const [key, [version, path]] of Object.entries(origins)) {
        const deb = fresh.files.get(`${path}_${arch ?? ''}.deb`)!;
        expect(vmconfig.dependencies[key]).toEqual({
          version,
          url: `https://${path}_${arch ?? ''}.deb`,
          type: 'deb',
          digest: `sha256:${createHash('sha256').update(deb).digest('hex')}`,
          size: deb.length,
        });
      }
    }
    expect(requested(fresh, /InRelease$/).sort()).toEqual(inReleases);
    const indexes = requested(fresh, /Packages|by-hash/);
    // Of trixie and of trixie-security for each architecture, binary-all, and one that both architectures of
    // trixie-updates share, since they have the same bytes.
    expect(indexes).toHaveLength(6);
    expect(new Set(indexes).size).toBe(indexes.length);
    expect(indexes.every((path) => path.includes('/by-hash/SHA256/'))).toBe(true);
    // Nothing else, packages above all.
    expect(fresh.server.log).toHaveLength(inReleases.length + indexes.length);
  });

  test('takes a cache of pipes for an empty one', async ({ seeded }) => {
    const cache = join(seeded.directory, 'cache');
    expectDone(await seeded.update(['--refresh', 'all']));
    const found = await readdir(cache, { recursive: true, withFileTypes: true });
    const names = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) await rm(name);
    await exec('mkfifo', names);
    for (const args of [[], ['--refresh', 'all']]) {
      const before = seeded.server.log.length;
      expectDone(await seeded.update(args));
      expect(seeded.server.log.length).toBeGreaterThan(before);
    }
    await exec('sh', ['-c', 'test -z "$(find "$0" -type p)"', cache]);
  });

  test('names no mirror in any file', async ({ seeded }) => {
    const written = Object.entries(await snapshot(seeded.manifestsDir));
    // Four manifests, their evidence, the dates, and the folder of that; and documents.
    expect(written.filter(([path]) => !path.includes('documents'))).toHaveLength(4 + 4 + 1 + 1);
    for (const [, hex] of written) {
      expect(Buffer.from(hex, 'hex').toString()).not.toContain('127.0.0.1');
    }
  });

  test('keeps why each entry is believed: signers, documents, dates', async ({ seeded }) => {
    const folder = join(seeded.manifestsDir, 'evidence');
    const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown;
    expect(await read('knd.debian-13.arm64.json')).toMatchObject({
      version: 3,
      entries: {
        // With its epoch, which the manifest drops.
        uidmap: { version: '1:4.17.4-2', assurance: 'signed', method: 'apt' },
        libpq5: {
          signers: [{ primaryFingerprint: seeded.keys['debian-security'].fingerprint }],
          documents: [
            ...['inrelease', 'packages', 'inrelease', 'packages', 'inrelease', 'packages', 'packages'],
            'packages-stanza',
          ].map((role) => ({ role })),
          anchors: [{ name: 'debian-archive' }, { name: 'debian-security' }],
        },
      },
    });
    expect(await read('metadata-dates.json')).toMatchObject({
      dates: {
        'https://ftp.debian.org/debian/dists/trixie': '2026-09-12T12:00:00.000Z',
        'https://ftp.debian.org/debian/dists/trixie-updates': '2026-11-19T12:00:00.000Z',
        'https://security.debian.org/debian-security/dists/trixie-security': '2026-11-18T12:00:00.000Z',
      },
    });
  });

  test('--json prints one document, and --quiet nothing else', async ({ fresh }) => {
    const { stdout, stderr } = expectDone(await fresh.update(['--json', '--quiet']));
    expect(stderr).toBe('');
    const { manifests, changes, failures } = JSON.parse(stdout) as Record<string, unknown[]>;
    expect(manifests).toEqual(
      manifestNames.toSorted(byKind).map((fileName) => ({ fileName, status: 'changed', missing: [] })),
    );
    expect(changes).toHaveLength(12);
    expect(changes?.[0]).toMatchObject({ name: 'libpq5', assurance: 'signed', after: { type: 'deb' } });
    expect(failures).toEqual([]);
  });

  test('finds the mirrors in ASSAY_MIRRORS', async ({ fresh }) => {
    const mirrors = fresh.mirrorArgs.filter((word) => word !== '--mirror').join(' , ');
    const args = [...fresh.updateArgs, '--only', 'uidmap'];
    const { stderr } = expectDone(await runAssay(args, { env: { ASSAY_MIRRORS: mirrors } }));
    expect(stderr).toContain('4 entries in 4 manifests written');
  });

  test('resolves from a repository as aptly makes it, once it is enabled', async ({ fresh }) => {
    await enableFluentBit(fresh);
    expectDone(await fresh.update());
    const { vmconfig } = await readManifest(fresh, 'knc.debian-13.amd64.json');
    expect(vmconfig.dependencies['fluent-bit']).toMatchObject({
      version: '5.0.5',
      url: 'https://packages.fluentbit.io/debian/trixie/pool/main/f/fluent-bit/fluent-bit_5.0.5_amd64.deb',
    });
    const folder = 'packages.fluentbit.io/debian/trixie/dists/trixie/main';
    expect(requested(fresh, /fluentbit.*Packages/).sort()).toEqual([
      `${folder}/binary-amd64/Packages.gz`,
      `${folder}/binary-arm64/Packages.gz`,
    ]);
  });

  test.for([
    [
      ['--only', 'libpq5', '--kind', 'knd'],
      ['knd.debian-13.amd64.json', 'knd.debian-13.arm64.json'],
      ['libpq5'],
    ],
    [
      ['--arch', 'arm64', '--only', 'uidmap,libsubid5'],
      ['knc.debian-13.arm64.json', 'knd.debian-13.arm64.json'],
      ['libsubid5', 'uidmap'],
    ],
  ] as const)('writes only what %j selects', async ([flags, names, keys], { fresh }) => {
    expectDone(await fresh.update(flags));
    expect((await readdir(fresh.manifestsDir)).sort()).toEqual(['evidence', ...names]);
    for (const name of names) {
      expect(Object.keys((await readManifest(fresh, name)).vmconfig.dependencies)).toEqual(keys);
    }
  });

  test.for(['--check', '--dry-run'])('writes nothing under %s', async (flag, { fresh }) => {
    const outcome = await fresh.update([flag]);
    expect(outcome.exitCode).toBe(flag === '--check' ? 3 : 0);
    expect(outcome.stderr).toContain('12 entries in 4 manifests would be written');
    await expect(readdir(fresh.manifestsDir)).rejects.toThrow('ENOENT');
  });
});

function byKind(one: string, other: string): number {
  // As the catalogue has them: knd first.
  const order = (name: string) => (name.startsWith('knd') ? 0 : 1);
  return order(one) - order(other);
}

describe.concurrent('a later run', () => {
  test('changes no byte, asks for InRelease files only, and is answered 304', async ({ fresh }) => {
    expectDone(await fresh.update());
    const before = await snapshot(fresh.manifestsDir);
    const asked = fresh.server.log.length;
    // The second time ahead of anything else.
    for (let run = 1; run <= 2; run += 1) {
      const askedBefore = fresh.server.log.length;
      const { stderr } = expectDone(await fresh.update());
      expect(stderr).toContain('4 manifests: nothing new');
      expect(await snapshot(fresh.manifestsDir)).toEqual(before);
      const log = fresh.server.log.slice(askedBefore);
      expect(log.map(({ path, status }) => `${String(status)} ${path}`).sort()).toEqual(
        inReleases.map((path) => `304 ${path}`),
      );
    }
    // Asked for again, from the cache: still no index, still no change.
    expectDone(await fresh.update(['--refresh', 'all', '--check']));
    expect(await snapshot(fresh.manifestsDir)).toEqual(before);
    expect(fresh.server.log.slice(asked).filter(({ path }) => !path.endsWith('/InRelease'))).toEqual([]);
  });

  test('resolves a deleted entry again, and touches nothing else', async ({ seeded }) => {
    const name = 'knc.debian-13.arm64.json';
    const before = await snapshot(seeded.manifestsDir);
    const manifest = await readManifest(seeded, name);
    delete manifest.vmconfig.dependencies['libsubid5'];
    await writeFile(join(seeded.manifestsDir, name), renderManifest(manifest));
    expectDone(await seeded.update());
    expect(changedPaths(before, await snapshot(seeded.manifestsDir))).toEqual([]);
    // The other architecture's entries stand, and so do their indexes.
    expect(requested(seeded, /binary-arm64/)).toHaveLength(3);
    expect(requested(seeded, /binary-amd64/)).toEqual([]);
  });

  test('takes over a version with a word in it: for a package that is no pre-release', async ({ seeded }) => {
    await seeded.publish({ at: later, versions: { libpq5Security: '18.0~beta1~repack2-4+b1' } });
    expectDone(await seeded.update(['--now', later]));
    const { dependencies } = (await readManifest(seeded, 'knd.debian-13.amd64.json')).vmconfig;
    expect(dependencies['libpq5']).toMatchObject({ version: '18.0~beta1~repack2-4+b1' });
    expectDone(await seeded.update(['--now', later, '--check']));
  });

  test('takes over a new version, and changes only that entry', async ({ seeded }) => {
    const before = await snapshot(seeded.manifestsDir);
    const old = await readManifest(seeded, 'knd.debian-13.amd64.json');
    await seeded.publish({ at: later, versions: { libpq5Security: '17.13-0+deb13u1' } });
    const { stderr } = expectDone(await seeded.update(['--now', later]));
    expect(stderr).toContain('4 entries in 4 manifests written');
    const { dependencies } = (await readManifest(seeded, 'knd.debian-13.amd64.json')).vmconfig;
    expect(dependencies['libpq5']).toMatchObject({ version: '17.13-0+deb13u1' });
    expect({ ...dependencies, libpq5: undefined }).toEqual({
      ...old.vmconfig.dependencies,
      libpq5: undefined,
    });
    const changed = changedPaths(before, await snapshot(seeded.manifestsDir));
    expect(changed.filter((path) => !path.startsWith('evidence/'))).toEqual(manifestNames);
  });
});
