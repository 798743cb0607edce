/** `assay stage` with the built command: what gets its name in the directory, and what never does. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { refuse, substitute } from '../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { cli, runProgram, type Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

/** A manifest of three artifacts, their origin behind a mirror, and a directory to stage into. */
interface Staging {
  readonly directory: string;
  readonly artifacts: string;
  readonly manifest: string;
  readonly server: UpstreamServer;
  readonly args: readonly string[];
  stage(...args: readonly string[]): Promise<Outcome>;
}

const host = 'files.example.org';
const content: Readonly<Record<string, Buffer>> = {
  'kubelet.deb': bytesOf('kubelet', 300_000),
  'runc.tar.gz': bytesOf('runc', 20_000),
  tool: bytesOf('tool', 5_000),
};

function bytesOf(seed: string, count: number): Buffer {
  const line = createHash('sha512').update(seed).digest('hex');
  return Buffer.from(line.repeat(Math.ceil(count / line.length)).slice(0, count));
}

function entryOf(name: string, algorithm: 'sha256' | 'sha512' = 'sha256'): ManifestDependency {
  const bytes = content[name]!;
  return {
    version: '1.0+1',
    url: `https://${host}/v1.0+1/${name}`,
    type: name.endsWith('.deb') ? 'deb' : name.endsWith('.tar.gz') ? 'tar.gz' : 'binary',
    digest: `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`,
    size: bytes.length,
  };
}

function manifestOf(dependencies: Record<string, ManifestDependency>): Uint8Array {
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind: 'knd', os, dependencies, images: [] } });
}

const test = base.extend<{ staging: Staging }>({
  staging: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-stage-'));
    const files = new Map(Object.entries(content).map(([name, bytes]) => [`${host}/v1.0+1/${name}`, bytes]));
    const server = await startUpstreamServer({ files });
    const [artifacts, manifest] = [join(directory, 'artifacts'), join(directory, 'manifest.json')];
    const dependencies = {
      kubelet: entryOf('kubelet.deb'),
      runc: entryOf('runc.tar.gz', 'sha512'),
      tool: entryOf('tool'),
      vmconfig: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
    } as const;
    await writeFile(manifest, manifestOf(dependencies));
    const mirror = `https://${host}=${server.url}/${host}`;
    const args = ['stage', manifest, '--dir', artifacts, '--mirror', mirror];
    await use({
      ...{ directory, artifacts, manifest, server, args },
      stage: (...more) => runInProcess([...args, ...more]),
    });
    await server.close();
    await rm(directory, { recursive: true });
  },
});

const all = Object.keys(content);

/** What `snapshot` says of a directory that holds these files of `content`. */
function holding(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, content[name]!.toString('hex')]));
}

const pathOf = (name: string) => `${host}/v1.0+1/${name}`;

function tampered(name: string): Buffer {
  const bytes = Buffer.from(content[name]!);
  bytes[1000] = bytes[1000]! ^ 1;
  return bytes;
}

describe.concurrent('stage', () => {
  test('puts every artifact in place under its local name, and asks for none again', async ({ staging }) => {
    const { stdout, stderr } = expectDone(await staging.stage());
    expect(stdout).toBe('');
    expect(stderr).toContain('kubelet.deb');
    // The stub of vmconfig has nothing to download.
    expect(await snapshot(staging.artifacts)).toEqual(holding(all));
    expect(staging.server.log).toHaveLength(3);
    const again = expectDone(await staging.stage('--json', '--quiet'));
    expect(again.stderr).toBe('');
    const document = JSON.parse(again.stdout) as { files: { name: string; status: string }[] };
    expect(document).toMatchObject({ directory: staging.artifacts, failures: [] });
    expect(document.files.map(({ name, status }) => [name, status])).toEqual(
      all.map((name) => [name, 'kept']),
    );
    expect(staging.server.log).toHaveLength(3);
  });

  test('stages what --only names', async ({ staging }) => {
    expectDone(await staging.stage('--only', 'tool,runc', '--jobs', '1'));
    expect(await snapshot(staging.artifacts)).toEqual(holding(['runc.tar.gz', 'tool']));
    expectRefused(await staging.stage('--only', 'tol', '--json'), 2, 'USAGE');
  });

  test('replaces a wrong file, of the right size, by the right one', async ({ staging }) => {
    await mkdir(staging.artifacts);
    await writeFile(join(staging.artifacts, 'kubelet.deb'), tampered('kubelet.deb'));
    expectDone(await staging.stage());
    expect(await snapshot(staging.artifacts)).toEqual(holding(all));
  });

  test('replaces a link, and leaves what it leads to', async ({ staging }) => {
    await mkdir(staging.artifacts);
    const elsewhere = join(staging.directory, 'elsewhere');
    await writeFile(elsewhere, content['tool']!);
    await symlink(elsewhere, join(staging.artifacts, 'tool'));
    staging.server.override(pathOf('runc.tar.gz'), refuse(404));
    await staging.stage();
    expect(await snapshot(staging.artifacts)).toEqual(holding(['kubelet.deb', 'tool']));
    expect(await readFile(elsewhere)).toEqual(content['tool']);
  });

  test('resumes a download that was cut', async ({ staging }) => {
    const path = pathOf('kubelet.deb');
    const bytes = content['kubelet.deb']!;
    const etag = '"this-very-version"';
    staging.server.override(path, (request, response) => {
      if (request.headers.range === undefined) {
        response.writeHead(200, { etag, 'content-length': bytes.length });
        // Not before the bytes were read: a connection that breaks takes along what is still in buffers.
        response.write(bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 300));
        return;
      }
      expect(request.headers['if-range']).toBe(etag);
      const from = Number(/\d+/.exec(request.headers.range)?.[0]);
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { etag, 'content-range': range, 'content-length': bytes.length - from });
      response.end(bytes.subarray(from));
    });
    expectDone(await staging.stage());
    expect(await snapshot(staging.artifacts)).toEqual(holding(all));
    const asked = staging.server.log.filter((request) => request.path === path);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.at(-1)!.range).toMatch(/^bytes=[1-9]\d*-$/);
  });
});

