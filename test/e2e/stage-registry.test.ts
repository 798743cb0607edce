/** `assay stage` from a registry: what a digest or a manifest at hand vouches for, and every way in which it may lie. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import type { Digest } from '../../src/model/digest.ts';
import {
  body,
  file,
  redirect,
  startFaultServer,
  status,
  truncated,
  type Behaviour,
  type FaultServer,
} from '../support/fault-server.ts';
import { runInProcess } from '../support/command-in-process.ts';
import {
  sha256,
  startPushedRegistry,
  type Artifact,
  type PushedRegistry,
} from '../support/pushed-registry.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';

const contents = {
  'libpq5.deb': bytesOf('libpq5', 300_000),
  'runc.tar.gz': bytesOf('runc', 20_000),
  kubelet: bytesOf('kubelet', 5_000),
} as const;
const files = new Map<string, Uint8Array>(Object.entries(contents));
const fileName = 'knd.debian-13.amd64.json';
const tag = 'knd.debian-13.amd64';
const manifest = manifestOf('knd');

let registry: PushedRegistry;
let elsewhere: FaultServer;
let directory: string;

beforeAll(async () => {
  elsewhere = await startFaultServer();
});
afterAll(() => elsewhere.close());
beforeEach(async () => {
  registry = await startPushedRegistry();
  directory = await mkdtemp(join(tmpdir(), 'assay-stage-registry-'));
  await writeFile(join(directory, fileName), manifest);
});
afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true });
});

function bytesOf(seed: string, count: number): Buffer {
  const line = createHash('sha512').update(seed).digest('hex');
  return Buffer.from(line.repeat(Math.ceil(count / line.length)).slice(0, count));
}

function entryOf(name: keyof typeof contents, algorithm: 'sha256' | 'sha512'): ManifestDependency {
  const bytes = contents[name];
  return {
    version: '1.0+1',
    url: `https://files.example.invalid/v1.0+1/${name}`,
    type: name.endsWith('.deb') ? 'deb' : name.endsWith('.tar.gz') ? 'tar.gz' : 'binary',
    digest: `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`,
    size: bytes.length,
  };
}

function manifestOf(kind: string): Uint8Array {
  const dependencies = {
    libpq5: entryOf('libpq5.deb', 'sha256'),
    // The registry calls its blob by another digest than the manifest has.
    runc: entryOf('runc.tar.gz', 'sha512'),
    kubelet: entryOf('kubelet', 'sha256'),
    vmconfig: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
  } as const;
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind, os, dependencies, images: [] } });
}

function push(edit?: (artifact: Artifact) => void, bytes = manifest): Digest {
  return registry.push({ manifest: [fileName, bytes], files, tag, ...(edit && { edit }) });
}

function stage(name: string, ...args: readonly string[]): Promise<Outcome> {
  const file = name === fileName ? join(directory, fileName) : name;
  const more = ['--dir', join(directory, 'artifacts'), '--attempts', '2'];
  return runInProcess(['stage', file, ...args, ...more], {
    env: { HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') },
  });
}

const staged = () => readdir(join(directory, 'artifacts')).catch((): string[] => []);

async function expectStaged({ exitCode, stderr }: Outcome): Promise<void> {
  expect(stderr).toContain('staged libpq5.deb');
  expect(exitCode).toBe(0);
  expect((await staged()).sort()).toEqual([...files.keys()].sort());
  for (const [name, bytes] of files) {
    expect((await readFile(join(directory, 'artifacts', name))).equals(bytes)).toBe(true);
  }
}

/** Every other file is staged, or none at all. */
async function expectFailed(outcome: Outcome, exitCode: number, code: string, name?: string): Promise<void> {
  expect(outcome.stderr).toContain(`[${code}]`);
  expect(outcome.exitCode).toBe(exitCode);
  const expected = name === undefined ? [] : [...files.keys()].filter((one) => one !== name);
  expect((await staged()).filter((one) => !one.startsWith('.')).sort()).toEqual(expected.sort());
}

