/**
 * What a stranger, skopeo, has put into the distribution project's registry (Debian's docker-registry) in the layout of
 * `push`: `assay stage` and the rendered script take it from there, and refuse it once the registry's disk has other bytes.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { emptyConfigBytes, renderPushedManifest } from '../../src/formats/own/pushed-manifest.ts';
import { exec, freePort, startServer, stopServer } from './programs.ts';

const tag = 'knd.debian-13.amd64';
const fileName = `${tag}.json`;
const files: ReadonlyMap<string, Buffer> = new Map([
  ['libpq5.deb', Buffer.alloc(3_000_000, 'libpq5 ')],
  ['runc', Buffer.alloc(700_000, 'runc ')],
]);

const hexOf = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex');
const sha256 = (bytes: Uint8Array) => `sha256:${hexOf('sha256', bytes)}` as const;

function manifestOf(): Uint8Array {
  const [deb, binary] = [...files.values()].map((bytes, index) => {
    const algorithm = index === 0 ? 'sha256' : 'sha512';
    return { digest: `${algorithm}:${hexOf(algorithm, bytes)}` as const, size: bytes.length, version: '1.0' };
  });
  if (deb === undefined || binary === undefined) throw new TypeError('two files were made');
  const url = 'https://files.example.invalid/file';
  const dependencies = {
    libpq5: { ...deb, url, type: 'deb' },
    runc: { ...binary, url, type: 'binary' },
  } as const;
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  return renderManifest({ vmconfig: { version: 'dev', kind: 'knd', os, dependencies, images: [] } });
}

/** An OCI image layout (image-spec 1.1). Returns the artifact's digest. */
async function writeLayout(directory: string, manifest: Uint8Array): Promise<string> {
  const folder = join(directory, 'blobs/sha256');
  await mkdir(folder, { recursive: true });
  const layer = (title: string, bytes: Uint8Array) => ({
    title,
    digest: sha256(bytes),
    sizeBytes: bytes.length,
  });
  const artifact = renderPushedManifest({
    manifest: layer(fileName, manifest),
    files: [...files].map(([title, bytes]) => layer(title, bytes)),
  });
  for (const bytes of [artifact, manifest, emptyConfigBytes, ...files.values()])
    await writeFile(join(folder, hexOf('sha256', bytes)), bytes);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const listed = { mediaType, digest: sha256(artifact), size: artifact.length, annotations };
  await writeFile(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [listed] }));
  return sha256(artifact);
}

/** Throws where assay's verdict is not the right one. */
export async function checkPulled(directory: string, program: string, cli: string): Promise<void> {
  const port = await freePort();
  const [config, storage] = [join(directory, 'registry.yml'), join(directory, 'registry')];
  await writeFile(
    config,
    stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: storage } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const child = await startServer(program, ['serve', config], `http://127.0.0.1:${port}/v2/`, {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    stdio: 'ignore',
  });
  try {
    const manifest = manifestOf();
    const atHand = join(directory, fileName);
    await writeFile(atHand, manifest);
    const layout = join(directory, 'layout');
    const digest = await writeLayout(layout, manifest);
    const place = `127.0.0.1:${port}/team/assay`;
    const copy = ['--insecure-policy', 'copy', '--preserve-digests', '--dest-tls-verify=false'];
    await exec('skopeo', [...copy, `oci:${layout}:${tag}`, `docker://${place}:${tag}`]);
    const run = (...args: readonly string[]) => exec(process.execPath, [cli, ...args]);
    const script = join(directory, 'fetch.sh');
    const ways: Readonly<Record<string, (to: string) => Promise<unknown>>> = {
      digest: (to) => run('stage', `oci://${place}@${digest}`, '--dir', to),
      manifest: (to) => run('stage', atHand, '--mirror-base', `oci://${place}`, '--dir', to),
      async script(to) {
        const from = ['--from', `oci://${place}@${digest}`];
        await run(
          'render',
          'fetch-script',
          ...from,
          '--dir',
          to,
          '--installed-file',
          join(to, 'x'),
          '-o',
          script,
        );
        await exec('sh', [script]);
      },
    };
    for (const [name, stage] of Object.entries(ways)) {
      await stage(join(directory, name));
      await requireAll(join(directory, name));
    }
    await spoil(storage);
    for (const [name, stage] of Object.entries(ways)) {
      const to = join(directory, `spoilt-${name}`);
      const code = await stage(to).then(
        () => 0,
        (error: unknown) => Number((error as { code?: number }).code),
      );
      if (code !== 5) throw new Error(`other bytes, by ${name}, ended with ${code}`);
      if ((await readdir(to)).includes('runc')) throw new Error(`other bytes, by ${name}, are staged`);
    }
  } finally {
    await stopServer(child);
  }
}

async function requireAll(directory: string): Promise<void> {
  for (const [name, bytes] of files) {
    if (!(await readFile(join(directory, name))).equals(bytes)) throw new Error(`${name} is not right`);
  }
}

/** The registry's disk has another file in the place of a blob. */
async function spoil(storage: string): Promise<void> {
  const hex = hexOf('sha256', files.get('runc') ?? Buffer.of());
  const path = join(storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  const size = (await readFile(path)).length;
  await rm(path);
  await writeFile(path, Buffer.alloc(size, 'other '));
}
