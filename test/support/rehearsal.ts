/**
 * A miniature Debian on loopback, and a project directory that resolves against it: catalogue, trust,
 * manifests. Each test has its own, so that tests can break it and run at the same time.
 *
 *   test('…', async ({ fresh }) => { await fresh.update('--check'); });
 *   test('…', async ({ seeded }) => …);   // with the state of an earlier, good run
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { parse, stringify } from 'yaml';
import type { UpstreamFiles } from '../../scripts/upstream/apt-repository.ts';
import {
  buildDebianUpstream,
  debianMirrors,
  generateDebianKeys,
  writeDebianTrust,
  type DebianKeys,
  type DebianOptions,
} from '../../scripts/upstream/debian.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { runInProcess, type InProcessOptions } from './command-in-process.ts';
import { root, type Outcome } from './run-assay.ts';

/** The time to judge by: everything in the miniature is fresh then. */
export const now = '2026-11-20T12:00:00Z';

export interface Rehearsal {
  readonly directory: string;
  readonly manifestsDir: string;
  readonly trustDir: string;
  readonly catalogue: string;
  readonly keys: DebianKeys;
  /** What the upstream serves; its own copy, changes show at once. */
  readonly files: UpstreamFiles;
  readonly server: UpstreamServer;
  /** `--mirror ORIGIN=URL`, for every host of the miniature. */
  readonly mirrorArgs: readonly string[];
  /** `update-manifests` and the flags of this directory, but for the mirrors. */
  readonly updateArgs: readonly string[];
  /** `update-manifests` in this directory, by this process, then `args`: of a repeated flag the last one counts. */
  update(args?: readonly string[], options?: InProcessOptions): Promise<Outcome>;
  /** Publishes another state under the same keys. */
  publish(options: Omit<DebianOptions, 'keys' | 'now'> & { readonly at: string }): Promise<void>;
  /** Writes the catalogue anew. */
  editCatalogue(edit: (catalogue: CatalogueFile) => void): Promise<void>;
  close(): Promise<void>;
}

/** As far as tests change it. */
export interface CatalogueFile {
  readonly sources: Record<string, { type: string; suites: Record<string, unknown>[] }>;
  readonly dependencies: Record<string, Record<string, unknown>>;
}

/** Made once in a process, which may run many test files: keys, and what they sign. */
const keysOnce = once(() => generateDebianKeys(new Date(now)));
const filesOnce = once(async () => buildDebianUpstream({ now: new Date(now), keys: await keysOnce() }));
const makeSeed = async () => {
  const rehearsal = await open();
  const { exitCode, stderr } = await rehearsal.update();
  if (exitCode !== 0) throw new Error(`the good run failed:\n${stderr}`);
  await rehearsal.server.close();
  return rehearsal.directory;
};
/** Made once a test file: the directory after one good run. */
let seedOnce = once(makeSeed);

export const test = base.extend<{ fresh: Rehearsal; seeded: Rehearsal }>({
  fresh: async ({}, use) => {
    const rehearsal = await open();
    await use(rehearsal);
    await rehearsal.close();
  },
  seeded: async ({}, use) => {
    const rehearsal = await open(await seedOnce());
    await use(rehearsal);
    await rehearsal.close();
  },
});

/** For an `afterAll`: what the good run of this test file left. */
export async function removeSeed(): Promise<void> {
  const made = await seedOnce();
  seedOnce = once(makeSeed);
  await rm(made, { recursive: true, force: true });
}

async function open(seed?: string): Promise<Rehearsal> {
  const [keys, built] = await Promise.all([keysOnce(), filesOnce()]);
  const directory = await mkdtemp(join(tmpdir(), 'assay-rehearsal-'));
  const files = new Map(built);
  const server = await startUpstreamServer({ files });
  const [manifestsDir, trustDir] = [join(directory, 'manifests'), join(directory, 'trust')];
  const catalogue = join(directory, 'catalogue.yaml');
  if (seed === undefined) {
    await writeDebianTrust(trustDir, keys);
    await writeFile(catalogue, stringify(await aptCatalogue()));
  } else {
    // The cache names the server of its time by port: each rehearsal begins without one.
    for (const name of ['manifests', 'trust', 'catalogue.yaml']) {
      await cp(join(seed, name), join(directory, name), { recursive: true });
    }
  }
  const mirrorArgs = debianMirrors(server.url).flatMap((mirror) => ['--mirror', mirror]);
  const updateArgs = [
    'update-manifests',
    ...['--catalogue', catalogue, '--manifests-dir', manifestsDir, '--trust-dir', trustDir],
    ...['--cache-dir', join(directory, 'cache'), '--now', now],
  ];
  return {
    ...{ directory, manifestsDir, trustDir, catalogue, keys, files, server, mirrorArgs, updateArgs },
    update: (args = [], options = {}) => runInProcess([...updateArgs, ...mirrorArgs, ...args], options),
    async publish({ at, ...options }) {
      const newer = await buildDebianUpstream({ ...options, now: new Date(at), keys });
      for (const [path, bytes] of newer) files.set(path, bytes);
    },
    async editCatalogue(edit) {
      const file = parse(await readFile(catalogue, 'utf8')) as CatalogueFile;
      edit(file);
      await writeFile(catalogue, stringify(file));
    },
    async close() {
      await server.close();
      // A run that failed in this process may still be filling its cache.
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The production catalogue, but for what is not in apt repositories. */
async function aptCatalogue(): Promise<CatalogueFile> {
  const text = await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8');
  const { sources, dependencies, ...rest } = parse(text) as CatalogueFile;
  const pick = <T>(record: Record<string, T>, isApt: (value: T) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => isApt(value)));
  const packages = pick(
    dependencies,
    ({ verification }) => (verification as { method: string }).method === 'apt',
  );
  // A repository of another form, which some tests enable.
  Object.assign(packages['fluent-bit']!, { enabled: false, reason: 'the tests of Debian do without it' });
  return { ...rest, sources: pick(sources, ({ type }) => type === 'apt'), dependencies: packages };
}

/** As the project's catalogue has it. */
export async function enableFluentBit(rehearsal: Rehearsal): Promise<void> {
  await rehearsal.editCatalogue(({ dependencies }) => {
    delete dependencies['fluent-bit']!['enabled'];
    delete dependencies['fluent-bit']!['reason'];
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