describe('with a manifest at hand', () => {
  const fromRegistry = () => stage(fileName, '--mirror-base', registry.place);

  test('asks for blobs by their digests, and the tag alone for what has another', async () => {
    push();
    await expectStaged(await fromRegistry());
    const asked = registry.server.requests.map(({ path }) => path.replace(/^.*\/(?=manifests|blobs)/, ''));
    expect(asked.sort()).toEqual([
      ...Object.values(contents)
        .map((bytes) => `blobs/${sha256(bytes)}`)
        .sort(),
      `manifests/${tag}`,
    ]);
  });

  test('needs no tag where all digests are SHA-256', async () => {
    for (const bytes of files.values()) registry.putBlob(bytes);
    const outcome = await stage(fileName, '--mirror-base', registry.place, '--only', 'libpq5,kubelet');
    expect(outcome.exitCode).toBe(0);
    expect(registry.server.requests).toHaveLength(2);
  });

  test('resumes a blob where the connection broke', async () => {
    push();
    const bytes = contents['libpq5.deb'];
    const validator = { etag: `"${sha256(bytes)}"` };
    registry.server.on(
      registry.blob(bytes),
      truncated(bytes, 150_000, validator, 300),
      file(bytes, validator),
    );
    await expectStaged(await fromRegistry());
    const ranges = registry.server.requestsTo(registry.blob(bytes)).map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]/)]);
  });

  test('believes no tag that was moved, and takes what was pushed by its digest', async () => {
    const digest = push();
    registry.push({
      manifest: [fileName, manifestOf('knc')],
      files: new Map([['other', Buffer.of(1)]]),
      tag,
    });
    await expectFailed(await fromRegistry(), 4, 'NOT_FOUND');
    await expectStaged(await stage(fileName, '--mirror-base', `${registry.place}@${digest}`));
  });

  test('refuses a tag that leads to other bytes of the same size', async () => {
    const other = Buffer.alloc(contents['runc.tar.gz'].length, 'x');
    registry.push({
      manifest: [fileName, manifest],
      files: new Map([...files, ['runc.tar.gz', other]]),
      tag,
    });
    await expectFailed(await fromRegistry(), 5, 'DIGEST_MISMATCH', 'runc.tar.gz');
  });

  test('asks the origin in place of a registry that has not got it, if it may', async () => {
    push();
    registry.server.on(registry.blob(contents.kubelet), status(404));
    const { server } = registry;
    server.on('/files/v1.0%2B1/kubelet', file(contents.kubelet));
    const mirror = `https://files.example.invalid=${server.origin}/files`;
    await expectStaged(
      await stage(fileName, '--mirror-base', registry.place, '--fallback-origin', '--mirror', mirror),
    );
  });
});