describe.concurrent('stage refuses', () => {
  test('bytes with another digest: an older file stays, no other gets the name', async ({ staging }) => {
    await mkdir(staging.artifacts);
    await writeFile(join(staging.artifacts, 'tool'), 'an older version');
    staging.server.override(pathOf('tool'), substitute(tampered('tool')));
    staging.server.override(pathOf('kubelet.deb'), substitute(tampered('kubelet.deb')));
    expectRefused(await staging.stage('--json'), 5, 'DIGEST_MISMATCH');
    expect(await snapshot(staging.artifacts)).toEqual({
      ...holding(['runc.tar.gz']),
      tool: Buffer.from('an older version').toString('hex'),
    });
  });

  test.for([
    ['one byte more', (bytes: Buffer) => substitute(Buffer.concat([bytes, Buffer.of(0)]))],
    ['one byte less', (bytes: Buffer) => substitute(bytes.subarray(1))],
    [
      'more than was announced',
      (bytes: Buffer) => (_: unknown, response: { end(bytes: Buffer): void }) =>
        // Chunked: nothing is announced.
        response.end(Buffer.concat([bytes, bytes])),
    ],
  ] as const)('%s', async ([, behave], { staging }) => {
    staging.server.override(pathOf('tool'), behave(content['tool']!));
    expectRefused(await staging.stage('--only', 'tool', '--json'), 5, 'SIZE_MISMATCH');
    expect(await readdir(staging.artifacts)).toEqual([]);
  });

  test('with the worst exit code of several failures, having staged the rest', async ({ staging }) => {
    staging.server.override(pathOf('tool'), refuse(404));
    const transport = await staging.stage('--json');
    expectRefused(transport, 4, 'NOT_FOUND');
    expect(await snapshot(staging.artifacts)).toEqual(holding(['kubelet.deb', 'runc.tar.gz']));
    await rm(staging.artifacts, { recursive: true });
    staging.server.override(pathOf('runc.tar.gz'), substitute(tampered('runc.tar.gz')));
    const both = await staging.stage('--json');
    expectRefused(both, 5, 'NOT_FOUND');
    expectRefused(both, 5, 'DIGEST_MISMATCH');
    expect(await snapshot(staging.artifacts)).toEqual(holding(['kubelet.deb']));
  });

  test('when the disk is full, leaving nothing behind', async ({ staging }) => {
    const script = 'ulimit -f 100 && exec "$@"';
    const args = ['-c', script, 'sh', process.execPath, cli, ...staging.args, '--only', 'kubelet', '--json'];
    const outcome = await runProgram('sh', args, { env: { NODE_COMPILE_CACHE: '' } });
    expectRefused(outcome, 2, 'FILE_UNWRITABLE');
    expect(await readdir(staging.artifacts)).toEqual([]);
  });

  test('a key in the manifest that would lead out of the directory', async ({ staging }) => {
    const text = Buffer.from(manifestOf({ kubelet: entryOf('kubelet.deb') })).toString();
    await writeFile(staging.manifest, text.replace('"kubelet"', '"../kubelet"'));
    expectRefused(await staging.stage('--json'), 2, 'MANIFEST_INVALID');
    await expect(readdir(staging.artifacts)).rejects.toThrow('ENOENT');
    expect(staging.server.log).toEqual([]);
  });

  test('a manifest that does not exist', async ({ staging }) => {
    await rm(staging.manifest);
    const outcome = await staging.stage();
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('[FILE_UNREADABLE]');
  });
});
