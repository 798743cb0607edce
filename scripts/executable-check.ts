/**
 * `make executable-check`: the one file, built in two folders and compared, and at work where there is no Node: amd64's in
 * a Debian 13 root, arm64's under qemu-user over the libraries of one. Each says its version, verifies a Sigstore bundle
 * by the trusted root that it carries, resolves the production catalogue from the embedded upstream, stages a manifest of
 * it, and stages and hashes a file that threads are used for.
 *
 * Needs root and Debian's packages (minutes); what is not here is said to be SKIPPED.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, findProgram } from './real-servers/programs.ts';
import { executableName, type Architecture } from './release/executable.ts';
import { inRoot, inWorkDirectory, makeRoot, whyNoRoots } from './release/roots.ts';
import { root as repository, run } from './release/run.ts';
import { sha256Of } from './release/checksums.ts';
import { now, startCatalogueUpstream, type CatalogueUpstream } from './upstream/catalogue.ts';

/** Runs the executable; the machine's paths are below `outside`, where it sees them below `inside`. */
interface Machine {
  readonly name: string;
  readonly arch: Architecture;
  readonly outside: string;
  readonly inside: string;
  readonly assay: (...args: readonly string[]) => Promise<string>;
}

/** What Node is linked with, and Debian's minimum has not. */
const libraries = ['libatomic1'];

const say = (text: string) => console.log(`executable-check: ${text}`);

/** What two builds have to have in common is nothing but the commit: both are of clones, and neither knows the other. */
async function checkTwice(work: string): Promise<void> {
  const folders = ['a/checkout', 'b/another checkout, elsewhere'].map((name) => join(work, name));
  for (const folder of folders) {
    await run('git', ['clone', '--quiet', repository, folder]);
    await run('cp', ['-a', join(repository, 'node_modules'), folder]);
    await symlink(join(repository, '.toolchain'), join(folder, '.toolchain'));
    await run('scripts/build.sh', [], { cwd: folder });
    await run('scripts/toolchain.sh', ['node', 'scripts/release/executable.ts'], { cwd: folder });
  }
  for (const arch of ['amd64', 'arm64'] as const) {
    const digests = await Promise.all(
      folders.map((folder) => sha256Of(join(folder, 'release', executableName(arch)))),
    );
    if (new Set(digests).size > 1)
      throw new Error(`${executableName(arch)} depends on its folder: ${digests.join(' ')}`);
    say(`${executableName(arch)}: the same from two folders, sha256:${digests[0] ?? ''}`);
  }
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
}

async function checkMachine(machine: Machine, upstream: CatalogueUpstream): Promise<void> {
  const { name, arch, outside, inside, assay } = machine;
  const startedMs = performance.now();
  const version = (await assay('--version')).trim();
  await cp(
    join(repository, 'test/fixtures/sigstore/oci-attestation.sigstore.json'),
    join(outside, 'bundle.json'),
  );
  const verified = await assay(
    ...['verify-bundle', '--bundle', `${inside}/bundle.json`, '--certificate-identity', 'cody@soyland.com'],
    ...['--certificate-oidc-issuer', 'https://github.com/login/oauth'],
    'sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4',
  );
  if (!verified.startsWith('verified: true\n')) throw new Error(verified);
  await upstream.writeTrust(join(outside, 'trust'));
  await cp(join(repository, 'manifests/catalogue.yaml'), join(outside, 'manifests/catalogue.yaml'));
  const places = ['--cache-dir', `${inside}/cache`];
  await assay(
    ...['update-manifests', '--now', now, '--catalogue', `${inside}/manifests/catalogue.yaml`, ...places],
    ...['--kind', 'knc', '--arch', arch],
    ...['--trust-dir', `${inside}/trust`, '--manifests-dir', `${inside}/manifests`, ...upstream.mirrorArgs],
  );
  const manifest = `knc.debian-13.${arch}.json`;
  const staging = [`${inside}/manifests/${manifest}`, '--dir', `${inside}/artifacts`];
  await assay('stage', ...staging, ...places, ...upstream.mirrorArgs);
  await checkThreads(machine, manifest, upstream);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  say(`${name}: ${version}, without Node: verified a bundle, resolved and staged ${manifest} (${seconds} s)`);
}