describe('by the digest of what was pushed', () => {
  const byDigest = (digest: Digest) => stage(`${registry.place}@${digest}`);

  test('stages all of it, and says what that was', async () => {
    const digest = push();
    const outcome = await byDigest(digest);
    await expectStaged(outcome);
    expect(outcome.stderr).toContain(`pulled ${fileName}  ${registry.place}@${digest}`);
  });

  test('never looks at the tag', async () => {
    const digest = push();
    registry.server.on(registry.manifest(tag), status(500));
    await expectStaged(await stage(`${registry.place}:${tag}@${digest}`));
  });

  test('is behind a registry that wants a token, which goes nowhere else', async () => {
    const digest = push();
    const token = 'given-to-whoever-asked';
    const { server } = registry;
    const challenge = `Bearer realm="${server.origin}/token",service="r"`;
    const demanding =
      (behaviour: Behaviour): Behaviour =>
      (request, response) =>
        (request.headers.authorization === `Bearer ${token}`
          ? behaviour
          : status(401, { 'www-authenticate': challenge }))(request, response);
    server.on('/token?service=r&scope=repository%3Ateam%2Fassay%3Apull', body(JSON.stringify({ token })));
    server.on(registry.manifest(digest), demanding(file(registry.artifact(digest))));
    for (const bytes of [manifest, contents.kubelet, contents['runc.tar.gz']]) {
      server.on(registry.blob(bytes), demanding(file(bytes)));
    }
    server.on(registry.blob(contents['libpq5.deb']), demanding(redirect(`${elsewhere.origin}/stored`, 307)));
    elsewhere.on('/stored', file(contents['libpq5.deb']));
    await expectStaged(await byDigest(digest));
    expect(elsewhere.requestsTo('/stored').map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  describe('refuses', () => {
    test.for<[string, string, (artifact: Artifact) => void]>([
      ['a title with a path', 'EVIDENCE_MALFORMED', (one) => titled(one, 1, '../../etc/passwd')],
      ['an absolute title', 'EVIDENCE_MALFORMED', (one) => titled(one, 1, '/etc/passwd')],
      ['two layers of one title', 'EVIDENCE_MALFORMED', (one) => titled(one, 1, 'kubelet')],
      ['a file without a layer', 'FILE_MISSING', (one) => void one.layers.pop()],
      ['a layer of another size', 'SIZE_MISMATCH', (one) => (one.layers[1]!.size += 1)],
      [
        'a layer of another digest',
        'DIGEST_MISMATCH',
        (one) => (one.layers[1]!.digest = `sha256:${'0'.repeat(64)}`),
      ],
      [
        'media types that are swapped',
        'EVIDENCE_MALFORMED',
        ({ layers: [first, second] }) =>
          ([first!.mediaType, second!.mediaType] = [second!.mediaType, first!.mediaType]),
      ],
      ['no layer that is the manifest', 'EVIDENCE_MALFORMED', (one) => void one.layers.shift()],
      ['an artifact of another type', 'EVIDENCE_MALFORMED', (one) => (one['artifactType'] = 'application/x')],
    ])('%s', async ([, code, edit]) => {
      await expectFailed(await byDigest(push(edit)), 5, code);
    });

    test('a layer whose JSON is another manifest', async () => {
      await expectFailed(await byDigest(push(undefined, manifestOf('knc'))), 5, 'SUBJECT_MISMATCH');
    });

    test('a layer that is no manifest', async () => {
      await expectFailed(
        await byDigest(push(undefined, Buffer.from('{"vmconfig":{}}'))),
        5,
        'EVIDENCE_MALFORMED',
      );
    });

    test('another artifact under the digest', async () => {
      const digest = push();
      registry.server.on(registry.manifest(digest), body('{}', { 'docker-content-digest': digest }));
      await expectFailed(await byDigest(digest), 5, 'DIGEST_MISMATCH');
    });

    test('another manifest under its digest', async () => {
      const digest = push();
      registry.server.on(registry.blob(manifest), body(Buffer.alloc(manifest.length, 'x')));
      await expectFailed(await byDigest(digest), 5, 'DIGEST_MISMATCH');
    });

    test('other bytes, and other sizes', async () => {
      const digest = push();
      const { kubelet } = contents;
      registry.server.on(registry.blob(kubelet), body(Buffer.alloc(kubelet.length, 'x')));
      await expectFailed(await byDigest(digest), 5, 'DIGEST_MISMATCH', 'kubelet');
      registry.server.on(registry.blob(kubelet), body(kubelet.subarray(1)));
      await expectFailed(await byDigest(digest), 5, 'SIZE_MISMATCH', 'kubelet');
    });
  });

  test('fails where a blob is missing', async () => {
    const digest = push();
    registry.server.on(registry.blob(contents.kubelet), status(404));
    await expectFailed(await byDigest(digest), 4, 'NOT_FOUND', 'kubelet');
  });

  test('fails where the registry wants something else each time', async () => {
    const digest = push();
    const { server } = registry;
    server.on(
      registry.manifest(digest),
      status(401, { 'www-authenticate': `Bearer realm="${server.origin}/t"` }),
    );
    server.on('/t?scope=repository%3Ateam%2Fassay%3Apull', body('{"token":"never-good-enough"}'));
    await expectFailed(await byDigest(digest), 4, 'HTTP_STATUS');
    expect(server.requestsTo(registry.manifest(digest))).toHaveLength(2);
  });
});

describe('is wrong usage', () => {
  test.for([
    ['a tag, and nothing to judge by', (place: string) => [`${place}:${tag}`, '--trust-dir', '/nonexistent']],
    ['a tag, and no catalogue', (place: string) => [`${place}:${tag}`, '--catalogue', '/nonexistent']],
    ['a repository', (place: string) => [place]],
    ['a password', (place: string) => [place.replace('oci://', 'oci://user:secret-password@')]],
    [
      'flags of a tag for a digest',
      (place: string) => [`${place}@${sha256(manifest)}`, '--trusted-registry'],
    ],
    ['flags of a tag for a manifest', () => [fileName, '--trust-dir', 'trust']],
    ['no registry', () => ['oci://team/assay@sha256:00']],
  ] as const)('%s', async ([, args]) => {
    const [name, ...more] = args(registry.place);
    const outcome = await stage(name!, ...more);
    await expectFailed(outcome, 2, 'USAGE');
    expect(outcome.stderr).not.toContain('secret-password');
    expect(registry.server.requests).toEqual([]);
  });
});

function titled({ layers }: Artifact, at: number, title: string): void {
  layers[at]!.annotations['org.opencontainers.image.title'] = title;
}

describe('a script rendered from a registry', () => {
  const render = (...args: readonly string[]) =>
    runInProcess([
      ...['render', ...args, '--cache-dir', join(directory, 'cache'), '--output', join(directory, 'out.sh')],
    ]);
  const fetchScript = (...args: readonly string[]) =>
    render('fetch-script', ...args, '--dir', join(directory, 'artifacts'));
  const run = () => runProgram('sh', [join(directory, 'out.sh')], { env: { HOME: directory } });
  const urls = async () =>
    (await readFile(join(directory, 'out.sh'), 'utf8'))
      .match(/(?<=')http:\S+\/blobs\/\S+(?=' 'sha)/g)
      ?.sort();
  const blobs = () =>
    [...files.values()].map((bytes) => `${registry.server.origin}${registry.blob(bytes)}`).sort();

  test.for([
    ['by its digest alone', (digest: Digest) => ['--from', `${registry.place}@${digest}`]],
    ['of a manifest at hand', (digest: Digest) => [atHand(), '--from', `${registry.place}@${digest}`]],
    ['of a manifest at hand and its tag', () => [atHand(), '--mirror-base', registry.place]],
  ] as const)('%s, has the blobs written into it', async ([, args]) => {
    expect(await fetchScript(...args(push()))).toMatchObject({ exitCode: 0 });
    expect(await urls()).toEqual(blobs());
    const outcome = await run();
    expect(outcome.stderr).toContain('all 3 files are in');
    expect((await staged()).sort()).toEqual([...files.keys()].sort());
  });

  test('refuses other bytes by the SHA-512 of the manifest', async () => {
    expect(await fetchScript('--from', `${registry.place}@${push()}`)).toMatchObject({ exitCode: 0 });
    const bytes = contents['runc.tar.gz'];
    registry.server.on(registry.blob(bytes), body(Buffer.alloc(bytes.length, 'x')));
    const outcome = await run();
    expect(outcome.stderr).toContain('runc.tar.gz: digest is sha512:');
    expect(outcome.exitCode).toBe(5);
    expect((await staged()).sort()).toEqual(['kubelet', 'libpq5.deb']);
  });

  test('is user-data as well', async () => {
    const vmconfig = ['--vmconfig-url', 'https://files.example.org/vmconfig.tar.gz', '--vmconfig-size', '7'];
    const outcome = await render(
      ...['user-data', '--from', `${registry.place}@${push()}`, '--hostname', 'node-1'],
      ...[...vmconfig, '--vmconfig-digest', sha256(manifest)],
    );
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    expect(await urls()).toEqual(blobs());
    expect(await readFile(join(directory, 'out.sh'), 'utf8')).toContain(
      "'vmconfig.tar.gz' 'https://files.example.org/vmconfig.tar.gz'",
    );
  });

  test.for([
    ['a tag', () => ['--from', `${registry.place}:${tag}`]],
    ['nothing', () => []],
    ['two places', () => [atHand(), '--from', registry.place, '--mirror-base', 'https://mirror.example']],
    ['no place', () => ['--from', 'https://mirror.example']],
  ] as const)('is wrong usage of %s', async ([, args]) => {
    const outcome = await fetchScript(...args());
    expect(outcome.stderr).toContain('[USAGE]');
    expect(outcome.exitCode).toBe(2);
    expect(await readdir(directory)).not.toContain('out.sh');
  });

  const atHand = () => join(directory, fileName);
});
