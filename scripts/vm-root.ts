/**
 * The part of `make vm-root` that comes once there is a root: vm-root.ts WORK DEBIAN, with the root in WORK/root.
 *
 * Resolve, package, render and boot are the built command's, as a user would run them. Of vmconfig's scripts there are
 * stand-ins, in vm-root/: what they demand, and what they take away, is what the real ones do.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { startUpstream } from './bench/upstream.ts';
import { startUpstreamServer } from './upstream/server.ts';

const repository = dirname(import.meta.dirname);
/** The recorded Debian release is fresh then. */
const now = '2026-11-20T12:00:00Z';
const packages = ['libpq5', 'libsubid5', 'uidmap'];
const [work = '', debian = ''] = process.argv.slice(2);
const release = join(work, 'release');
const releaseName = 'vmconfig_1.0.0_knd_debian-13_amd64';
const keys = ['one', 'two'].map((name) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} ${name}`);

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

function expectSame(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what}: found\n${found}\nexpected\n${expected}`);
}

/** Debian's packages, resolved, in the manifest that vmconfig is packed with. */
async function resolvePackages(): Promise<void> {
  const upstream = await startUpstream({ content: { directory: resolve(debian) }, trustDir: work, now });
  try {
    const mirrors = upstream.mirrors.flatMap((mirror) => ['--mirror', mirror]);
    const only = ['--only', packages.join(','), '--kind', 'knd', '--arch', 'amd64'];
    const places = ['--manifests-dir', join(work, 'manifests'), '--cache-dir', join(work, 'cache')];
    await assay('update-manifests', '--now', now, ...only, ...places, ...mirrors);
  } finally {
    upstream.close();
  }
}

async function packVmconfig(): Promise<void> {
  const bin = join(work, 'tree/opt/podplane/bin');
  await mkdir(bin, { recursive: true });
  await cp(join(import.meta.dirname, 'vm-root'), bin, { recursive: true });
  await assay(
    ...['package', '--kind', 'knd', '--arch', 'amd64', '--version', '1.0.0', '--os', 'debian-13'],
    ...['--tree', join(work, 'tree'), '--out', release, '--base-url', 'https://vmconfig.invalid'],
    ...['--manifests-dir', join(work, 'manifests')],
  );
}

/** What a mirror has of the release: its files by path. */
async function mirrored(): Promise<ReadonlyMap<string, Buffer>> {
  const { vmconfig } = JSON.parse(await readFile(join(release, `${releaseName}.json`), 'utf8')) as {
    vmconfig: { dependencies: Record<string, { version: string; url: string }> };
  };
  const files = new Map<string, Buffer>();
  for (const [key, { version, url }] of Object.entries(vmconfig.dependencies)) {
    const { pathname } = new URL(url);
    const fileName = pathname.slice(pathname.lastIndexOf('/') + 1);
    const path = key === 'vmconfig' ? join(release, fileName) : join(debian, pathname);
    files.set(`vmconfig/artifacts/${key}/${version}/${fileName}`, await readFile(path));
  }
  return files;
}

