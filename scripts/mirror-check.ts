/**
 * `make mirror-check`: a tree made by `assay mirror` is served by nginx as it is, and `assay stage --mirror-base` and
 * curl find everything under the names that consumers use. Loopback only, no root. Says SKIPPED where there is no nginx.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderManifest, type ManifestDependency } from '../src/formats/own/manifest.ts';
import { startNginx } from './real-servers/nginx.ts';
import { exec, findProgram, stopServer } from './real-servers/programs.ts';
import { startUpstreamServer } from './upstream/server.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
const host = 'files.example.org';

/** What is hard to say in a URL, too. */
const artifacts = [
  { key: 'kubelet', version: '1.37.0', path: 'v1.37.0/kubelet', type: 'binary' },
  { key: 'k3s', version: '1.35.5+k3s1', path: 'v1.35.5%2Bk3s1/k3s%2Bx', type: 'binary' },
  {
    key: 'libpq5',
    version: '17.12-0+deb13u1~1',
    path: 'pool/libpq5_17.12-0+deb13u1~1_amd64.deb',
    type: 'deb',
  },
  { key: 'cni-plugins', version: '1.9.0', path: 'v1.9.0/cni-plugins.tgz', type: 'tar.gz' },
] as const;

async function makeManifest(directory: string): Promise<{ file: string; files: Map<string, Buffer> }> {
  const files = new Map<string, Buffer>();
  const dependencies: Record<string, ManifestDependency> = {};
  for (const [index, { key, version, path, type }] of artifacts.entries()) {
    const bytes = Buffer.alloc(1_000_000 * (index + 1), `${key} `);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    files.set(`${host}/${decodeURIComponent(path)}`, bytes);
    dependencies[key] = { version, url: `https://${host}/${path}`, type, digest, size: bytes.length };
  }
  const file = join(directory, 'knc.debian-13.amd64.json');
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  await writeFile(
    file,
    renderManifest({ vmconfig: { version: 'dev', kind: 'knc', os, dependencies, images: [] } }),
  );
  return { file, files };
}

async function check(directory: string, nginx: string): Promise<void> {
  const { file, files } = await makeManifest(directory);
  const upstream = await startUpstreamServer({ files });
  const assay = (...args: readonly string[]) => exec(process.execPath, [cli, ...args]);
  try {
    const mirror = ['--mirror', `https://${host}=${upstream.url}/${host}`];
    const filled = await assay('mirror', file, '--dir', join(directory, 'mirror'), ...mirror);
    process.stdout.write(filled.stderr);
  } finally {
    await upstream.close();
  }
  // From here on there is the mirror alone.
  const { url: base, child } = await startNginx(nginx, directory, join(directory, 'mirror'));
  try {
    const staged = await assay('stage', file, '--dir', join(directory, 'staged'), '--mirror-base', base);
    process.stdout.write(staged.stderr);
    await assay('verify', file, '--staged', join(directory, 'staged'));
    const published = join(directory, 'published.json');
    const url = `${base}/manifests/vmconfig_knc_debian-13_amd64.json`;
    await exec('curl', ['--fail', '--silent', '--show-error', '--output', published, url]);
    if (!(await readFile(published)).equals(await readFile(file)))
      throw new Error(`${url} is another manifest`);
  } finally {
    await stopServer(child);
  }
  process.stdout.write(`mirror-check: ok: ${artifacts.length} artifacts and a manifest through nginx\n`);
}

const nginx = await findProgram('nginx');
if (nginx !== undefined) {
  const directory = await mkdtemp(join(tmpdir(), 'assay-mirror-check-'));
  // A worker of nginx, where it is started as root, is another user.
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'staged'));
  try {
    await check(directory, nginx);
  } finally {
    await rm(directory, { recursive: true });
  }
} else {
  process.stdout.write('mirror-check: SKIPPED, nothing was tested: nginx is not installed\n');
}
