/** What a site without a network has: nginx in front of a mirror, docker-registry, and an S3 server. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNginx } from '../real-servers/nginx.ts';
import { findProgram, freePort, startServer, stopServer } from '../real-servers/programs.ts';
import { installS3Server, startS3Server, type S3Server } from '../real-servers/s3-server.ts';

/** The manifest of the release, by the name that a registry's copy has. */
export const releaseFile = 'knd.debian-13.amd64.json';

/** The repository that manifests are pushed to. */
export const pushedTo = 'vmconfig';

export interface Filled {
  /** Of the artifact in the registry. */
  readonly digest: string;
}

/** Where the files of a first boot come from. */
export interface Way {
  /** Of `render user-data`. */
  readonly flags: readonly string[];
}

export interface Site {
  readonly ways: Readonly<Record<'mirror' | 'registry' | 'S3', Way>>;
  /** HOST:PORT of somebody who answers. */
  readonly address: string;
  close(): Promise<void>;
}

export async function startRegistry(
  work: string,
): Promise<{ readonly host: string; readonly child: ChildProcess }> {
  const port = await freePort();
  const config = join(work, 'registry.yml');
  const storage = { filesystem: { rootdirectory: join(work, 'registry') } };
  const http = { addr: `127.0.0.1:${String(port)}` };
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http }));
  const program = (await findProgram('docker-registry')) ?? '';
  const child = await startServer(program, ['serve', config], `http://${http.addr}/v2/`, {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    stdio: 'ignore',
  });
  return { host: http.addr, child };
}

export async function startBucket(work: string): Promise<S3Server> {
  const program = await installS3Server();
  if (program === undefined) throw new Error('npm cannot have s3rver');
  return startS3Server(program, join(work, 's3'));
}

/** All three, over what was filled. */
export async function startSite(work: string, { digest }: Filled): Promise<Site> {
  await mkdir(join(work, 'nginx'), { recursive: true });
  const nginx = await startNginx(
    (await findProgram('nginx')) ?? '',
    join(work, 'nginx'),
    join(work, 'mirror'),
  );
  const registry = await startRegistry(work);
  const bucket = await startBucket(work);
  const release = join(work, releaseFile);
  const images = ['--image-layout', join(work, 'mirror/images')];
  return {
    ways: {
      mirror: { flags: [release, ...images, '--mirror-base', nginx.url] },
      registry: {
        flags: ['--from', `oci://${registry.host}/${pushedTo}@${digest}`, '--images'],
      },
      S3: { flags: [release, ...images, '--mirror-base', bucket.url] },
    },
    address: new URL(nginx.url).host,
    async close() {
      for (const child of [nginx.child, registry.child, bucket.child]) await stopServer(child);
    },
  };
}
