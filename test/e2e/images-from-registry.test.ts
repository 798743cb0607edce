/**
 * Images that `push` has copied to a registry that wants to know who asks, from a mirror that has one platform of them: what the
 * registry has then, and who takes them from there: `assay stage --images`, and rendered scripts.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startLoopbackRegistry, type LoopbackRegistry } from '../../scripts/upstream/loopback-registry.ts';
import { publishRegistry } from '../../scripts/upstream/oci-registry.ts';
import { mergePublications, publicationMirrors } from '../../scripts/upstream/publication.ts';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { archiveFile, publishedImage, runnableLayer } from '../support/image-rehearsal.ts';
import { expectDone } from '../support/outcomes.ts';
import { pauseRepository } from '../support/pause-registry.ts';
import { shellsForFew } from '../support/posix-shells.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';

const auth = { scheme: 'token', username: 'robot', password: 'pass word' } as const;
const kubelet = Buffer.alloc(90_000, 'kubelet ');
const repository = pauseRepository({ layer: runnableLayer() });
const { pinned, layers } = publishedImage(repository);
const layer = layers[0]!;
const mirrored = 'mirror/registry.k8s.io/pause';
const fileName = 'knc.debian-13.amd64.json';

let registry: LoopbackRegistry;
let directory: string;
let pushed: { readonly artifacts: { digest: string }[]; readonly images: { digest: string }[] };

const at = (...names: readonly string[]) => join(directory, ...names);
const environment = () => ({ HOME: directory, XDG_CACHE_HOME: at('cache') });
const assay = (...args: readonly string[]) => runInProcess(args, { env: environment() });
const place = () => `oci://${registry.host}/team/assay`;
const byDigest = () => `${place()}@${pushed.artifacts[0]!.digest}`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-images-from-registry-'));
  registry = await startLoopbackRegistry({ auth });
  await mkdir(at('.docker'));
  const login = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  await writeFile(at('.docker/config.json'), JSON.stringify({ auths: { [registry.host]: { auth: login } } }));
  const digest = `sha256:${createHash('sha256').update(kubelet).digest('hex')}` as const;
  const url = 'https://files.example.org/kubelet';
  const entry = { version: '1.0', url, type: 'binary', digest, size: kubelet.length } as const;
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const dependencies = { kubelet: entry };
  await writeFile(
    at(fileName),
    renderManifest({ vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [pinned] } }),
  );
  const files = new Map([['files.example.org/kubelet', kubelet]]);
  const publication = mergePublications({ files }, publishRegistry(repository));
  const upstream = await startUpstreamServer(publication);
  const mirrors = [
    ...publicationMirrors(publication, upstream.url),
    `https://files.example.org=${upstream.url}/files.example.org`,
  ];
  expectDone(
    await assay('mirror', at(fileName), '--dir', at('tree'), ...mirrors.flatMap((one) => ['--mirror', one])),
  );
  // What follows has no origin to ask.
  await upstream.close();
  const target = [`${registry.host}/team/assay`, '--no-evidence', '--json'];
  const outcome = expectDone(await assay('push', at(fileName), '--from', at('tree'), ...target));
  pushed = JSON.parse(outcome.stdout) as typeof pushed;
  expectDone(
    await assay('stage', at(fileName), '--images', '--mirror-base', byDigest(), '--dir', at('right')),
  );
});
afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});
afterEach(async () => {
  registry.misbehave = undefined;
  await rm(at('out'), { recursive: true, force: true });
});

async function expectAll(outcome: Outcome): Promise<void> {
  expectDone(outcome);
  expect((await readdir(at('out'))).sort()).toEqual(['kubelet', archiveFile]);
  for (const name of ['kubelet', archiveFile]) {
    expect((await readFile(at('out', name))).equals(await readFile(at('right', name))), name).toBe(true);
  }
}

function expectMismatch({ exitCode, stderr }: Outcome): void {
  expect(stderr).toContain('[DIGEST_MISMATCH]');
  expect(exitCode).toBe(5);
}

/** Other bytes of the same size for the image's layer. */
function lie(): void {
  registry.misbehave = (_, response, { method, path }) => {
    if (method !== 'GET' || path !== `/v2/${mirrored}/blobs/${layer.digest}`) return false;
    response.end(Buffer.alloc(layer.size, 'x'));
    return true;
  };
}