/** What is larger than a small file is hashed by threads, whose code is in the executable too. */
async function checkThreads(
  { outside, inside, assay }: Machine,
  manifest: string,
  upstream: CatalogueUpstream,
): Promise<void> {
  const content = randomBytes(8 << 20);
  upstream.files.set('large.example/large', content);
  const whole = JSON.parse(await readFile(join(outside, 'manifests', manifest), 'utf8')) as {
    vmconfig: { dependencies: unknown };
  };
  await writeFile(join(outside, 'large'), content);
  const digest = `sha256:${await sha256Of(join(outside, 'large'))}`;
  const url = 'https://large.example/large';
  whole.vmconfig.dependencies = {
    large: { version: '1', url, type: 'binary', digest, size: content.length },
  };
  await writeFile(join(outside, 'large.json'), JSON.stringify(whole));
  const mirror = ['--mirror', `https://large.example=${upstream.server.url}/large.example`];
  const directory = `${inside}/large-artifacts`;
  await assay('stage', `${inside}/large.json`, '--dir', directory, ...mirror);
  await assay('verify', '--staged', directory, `${inside}/large.json`);
}

async function amd64(work: string): Promise<Machine | string> {
  const root = join(work, 'amd64');
  await makeRoot(root, { arch: 'amd64', variant: 'minbase', include: libraries });
  if ((await inRoot(root, ['/bin/sh', '-c', 'command -v node npm || echo none'])) !== 'none\n')
    throw new Error('there is a Node in the root');
  await mkdir(join(root, 'try/manifests'), { recursive: true });
  await cp(join(repository, 'release', executableName('amd64')), join(root, 'usr/local/bin/assay'));
  return {
    ...{ name: 'amd64, Debian 13', arch: 'amd64', outside: join(root, 'try'), inside: '/try' },
    assay: (...args) => inRoot(root, ['assay', ...args]),
  };
}

async function arm64(work: string): Promise<Machine | string> {
  const qemu = await findProgram('qemu-aarch64');
  if (qemu === undefined) return 'there is no qemu-aarch64 here (Debian: qemu-user)';
  const [root, folder] = [join(work, 'arm64'), join(work, 'arm64-work')];
  const include = ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6', ...libraries];
  await makeRoot(root, { arch: 'arm64', variant: 'extract', include });
  await mkdir(join(folder, 'manifests'), { recursive: true });
  // All that it starts: flock, which is the host's.
  await mkdir(join(folder, 'bin'));
  await symlink((await findProgram('flock')) ?? '', join(folder, 'bin/flock'));
  const executable = join(repository, 'release', executableName('arm64'));
  return {
    ...{ name: 'arm64, qemu-user', arch: 'arm64', outside: folder, inside: folder },
    async assay(...args) {
      const options = { env: { HOME: folder, PATH: join(folder, 'bin') }, cwd: folder, maxBuffer: 64 << 20 };
      const { stdout } = await exec(qemu, ['-L', root, executable, ...args], options);
      return stdout;
    },
  };
}

const machines: Readonly<Record<Architecture, (work: string) => Promise<Machine | string>>> = {
  amd64,
  arm64,
};
const [only = ''] = process.argv.slice(2);

await inWorkDirectory('executable-check', await whyNoRoots('flock', 'git'), async (work) => {
  if ('two folders'.includes(only)) await checkTwice(work);
  for (const [arch, open] of Object.entries(machines)) {
    if (!arch.includes(only)) continue;
    const machine = await open(work);
    if (typeof machine === 'string') {
      say(`${arch}: SKIPPED, nothing was tested: ${machine}`);
      continue;
    }
    const upstream = await startCatalogueUpstream();
    try {
      await checkMachine(machine, upstream);
    } finally {
      await upstream.server.close();
    }
  }
});
