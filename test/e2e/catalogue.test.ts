/**
 * The production catalogue against the whole embedded upstream: four complete manifests, byte for byte, and what a
 * second run, a lost entry and entries that do not go together make of them.
 */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { substitute } from '../../scripts/upstream/behaviours.ts';
import { publicationMirrorArgs, type Publication } from '../../scripts/upstream/publication.ts';
import type { UpstreamServer } from '../../scripts/upstream/server.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { parseManifest, renderManifest, type Manifest } from '../../src/formats/own/manifest.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { now, openProductionUpstream } from '../support/production-upstream.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { root, type Outcome } from '../support/run-assay.ts';
import { changedPaths, snapshot } from '../support/snapshot.ts';

const names = ['knc', 'knd'].flatMap((kind) =>
  ['amd64', 'arm64'].map((arch) => `${kind}.debian-13.${arch}.json`),
);
const configGo = 'raw.githubusercontent.com/containerd/containerd/v2.3.1/internal/cri/config/config.go';

let directory: string;
let manifestsDir: string;
let publication: Publication;
let server: UpstreamServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-catalogue-'));
  ({ publication, server } = await openProductionUpstream(directory));
  manifestsDir = join(directory, 'seed');
  expectDone(await update());
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Each test has manifests of its own, with the state of the good run. */
beforeEach(async () => {
  manifestsDir = await mkdtemp(join(directory, 'manifests-'));
  await cp(join(directory, 'seed'), manifestsDir, { recursive: true });
  server.override(configGo);
});

function update(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return runInProcess(
    [
      ...['update-manifests', '--now', now, '--manifests-dir', manifestsDir],
      ...['--trust-dir', join(directory, 'trust'), '--cache-dir', join(directory, 'cache')],
      ...publicationMirrorArgs(publication, server.url, unsignedHosts),
      ...args,
    ],
    { env },
  );
}

async function read(name: string): Promise<Manifest> {
  return parseManifest(await readFile(join(manifestsDir, name)), name);
}

async function edit(name: string, change: (vmconfig: Manifest['vmconfig']) => void): Promise<void> {
  const manifest = await read(name);
  change(manifest.vmconfig);
  await writeFile(join(manifestsDir, name), renderManifest(manifest));
}

describe('one run', () => {
  it.each(names)('writes %s, complete, and byte for byte as it was written before', async (name) => {
    const golden = await readFile(join(root, 'test/fixtures/golden', name), 'utf8');
    expect(await readFile(join(manifestsDir, name), 'utf8')).toBe(golden);
  });

  it('writes no other manifest', async () => {
    const written = (await readdir(manifestsDir)).filter((name) => name.endsWith('.json'));
    expect(written.sort()).toEqual(names);
  });
});

