/**
 * Container images and the programs that take them: what `assay stage --images` wrote, containerd imports (by `ctr`, as
 * user-data has it, with its native snapshotter) and skopeo reads; and of what `assay push` copied to the distribution
 * project's registry skopeo reads name and digest, and copies it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { archiveName } from '../../src/formats/own/image-archive.ts';
import { renderManifest } from '../../src/formats/own/manifest.ts';
import { publishRegistry } from '../upstream/oci-registry.ts';
import { publicationMirrorArgs } from '../upstream/publication.ts';
import { startUpstreamServer } from '../upstream/server.ts';
import { startDockerRegistry } from './docker-registry.ts';
import { pauseImages, pinnedImage } from './images.ts';
import { exec, stopServer } from './programs.ts';

const version = '3.10.2';
const policy = '--insecure-policy';

interface Staged {
  readonly directory: string;
  /** The archive of `stage --images`. */
  readonly archive: string;
  readonly manifest: string;
  /** `--mirror ORIGIN=URL` */
  readonly mirrors: readonly string[];
  readonly cli: string;
  readonly pinned: ReturnType<typeof pinnedImage>;
}

async function withArchive(
  directory: string,
  cli: string,
  use: (staged: Staged) => Promise<void>,
): Promise<void> {
  const repository = await pauseImages(version);
  const pinned = pinnedImage(repository, version);
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const manifest = join(directory, 'knc.debian-13.amd64.json');
  const vmconfig = { version: 'dev', kind: 'knc', os, dependencies: {}, images: [pinned] };
  await writeFile(manifest, renderManifest({ vmconfig }));
  const publication = publishRegistry(repository);
  const upstream = await startUpstreamServer(publication);
  try {
    const mirrors = publicationMirrorArgs(publication, upstream.url);
    const staged = join(directory, 'staged');
    await exec(process.execPath, [cli, 'stage', manifest, '--images', '--dir', staged, ...mirrors]);
    const archive = join(staged, archiveName(pinned.image));
    await use({ directory, archive, manifest, mirrors, cli, pinned });
  } finally {
    await upstream.close();
  }
}

/** Needs root. Throws where the name or the digest is another, or nothing is unpacked. */
export async function checkContainerd(directory: string, containerd: string, cli: string): Promise<void> {
  await withArchive(directory, cli, async ({ archive, pinned }) => {
    const home = join(directory, 'containerd');
    await mkdir(home);
    const address = join(home, 'containerd.sock');
    const settings = ['version = 2', `root = "${home}/root"`, `state = "${home}/state"`, '[grpc]'];
    await writeFile(join(home, 'config.toml'), `${settings.join('\n')}\naddress = "${address}"\n`);
    const ctr = (...args: readonly string[]) => exec('ctr', ['--address', address, '-n', 'k8s.io', ...args]);
    const child = spawn(containerd, ['--config', join(home, 'config.toml')], { stdio: 'ignore' });
    try {
      await until(() => ctr('version'));
      await ctr('images', 'import', '--snapshotter', 'native', archive);
      const { stdout: listed } = await ctr('images', 'ls');
      const names = listed.split('\n').map((line) => line.split(/ +/));
      const found = names.find(([name]) => name === pinned.image)?.[2];
      if (found !== pinned.digest) throw new Error(`containerd has ${String(found)} as ${pinned.image}`);
      const { stdout: unpacked } = await ctr('snapshots', '--snapshotter', 'native', 'ls');
      if (!/^sha256:[0-9a-f]{64}\s/m.test(unpacked)) throw new Error(`nothing is unpacked: ${unpacked}`);
    } finally {
      await stopServer(child);
    }
  });
}

async function until(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await action();
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await sleep(500);
    }
  }
}

/** Throws where skopeo sees another image than the manifest pins. */
export async function checkImagesBySkopeo(directory: string, program: string, cli: string): Promise<void> {
  await withArchive(directory, cli, async (staged) => {
    const { archive, manifest, mirrors, pinned } = staged;
    await requireDigest(`oci-archive:${archive}:${pinned.image}`, pinned.digest);
    // Of docker's form skopeo makes a manifest itself; the configuration is the image's own.
    const layout = join(directory, 'layout');
    await copy(`oci-archive:${archive}:${pinned.image}`, `oci:${layout}:copied`);
    await requireDigest(`oci:${layout}:copied`, pinned.digest);
    const config = async (name: string) =>
      (await exec('skopeo', ['inspect', '--config', '--raw', name])).stdout;
    const docker = await config(`docker-archive:${archive}`);
    if (docker !== (await config(`oci:${layout}:copied`))) throw new Error(`docker-archive: ${docker}`);

    const { host, child } = await startDockerRegistry(program, join(directory, 'registry'));
    try {
      const pushing = ['push', manifest, `${host}/team/assay`, '--no-evidence', ...mirrors];
      await exec(process.execPath, [cli, ...pushing]);
      const pushed = `docker://${host}/mirror/${pinned.image}`;
      await requireDigest(pushed, pinned.index ?? pinned.digest);
      const again = join(directory, 'again');
      await copy(pushed, `oci:${again}:pulled`, '--all', '--src-tls-verify=false');
      await requireDigest(`oci:${again}:pulled`, pinned.index ?? pinned.digest);
      const [, hex = ''] = pinned.digest.split(':');
      await readFile(join(again, 'blobs/sha256', hex));
    } finally {
      await stopServer(child);
    }
  });
}

async function copy(from: string, to: string, ...flags: readonly string[]): Promise<void> {
  await exec('skopeo', [policy, 'copy', '--quiet', '--preserve-digests', ...flags, from, to]);
}

async function requireDigest(name: string, expected: string): Promise<void> {
  const plain = name.startsWith('docker:') ? ['--tls-verify=false'] : [];
  const { stdout } = await exec('skopeo', ['inspect', '--raw', ...plain, name]);
  const found = `sha256:${createHash('sha256').update(stdout).digest('hex')}`;
  if (found !== expected) throw new Error(`skopeo reads ${found} as ${name}, expected ${expected}`);
}
