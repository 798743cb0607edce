/**
 * The part of `make vm-root` that comes once there is a root: vm-root.ts WORK DEBIAN, with the root in WORK/root.
 *
 * Resolve, render and boot are the built command's, as a user would run them. Of vmconfig's scripts there are stand-ins:
 * install.sh sources the install plan, requires every dependency staged with its digest, and installs the packages.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { startUpstream } from './bench/upstream.ts';
import { startUpstreamServer } from './upstream/server.ts';

const repository = dirname(import.meta.dirname);
/** The recorded Debian release is fresh then. */
const now = '2026-11-20T12:00:00Z';
const packages = ['libpq5', 'libsubid5', 'uidmap'];
const [work = '', debian = ''] = process.argv.slice(2);
const root = join(work, 'root');
const manifestFile = join(work, 'manifests/knd.debian-13.amd64.json');

const installScript = `#!/usr/bin/env bash
set -euo pipefail
. /opt/podplane/share/vmconfig-manifest.sh
. /opt/podplane/etc/user-data.env
echo "$VMCONFIG_MANIFEST_JSON_SHA256  /opt/podplane/share/vmconfig-manifest.json" | sha256sum --check --quiet
cd /opt/podplane/artifacts
for line in "\${VMCONFIG_DEPENDENCIES_ALL[@]}"; do
	IFS=$'\\t' read -r name type digest <<<"$line"
	[ "$type" = deb ]
	echo "\${digest#*:}  $name.deb" | "\${digest%%:*}sum" --check --quiet
done
dpkg --install "\${VMCONFIG_DEPENDENCIES_DEB[@]/%/.deb}"
echo "{\\"node\\": \\"$NODE_NAME\\"}" >/opt/podplane/share/vmconfig-installed.json
`;
const otherScript = '#!/bin/sh\n. /opt/podplane/etc/user-data.env\ntest "$NODE_NAME" = vm-root\n';

interface Entry {
  readonly version: string;
  readonly url: string;
}

/** Its standard output. Throws where it fails, with all that it said. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done));
  const [stdout, stderr] = await Promise.all(
    [child.stdout, child.stderr].map(async (stream) => Buffer.concat(await stream.toArray()).toString()),
  );
  const code = await exit;
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')}: exit ${String(code)}\n${stdout ?? ''}${stderr ?? ''}`);
  return stdout ?? '';
}

const assay = (...args: readonly string[]) => run(process.execPath, join(repository, 'dist/cli.js'), ...args);

async function resolvePackages(): Promise<ReadonlyMap<string, Buffer>> {
  const upstream = await startUpstream({ content: { directory: resolve(debian) }, trustDir: work, now });
  try {
    const mirrors = upstream.mirrors.flatMap((mirror) => ['--mirror', mirror]);
    const only = ['--only', packages.join(','), '--kind', 'knd', '--arch', 'amd64'];
    const places = ['--manifests-dir', join(work, 'manifests'), '--cache-dir', join(work, 'cache')];
    await assay('update-manifests', '--now', now, ...only, ...places, ...mirrors);
    const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as {
      vmconfig: { dependencies: Record<string, Entry> };
    };
    const files = new Map<string, Buffer>();
    for (const [key, { version, url }] of Object.entries(manifest.vmconfig.dependencies)) {
      files.set(layout(key, version, url), await readFile(join(debian, new URL(url).pathname)));
    }
    return files;
  } finally {
    upstream.close();
  }
}

const layout = (key: string, version: string, url: string) =>
  `vmconfig/artifacts/${key}/${version}/${url.slice(url.lastIndexOf('/') + 1)}`;

async function packVmconfig(): Promise<Buffer> {
  const tree = join(work, 'tree/opt/podplane');
  await mkdir(join(tree, 'bin'), { recursive: true });
  await mkdir(join(tree, 'share'));
  const scripts = { install: installScript, configure: otherScript, restart: otherScript };
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(tree, `bin/${name}.sh`), text);
    await chmod(join(tree, `bin/${name}.sh`), 0o755);
  }
  await writeFile(join(tree, 'share/vmconfig-manifest.json'), await readFile(manifestFile));
  await assay('render', 'install-plan', manifestFile, '-o', join(tree, 'share/vmconfig-manifest.sh'));
  const tarball = join(work, 'vmconfig.tgz');
  await run('tar', '-czf', tarball, '-C', join(work, 'tree'), 'opt');
  return readFile(tarball);
}

/** In the root, with a host name and processes of its own. */
const inRoot = (...args: readonly string[]) =>
  run(
    'unshare',
    '--uts',
    '--mount',
    '--pid',
    '--fork',
    'chroot',
    root,
    '/usr/bin/env',
    '-i',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    'DEBIAN_FRONTEND=noninteractive',
    ...args,
  );

/** Every file of the root with its mode, owner, size and times. */
const listing = () =>
  run(
    'find',
    root,
    '-xdev',
    '-path',
    join(root, 'proc'),
    '-prune',
    '-o',
    '-printf',
    '%P %y %m %u %g %s %T@ %l\\n',
  );

const files = new Map(await resolvePackages());
const tarball = await packVmconfig();
const url = 'https://vmconfig.invalid/vmconfig.tgz';
files.set(layout('vmconfig', 'dev', url), tarball);
const server = await startUpstreamServer({ files });
try {
  const values = join(work, 'values.yaml');
  await writeFile(values, 'hostname: vm-root\nenv:\n  NODE_NAME: vm-root\n');
  await assay(
    ...['render', 'user-data', manifestFile, '--values', values, '-o', join(root, 'user-data.sh')],
    ...['--mirror-base', server.url, '--vmconfig-url', url, '--vmconfig-size', String(tarball.length)],
    ...['--vmconfig-digest', `sha256:${createHash('sha256').update(tarball).digest('hex')}`],
  );
  await inRoot('/bin/sh', '/user-data.sh');
  const status = await inRoot(
    'dpkg-query',
    '--show',
    '--showformat',
    '${Package} ${Version} ${Status}\\n',
    ...packages,
  );
  console.log(status.trimEnd());
  const installed = status.match(/ install ok installed$/gm) ?? [];
  if (installed.length !== packages.length) throw new Error('not all of them are installed');
  const [before, requests] = [await listing(), server.log.length];
  await inRoot('/bin/sh', '/user-data.sh');
  if ((await listing()) !== before) throw new Error('the second run changed something');
  if (server.log.length !== requests) throw new Error('the second run asked for something');
  console.log('vm-root: PASSED: installed from an empty disk, and the second run changed nothing');
} finally {
  await server.close();
}