describe('a second run', () => {
  it('changes no byte', async () => {
    const before = await snapshot(manifestsDir);
    expect(expectDone(await update()).stderr).toContain('4 manifests: nothing new');
    expect(await snapshot(manifestsDir)).toEqual(before);
  });

  it.each<[string, (vmconfig: Manifest['vmconfig']) => void]>([
    ['runc', ({ dependencies }) => delete dependencies['runc']],
    ['os-image', ({ os }) => delete os.image],
    ['pause', (vmconfig) => (vmconfig.images = [])],
    ['vmconfig', ({ dependencies }) => delete dependencies['vmconfig']],
  ])('resolves %s again where it was deleted, and nothing else', async (entry, remove) => {
    const [name = ''] = names;
    const before = await snapshot(manifestsDir);
    await edit(name, remove);
    const { stdout } = expectDone(await update(['--json']));
    const { changes } = JSON.parse(stdout) as { changes: { name: string; fileName: string }[] };
    expect(changes.map((change) => [change.fileName, change.name])).toEqual([[name, entry]]);
    expect(changedPaths(before, await snapshot(manifestsDir))).toEqual([]);
  });

  it('--check says what would change by exit 3, and writes nothing', async () => {
    const [name = ''] = names;
    await edit(name, ({ dependencies }) => delete dependencies['runc']);
    const before = await snapshot(manifestsDir);
    expect(await update(['--check'])).toMatchObject({ exitCode: 3 });
    expect(await snapshot(manifestsDir)).toEqual(before);
  });

  it('shows the summary of a job as Markdown', async () => {
    await edit(names[0]!, ({ dependencies }) => delete dependencies['runc']);
    const summary = join(directory, 'summary.md');
    await writeFile(summary, 'what an earlier step wrote\n');
    expectDone(await update([], { GITHUB_STEP_SUMMARY: summary }));
    const text = await readFile(summary, 'utf8');
    expect(text).toMatch(/^what an earlier step wrote\n## Manifests\n/);
    expect(text).toMatch(/^\| runc \| 1\.4\.2 \| signed \| runc [0-9A-F]{40} \| knc, debian-13 amd64 \| /m);
  });
});

describe('entries that do not go together', () => {
  /** Forgets one entry everywhere, so that the run brings it in. */
  async function forget(remove: (vmconfig: Manifest['vmconfig']) => void): Promise<void> {
    for (const name of names) await edit(name, remove);
  }

  it('a pause image that is not the one of containerd: exit 6', async () => {
    await forget((vmconfig) => (vmconfig.images = []));
    const other = Buffer.from('package config\n\nconst DefaultSandboxImage = "registry.k8s.io/pause:3.11"\n');
    server.override(configGo, substitute(other));
    const before = await snapshot(manifestsDir);
    const outcome = await update(['--json', '--cache-dir', join(directory, 'other')]);
    expectRefused(outcome, 6, 'CROSS_CHECK_FAILED');
    expect(await snapshot(manifestsDir)).toEqual(before);
  });

  it('a source file that does not say: exit 5', async () => {
    await forget(({ dependencies }) => delete dependencies['containerd']);
    server.override(configGo, substitute(Buffer.from('package config\n')));
    const before = await snapshot(manifestsDir);
    const outcome = await update(['--json', '--cache-dir', join(directory, 'other')]);
    expectRefused(outcome, 5, 'EVIDENCE_MALFORMED');
    expect(await snapshot(manifestsDir)).toEqual(before);
  });

  it('one digest under two names: exit 6', async () => {
    const { digest } = (await read(names[0]!)).vmconfig.dependencies['kubectl']!;
    await edit(names[0]!, ({ dependencies }) => {
      delete dependencies['kubectl'];
      dependencies['runc']!.digest = digest;
    });
    const before = await snapshot(manifestsDir);
    expectRefused(await update(['--json', '--only', 'kubectl']), 6, 'CROSS_CHECK_FAILED');
    expect(await snapshot(manifestsDir)).toEqual(before);
  });

  it('one digest under two names, beside two others that stood there before: exit 6', async () => {
    await edit(names[0]!, ({ dependencies }) => {
      dependencies['cni-plugins']!.digest = dependencies['containerd']!.digest;
      dependencies['runc']!.digest = dependencies['kubectl']!.digest;
      delete dependencies['kubectl'];
    });
    const before = await snapshot(manifestsDir);
    expectRefused(await update(['--json', '--only', 'kubectl']), 6, 'CROSS_CHECK_FAILED');
    expect(await snapshot(manifestsDir)).toEqual(before);
  });
});

describe('a manifest with boot files', () => {
  const boot = {
    cmdline: 'ro',
    kernel: { partition: 1, path: '/boot/vmlinuz', digest: `sha256:${'1'.repeat(64)}` },
    initrd: { partition: 1, path: '/boot/initrd.img', digest: `sha256:${'2'.repeat(64)}` },
  } as const;

  it('keeps them with its image, and says so where they are gone with it', async () => {
    await edit(names[0]!, ({ os }) => {
      os.boot = boot;
    });
    expect(expectDone(await update(['--refresh', 'os-image'])).stderr).not.toContain('os.boot is gone');
    expect((await read(names[0]!)).vmconfig.os.boot).toEqual(boot);
    await edit(names[0]!, ({ os }) => {
      Object.assign(os.image!, { version: '20260101-1', digest: `sha512:${'3'.repeat(128)}` });
    });
    expect(expectDone(await update()).stderr).toContain(`${names[0]!}: os.boot is gone`);
    expect((await read(names[0]!)).vmconfig.os.boot).toBeUndefined();
  });
});
