/** What the one file is made of; it is built and run by `make executable-check`. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checksumsOf } from '../../../../scripts/release/checksums.ts';
import { isPart, seaConfig } from '../../../../scripts/release/executable.ts';
import { pinnedPackage } from '../../../../scripts/release/pinned-node.ts';
import { root } from '../../../support/run-assay.ts';

describe('the executable', () => {
  it.each(['main.cjs', 'chunk-stage.cjs', 'hash-worker.js', 'trust/pins.yaml', 'trust/runc.asc'])(
    'has %s in it',
    (path) => {
      expect(isPart(path)).toBe(true);
    },
  );

  it.each(['cli.js', 'index.js', 'index.d.ts', 'io/hash-worker.js', 'trust', 'library/apt.js', 'x/main.cjs'])(
    'has no %s in it',
    (path) => {
      expect(isPart(path)).toBe(false);
    },
  );

  it('depends on neither the machine nor the order of a directory', () => {
    const config = seaConfig(
      ['main.cjs', 'chunk-b.cjs', 'chunk-a.cjs'],
      '/somewhere/node',
      'assay-linux-amd64',
    );
    expect(config).toMatchObject({ useSnapshot: false, useCodeCache: false, main: 'executable.cjs' });
    expect(Object.keys(config.assets)).toEqual(['chunk-a.cjs', 'chunk-b.cjs', 'main.cjs']);
    expect(Object.values(config.assets).filter((path) => path.startsWith('/'))).toEqual([]);
  });
});

describe('the Node that it is made of', () => {
  const lock = readFile(join(root, 'scripts/toolchain/package-lock.json'), 'utf8').then(
    (text) => JSON.parse(text) as Parameters<typeof pinnedPackage>[0],
  );

  it.each([
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'arm64'],
  ])('is pinned for %s %s, in the one version', async (os, cpu) => {
    const { version } = pinnedPackage(await lock, { os, cpu });
    expect(version).toBe(pinnedPackage(await lock, { os: 'linux', cpu: 'x64' }).version);
  });

  it('is nothing else where none is pinned', async () => {
    const pins = await lock;
    expect(() => pinnedPackage(pins, { os: 'linux', cpu: 'riscv64' })).toThrow(
      /pins no Node for linux riscv64/,
    );
  });
});

describe('SHA256SUMS', () => {
  let directory: string;
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'assay-test-'))));
  afterAll(() => rm(directory, { recursive: true }));

  it('names each file, and neither itself nor what signs it', async () => {
    for (const name of ['b', 'a', 'SHA256SUMS', 'SHA256SUMS.sigstore.json'])
      await writeFile(join(directory, name), '');
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    expect(await checksumsOf(directory)).toBe(`${empty}  a\n${empty}  b\n`);
  });
});
