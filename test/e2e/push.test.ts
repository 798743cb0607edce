/** `assay push` into a registry on loopback: what it has then, when, and what it never has. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { substitute } from '../../scripts/upstream/behaviours.ts';
import {
  sha256,
  startLoopbackRegistry,
  type LoopbackRegistry,
  type LoopbackRegistryOptions,
} from '../../scripts/upstream/loopback-registry.ts';
import { publishRegistry } from '../../scripts/upstream/oci-registry.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest, type ManifestImage } from '../../src/formats/own/manifest.ts';
import { parsePushedEvidence, parsePushedManifest } from '../../src/formats/own/pushed-manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { pauseRepository } from '../support/pause-registry.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import type { Outcome } from '../support/run-assay.ts';

const host = 'files.example.org';
const content = {
  kubelet: Buffer.alloc(400_000, 'kubelet'),
  'runc.tgz': Buffer.alloc(30_000, 'runc'),
  'os.qcow2': Buffer.alloc(50_000, 'image'),
} as const;
const pathOf = (name: string) => `${host}/v1.0/${name}`;

function entry(
  name: keyof typeof content,
  type: 'binary' | 'tar.gz' | 'qcow2',
  algorithm: 'sha256' | 'sha512',
) {
  const bytes = content[name];
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as const;
  return { version: '1.0', url: `https://${pathOf(name)}`, type, digest, size: bytes.length };
}

const pause = pauseRepository();
const index = Buffer.from(pause.tags.get('3.10.2')!);
interface Listed {
  readonly manifests: readonly { digest: string; size: number; platform: { architecture: string } }[];
}
const listed = (JSON.parse(index.toString()) as Listed).manifests;

function pauseFor(arch: string): ManifestImage {
  const { digest, size } = listed.find(({ platform }) => platform.architecture === arch)!;
  const { config, layers } = JSON.parse(Buffer.from(pause.manifests.get(digest)!).toString()) as {
    config: { size: number };
    layers: { size: number }[];
  };
  const sizes = [config, ...layers].reduce((sum, one) => sum + one.size, size);
  return {
    ...{ image: 'registry.k8s.io/pause:3.10.2', digest: digest as 'sha256:', size: sizes },
    ...{ platform: `linux/${arch}`, index: sha256(index) as 'sha256:' },
  };
}

function manifestOf(
  kind: string,
  arch: 'amd64' | 'arm64',
  images: ManifestImage[] = [pauseFor(arch)],
): Uint8Array {
  const image = { ...entry('os.qcow2', 'qcow2', 'sha512'), type: 'qcow2' } as const;
  const dependencies = {
    kubelet: entry('kubelet', 'binary', 'sha256'),
    runc: entry('runc.tgz', 'tar.gz', 'sha512'),
    vmconfig: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 } as const,
  };
  return renderManifest({
    vmconfig: { version: 'dev', kind, os: { name: 'debian-13', arch, image }, dependencies, images },
  });
}
const knc = manifestOf('knc', 'amd64');

interface Pushing {
  readonly directory: string;
  readonly server: UpstreamServer;
  open(options?: LoopbackRegistryOptions): Promise<LoopbackRegistry>;
  push(registry: LoopbackRegistry, ...args: readonly string[]): Promise<Outcome>;
  mirror(...args: readonly string[]): Promise<Outcome>;
}

const test = base.extend<{ run: Pushing }>({
  run: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-push-'));
    const { routes } = publishRegistry(pause);
    const files = new Map(Object.entries(content).map(([name, bytes]) => [pathOf(name), bytes]));
    const server = await startUpstreamServer({ files, routes });
    await writeFile(join(directory, 'knc.debian-13.amd64.json'), knc);
    await writeFile(join(directory, 'knc.debian-13.arm64.json'), manifestOf('knc', 'arm64'));
    const opened: LoopbackRegistry[] = [];
    const hosts = [
      host,
      'registry.k8s.io',
      ...new Set([...routes.keys()].map((path) => path.split('/')[0]!)),
    ];
    const mirrors = hosts.flatMap((one) => ['--mirror', `https://${one}=${server.url}/${one}`]);
    const assay = (command: string, ...args: readonly string[]) =>
      runInProcess(
        [
          ...[command, ...args.map((arg) => (/^[a-z].*\.json$/.test(arg) ? join(directory, arg) : arg))],
          ...['--json', '--cache-dir', join(directory, 'cache'), ...mirrors],
        ],
        { env: { HOME: join(directory, 'home'), XDG_RUNTIME_DIR: join(directory, 'run') } },
      );
    await use({
      ...{ directory, server },
      async open(options) {
        const registry = await startLoopbackRegistry(options);
        opened.push(registry);
        return registry;
      },
      push: (registry, ...args) => assay('push', ...args, `${registry.host}/team/vmconfig`),
      mirror: (...args) => assay('mirror', ...args),
    });
    await Promise.all([server, ...opened].map((one) => one.close()));
    await rm(directory, { recursive: true });
  },
});

const amd64 = 'knc.debian-13.amd64.json';
const tag = 'knc.debian-13.amd64';
const imageAt = 'mirror/registry.k8s.io/pause';
const repositoryOf = (registry: LoopbackRegistry) => registry.repositories.get('team/vmconfig');
const taggedIn = (registry: LoopbackRegistry, at = tag) => {
  const repository = repositoryOf(registry);
  return repository?.manifests.get(repository.tags.get(at) ?? '')?.bytes;
};
const writes = ({ log }: LoopbackRegistry) =>
  log.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
interface Document {
  readonly artifacts: readonly { tag: string; digest: string; evidence?: string; status: string }[];
  readonly images: readonly { reference: string; digest: string; signed: boolean; status: string }[];
  readonly held: readonly { tag: string }[];
  readonly blobs: { readonly kept: number; readonly mounted: number; readonly sent: number };
}
const documentOf = ({ stdout }: Outcome) => JSON.parse(stdout) as Document;

describe('push', () => {
  test('puts an artifact with a layer for each file, and the manifest among them', async ({ run }) => {
    const registry = await run.open();
    const done = documentOf(expectDone(await run.push(registry, amd64)));
    const bytes = taggedIn(registry)!;
    expect(done.artifacts).toMatchObject([{ tag, digest: sha256(bytes), status: 'pushed' }]);
    const { manifest, files } = parsePushedManifest(bytes, 'it');
    expect(manifest).toMatchObject({ title: amd64, digest: sha256(knc) });
    expect(files.map(({ title, digest }) => [title, registry.blobs.get(digest)])).toEqual([
      ['kubelet', content.kubelet],
      ['runc.tar.gz', content['runc.tgz']],
      ['os-image.qcow2', content['os.qcow2']],
    ]);
    // Of what was on its way nothing stays.
    expect(await readdir(join(run.directory, 'cache/push'))).toEqual([]);
  });

  test('calls the manifest after its kind, whatever its file is called', async ({ run }) => {
    const registry = await run.open();
    await writeFile(join(run.directory, 'vmconfig_1.0.0_knc_debian-13_amd64.json'), knc);
    expectDone(await run.push(registry, 'vmconfig_1.0.0_knc_debian-13_amd64.json', '--no-images'));
    expect(parsePushedManifest(taggedIn(registry)!, 'it').manifest.title).toBe(amd64);
    const place = `oci://${registry.host}/team/vmconfig@${sha256(taggedIn(registry)!)}`;
    const staged = join(run.directory, 'artifacts');
    expectDone(await runInProcess(['stage', place, '--dir', staged, '--json']));
    expect(await readdir(staged)).toEqual(['kubelet', 'runc.tar.gz']);
  });

  test('copies images by digest, with index and signature', async ({ run }) => {
    const registry = await run.open();
    const done = documentOf(expectDone(await run.push(registry, amd64)));
    const reference = `${registry.host}/${imageAt}:3.10.2`;
    expect(done.images).toMatchObject([{ reference, digest: sha256(index), signed: true, status: 'pushed' }]);
    const { tags, manifests } = registry.repositories.get(imageAt)!;
    expect(tags.get('3.10.2')).toBe(sha256(index));
    expect([...tags.keys()]).toContain(`${sha256(index).replace(':', '-')}.sig`);
    for (const { digest } of listed)
      expect(manifests.get(digest)?.bytes).toEqual(Buffer.from(pause.manifests.get(digest)!));
    for (const [digest, bytes] of pause.blobs) {
      const has = registry.blobs.get(digest);
      if (has !== undefined) expect(has).toEqual(Buffer.from(readContent(bytes)));
    }
  });

  test('sends nothing again', async ({ run }) => {
    const registry = await run.open();
    expectDone(await run.push(registry, amd64));
    registry.log.length = 0;
    const again = documentOf(expectDone(await run.push(registry, amd64)));
    expect(again.artifacts[0]?.status).toBe('kept');
    expect(again.images[0]?.status).toBe('kept');
    expect(again.blobs).toMatchObject({ sent: 0, mounted: 0 });
    expect(writes(registry)).toEqual([]);
  });

  test('takes two manifests, and what they share once', async ({ run }) => {
    const registry = await run.open();
    const done = documentOf(expectDone(await run.push(registry, amd64, 'knc.debian-13.arm64.json')));
    expect(done.artifacts.map((one) => one.tag)).toEqual([tag, 'knc.debian-13.arm64']);
    expect(
      writes(registry).filter(({ method, path }) => method === 'PUT' && path.includes('/uploads/')),
    ).toHaveLength(registry.blobs.size);
  });

  test('leaves out what is not wanted', async ({ run }) => {
    const registry = await run.open();
    expectDone(await run.push(registry, amd64, '--no-os-image', '--no-images'));
    const { files } = parsePushedManifest(taggedIn(registry)!, 'it');
    expect(files.map(({ title }) => title)).toEqual(['kubelet', 'runc.tar.gz']);
    expect([...registry.repositories.keys()]).toEqual(['team/vmconfig']);
  });

  test('tags an index of its own where the publisher has none', async ({ run }) => {
    const registry = await run.open();
    for (const arch of ['amd64', 'arm64'] as const) {
      const image = pauseFor(arch);
      delete image.index;
      await writeFile(join(run.directory, `knd.${arch}.json`), manifestOf('knd', arch, [image]));
    }
    const args = ['--no-os-image', 'knd.amd64.json', 'knd.arm64.json'];
    const [image] = documentOf(expectDone(await run.push(registry, ...args))).images;
    const { manifests } = registry.repositories.get(imageAt)!;
    const tagged = JSON.parse(manifests.get(image!.digest)!.bytes.toString()) as Listed;
    expect(tagged.manifests.map(({ digest, platform }) => [digest, platform.architecture])).toEqual(
      ['amd64', 'arm64'].map((arch) => [pauseFor(arch).digest, arch]),
    );
  });

  test('takes everything from a mirror, and asks no origin', async ({ run }) => {
    const tree = join(run.directory, 'tree');
    expectDone(await run.mirror(amd64, '--dir', tree));
    const asked = run.server.log.length;
    const registry = await run.open();
    const done = documentOf(expectDone(await run.push(registry, amd64, '--from', tree)));
    expect(run.server.log).toHaveLength(asked);
    expect(parsePushedManifest(taggedIn(registry)!, 'it').files).toHaveLength(3);
    // A registry that takes no index of which a part is missing has the one platform that the mirror has.
    expect(done.images).toMatchObject([{ digest: pauseFor('amd64').digest, signed: true }]);
    expect(registry.repositories.get(imageAt)?.tags.get('3.10.2')).toBe(pauseFor('amd64').digest);

    const other = await run.open();
    const file = join(tree, 'vmconfig/artifacts/runc/1.0/runc.tgz');
    await writeFile(file, Buffer.alloc(30_000, 'evil'));
    expectRefused(await run.push(other, amd64, '--from', tree), 5, 'DIGEST_MISMATCH');
    await rm(file);
    expectRefused(await run.push(other, amd64, '--from', tree), 5, 'FILE_MISSING');
    expect(taggedIn(other)).toBeUndefined();
  });
});

describe('evidence', () => {
  const beside = async (directory: string) => {
    await mkdir(join(directory, 'evidence'), { recursive: true });
    await writeFile(join(directory, 'evidence', amd64), '{\n  "version": 3,\n  "entries": {}\n}\n');
  };

  test('goes along as a referrer', async ({ run }) => {
    await beside(run.directory);
    const registry = await run.open();
    const [artifact] = documentOf(expectDone(await run.push(registry, amd64))).artifacts;
    const bytes = repositoryOf(registry)!.manifests.get(artifact!.evidence!)!.bytes;
    const { subject, files } = parsePushedEvidence(bytes, 'it');
    expect(subject.digest).toBe(artifact!.digest);
    expect(files.map(({ title }) => title)).toEqual([`evidence/${amd64}`]);
    expect([...repositoryOf(registry)!.tags.keys()]).toEqual([tag]);

    const without = await run.open();
    expect(
      documentOf(expectDone(await run.push(without, amd64, '--no-evidence'))).artifacts[0],
    ).not.toHaveProperty('evidence');
  });

  test('is listed under a tag where the registry has no list, beside what others have there', async ({
    run,
  }) => {
    await beside(run.directory);
    const registry = await run.open({ referrers: false });
    const [artifact] = documentOf(expectDone(await run.push(registry, amd64))).artifacts;
    const list = () =>
      JSON.parse(taggedIn(registry, artifact!.digest.replace(':', '-'))!.toString()) as Listed;
    expect(list().manifests).toMatchObject([
      { digest: artifact!.evidence, artifactType: 'application/vnd.assay.evidence.v1' },
    ]);
    expectDone(await run.push(registry, amd64));
    expect(list().manifests).toHaveLength(1);
  });
});

describe('a push that fails', () => {
  test('moves no tag where a file is not what was vouched for', async ({ run }) => {
    const registry = await run.open();
    run.server.override(pathOf('kubelet'), substitute(Buffer.alloc(400_000, 'evil')));
    const outcome = await run.push(registry, amd64);
    expectRefused(outcome, 5, 'DIGEST_MISMATCH');
    expect(documentOf(outcome).held).toMatchObject([{ tag }]);
    expect(repositoryOf(registry)?.tags.size).toBe(0);
    expect(registry.blobs.has(sha256(Buffer.alloc(400_000, 'evil')))).toBe(false);
  });

  test('moves no tag where an image has other layers', async ({ run }) => {
    const registry = await run.open();
    const wrong = { ...pauseFor('amd64'), size: 12 };
    await writeFile(join(run.directory, 'knd.json'), manifestOf('knd', 'amd64', [wrong]));
    expectRefused(await run.push(registry, 'knd.json'), 5, 'SIZE_MISMATCH');
    expect(repositoryOf(registry)?.tags.size).toBe(0);
    expect(registry.repositories.get(imageAt)?.tags.size ?? 0).toBe(0);
  });

  test('goes on where it was cut', async ({ run }) => {
    const registry = await run.open();
    registry.misbehave = (request, response, { path }) => {
      if (request.method !== 'PUT' || !path.includes(`manifests/${tag}`)) return false;
      response.writeHead(400).end();
      return true;
    };
    expectRefused(await run.push(registry, amd64), 4, 'HTTP_STATUS');
    expect(repositoryOf(registry)?.tags.size).toBe(0);
    delete registry.misbehave;
    expect(documentOf(expectDone(await run.push(registry, amd64))).blobs.sent).toBe(0);
    expect(taggedIn(registry)).toBeDefined();
  });

  test('says who is not let in, and never with what', async ({ run }) => {
    const registry = await run.open({ auth: { scheme: 'token', username: 'u', password: 'hunter2' } });
    expectRefused(await run.push(registry, amd64), 4, 'HTTP_STATUS');
    await mkdir(join(run.directory, 'home/.docker'), { recursive: true });
    const config = (auth: string) =>
      writeFile(
        join(run.directory, 'home/.docker/config.json'),
        `{"auths":{"${registry.host}":{"auth":"${auth}"}}}`,
      );
    await config('!');
    expectRefused(await run.push(registry, amd64), 2, 'CREDENTIALS_INVALID');
    await config(Buffer.from('u:hunter2').toString('base64'));
    const { stdout, stderr } = expectDone(await run.push(registry, amd64, '--verbose'));
    expect(stdout + stderr).not.toMatch(/hunter2|dTpodW50ZXIy/);
    expect(stderr).toContain('.docker/config.json');
  });
});

describe('wrong usage', () => {
  test.for([
    ['no repository', 'registry.example.org'],
    ['a tag', 'registry.example.org/vmconfig:latest'],
    ['a digest', 'registry.example.org/vmconfig@sha256:00'],
    ['a scheme', 'https://registry.example.org/vmconfig'],
    ['no full host', 'vmconfig/assay'],
    ['a password', 'u:hunter2@registry.example.org/vmconfig'],
  ] as const)('is %s', async ([, target], { run }) => {
    const outcome = await runInProcess(['push', join(run.directory, amd64), target, '--json']);
    expectRefused(outcome, 2, 'USAGE');
    expect(outcome.stdout + outcome.stderr).not.toContain('hunter2');
  });

  test('is a repository alone, or two manifests of one tag', async ({ run }) => {
    const registry = await run.open();
    expectRefused(await run.push(registry), 2, 'USAGE');
    await writeFile(join(run.directory, 'again.json'), knc);
    expectRefused(await run.push(registry, amd64, 'again.json'), 2, 'MANIFEST_INVALID');
    expect(registry.log).toEqual([]);
  });
});