test('a mirror with one platform leaves a tag that leads to that platform, by its own digest', () => {
  const { tags, manifests } = registry.repositories.get(mirrored)!;
  expect(tags.get('3.10.2')).toBe(pinned.digest);
  expect(pushed.images[0]!.digest).toBe(pinned.digest);
  // The signature came along, and nothing of the platforms that nobody wanted.
  expect([...tags.keys()].some((tag) => tag.endsWith('.sig'))).toBe(true);
  expect([...manifests.keys()]).not.toContain(pinned.index);
});

test('stage --images takes the archive from there, by digest and by a manifest at hand, and no other bytes', async () => {
  expectDone(await assay('verify', at(fileName), '--staged', at('right'), '--images'));
  await expectAll(await assay('stage', byDigest(), '--images', '--dir', at('out')));
  await rm(at('out'), { recursive: true });
  await expectAll(
    await assay('stage', at(fileName), '--images', '--mirror-base', place(), '--dir', at('out')),
  );
  await rm(at('out'), { recursive: true });
  lie();
  expectMismatch(await assay('stage', byDigest(), '--images', '--dir', at('out')));
  expect(await readdir(at('out'))).toEqual(['kubelet']);
});

async function renderScript(...args: readonly string[]): Promise<void> {
  const where = ['--dir', at('out'), '--installed-file', at('installed'), '-o', at('fetch.sh')];
  expectDone(await assay('render', 'fetch-script', ...args, '--images', ...where));
}

test.for(shellsForFew)(
  'a script takes them from there, with a token for each repository, under $name',
  async (shell) => {
    await renderScript('--from', byDigest());
    const [program, ...args] = shell.argv;
    const before = registry.log.length;
    const run = () => runProgram(program, [...args, at('fetch.sh')], { env: environment() });
    await expectAll(await run());
    const scopes = registry.log.slice(before).flatMap(({ path }) => {
      const scope = new URL(path, registry.url).searchParams.get('scope');
      return scope === null ? [] : [scope];
    });
    expect(scopes.toSorted()).toEqual([`repository:${mirrored}:pull`, 'repository:team/assay:pull']);
    await rm(at('out'), { recursive: true });
    lie();
    expect((await run()).exitCode).toBe(5);
    expect(await readdir(at('out'))).not.toContain(archiveFile);
  },
);

test('a script is rendered from what the registry has, and from nothing else', async () => {
  await renderScript(at(fileName), '--mirror-base', place());
  const url = `${registry.url}/v2/${mirrored}/blobs/${layer.digest}`;
  const script = await readFile(at('fetch.sh'), 'utf8');
  expect(script).toContain(url);
  // By the documents of a layout it is the same one.
  await renderScript(at(fileName), '--mirror-base', place(), '--image-layout', at('tree/images'));
  expect(await readFile(at('fetch.sh'), 'utf8')).toBe(script);
  registry.misbehave = (_, response, { path }) => {
    if (!path.endsWith(pinned.digest)) return false;
    response.end(Buffer.from('{}'));
    return true;
  };
  const refused = await assay('render', 'fetch-script', '--from', byDigest(), '--images');
  expectMismatch(refused);
  expect(refused.stdout).toBe('');
});

test('user-data has their blobs, and imports them', async () => {
  await writeFile(at('values.yaml'), 'hostname: node-1.example\n');
  const vmconfig = [
    ...['--vmconfig-url', 'https://files.example.org/vmconfig.tar.gz', '--vmconfig-size', '9'],
    ...['--vmconfig-digest', `sha256:${'0'.repeat(64)}`],
  ];
  const rendered = expectDone(
    await assay(
      ...['render', 'user-data', '--from', byDigest(), '--images', '--values', at('values.yaml')],
      ...vmconfig,
    ),
  );
  expect(rendered.stdout).toContain(`${registry.url}/v2/${mirrored}/blobs/${layer.digest}`);
  expect(rendered.stdout).toContain(`import_image '${archiveFile}' '${pinned.image}' '${pinned.digest}'`);
});