/** A root with a host name and processes of its own. */
function openRoot(root: string, mirrorUrl: string) {
  const inside = (...args: readonly string[]) =>
    run(
      ...(['unshare', '--uts', '--mount', '--pid', '--fork', 'chroot', root, '/usr/bin/env', '-i'] as const),
      ...['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', ...args],
    );
  const read = (path: string) => readFile(join(root, path), 'utf8');
  return {
    inside,
    read,
    /** The stand-ins that ran, in their order. */
    steps: async () => (await read('var/log/vm-root').catch(() => '')).trimEnd().split('\n').join(' '),
    /** Every file with its mode, owner, size and times. */
    listing: () =>
      run(
        ...(['find', root, '-xdev', '-path', join(root, 'proc'), '-prune', '-o', '-printf'] as const),
        '%P %y %m %u %g %s %T@ %l\\n',
      ),
    /** Renders user-data for the operator's keys, and runs it. */
    async boot(nonce: string) {
      const values = join(work, 'values.json');
      const address = new URL(mirrorUrl).host;
      const env = {
        ...{ PROVIDER_KIND: 'aws', AWS_ACCOUNT_ID: '123456789012', CLUSTER_ID: 'rehearsal' },
        ...{ NSTANCE_SERVER_REGISTRATION_ADDR: address, NSTANCE_SERVER_AGENT_ADDR: address },
      };
      const caCertificate = await readFile(join(repository, 'test/fixtures/tls/loopback.crt.pem'), 'utf8');
      const told = {
        hostname: 'vm-root',
        sshUser: 'admin',
        sshAuthorizedKeys: keys,
        nonce,
        caCertificate,
        env,
      };
      await writeFile(values, JSON.stringify(told));
      const script = ['render', 'user-data', join(release, `${releaseName}.json`), '--values', values];
      await assay(...script, '--mirror-base', mirrorUrl, '-o', join(root, 'user-data.sh'));
      await inside('/bin/sh', '/user-data.sh');
    },
    /** Installed, registered, and the operator can log in and may do everything. */
    async requireConfigured(nonce: string) {
      const format = '${Package} ${Version} ${Status}\\n';
      const status = await inside('dpkg-query', '--show', `--showformat=${format}`, ...packages);
      if ((status.match(/ install ok installed$/gm) ?? []).length !== packages.length)
        throw new Error(status);
      const authorized = 'home/admin/.ssh/authorized_keys';
      expectSame(authorized, await read(authorized), keys.map((key) => `${key}\n`).join(''));
      expectSame('its owner', await inside('stat', '-c', '%U:%G %a', `/${authorized}`), 'admin:admin 600\n');
      const asAdmin = await inside('runuser', '-u', 'admin', '--', 'sudo', '-n', 'id', '-u');
      expectSame('sudo', asAdmin, '0\n');
      expectSame('certificate', await read('opt/nstance-agent/identity/identity.crt'), `${nonce}\n`);
      return status;
    },
  };
}

const nonceOf = (name: string) => `${Buffer.from('{}').toString('base64url')}.${name}.signature`;

await resolvePackages();
await packVmconfig();
await run('cp', '--archive', join(work, 'root'), join(work, 'image'));
const server = await startUpstreamServer({ files: new Map(await mirrored()) });
try {
  const disk = openRoot(join(work, 'root'), server.url);
  await disk.boot(nonceOf('first'));
  console.log((await disk.requireConfigured(nonceOf('first'))).trimEnd());
  const once = 'install.sh permissions.sh configure.sh permissions.sh restart.sh';
  expectSame('the scripts', await disk.steps(), once);

  const [before, requests] = [await disk.listing(), server.log.length];
  await disk.inside('/bin/sh', '/user-data.sh');
  expectSame('the second run', await disk.listing(), before);

  // The identity is the agent's by now. Installed is installed, also by its own script.
  await disk.boot(nonceOf('second'));
  await disk.inside('/opt/podplane/bin/install.sh');
  await disk.requireConfigured(nonceOf('second'));
  expectSame('the scripts', await disk.steps(), `${once} configure.sh permissions.sh restart.sh install.sh`);
  if (server.log.length !== requests) throw new Error('a later run asked for something');
  console.log(
    'vm-root: installed from an empty disk; the second run changed nothing, another nonce registered again',
  );

  // Steps 1 to 3 of vmconfig, as an image is made, and the rest at its first boot.
  const image = openRoot(join(work, 'image'), server.url);
  const fetch = ['render', 'fetch-script', join(release, `${releaseName}.json`), '--mirror-base', server.url];
  await assay(...fetch, '-o', join(work, 'image/fetch.sh'));
  await image.inside('/bin/sh', '/fetch.sh');
  const tarball = '/opt/podplane/artifacts/vmconfig.tar.gz';
  await image.inside('tar', '--extract', '--gunzip', '--file', tarball, '--directory', '/');
  await image.inside('/opt/podplane/bin/install.sh');
  const fetched = server.log.length;
  await image.boot(nonceOf('image'));
  await image.requireConfigured(nonceOf('image'));
  expectSame('the scripts', await image.steps(), once);
  if (server.log.length !== fetched) throw new Error('the image asked for something');
  console.log('vm-root: PASSED: and a machine image with all installed was configured at its first boot');
} finally {
  await server.close();
}
