/**
 * `make install-check`: what README.md says about installing, done word by word in two Debian 13 roots, one with nothing
 * but npm and one with nothing but curl. Its commands are taken out of the README; only hosts are others: the release and
 * the registry are copies on loopback of what the workflow would publish, signed by a throwaway Sigstore, and Debian is
 * the mirror of this host's apt. A first .deb has to be verified within a minute of the processor's time.
 *
 * Needs root, mmdebstrap and Debian's packages (minutes); what is not here is said to be SKIPPED.
 */
import { cp, mkdir, readFile, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProgram } from './real-servers/programs.ts';
import { checksumFile, sha256Of } from './release/checksums.ts';
import { startNpmRegistry } from './release/npm-registry.ts';
import type { Released } from './release/own-sbom.ts';
import { fetchPinnedNode } from './release/pinned-node.ts';
import { commandsUnder } from './release/readme-commands.ts';
import { debianMirror, inRoot, inWorkDirectory, makeRoot, whyNoRoots } from './release/roots.ts';
import { root as repository } from './release/run.ts';
import { shrinkwrapOf, type Lock } from './release/shrinkwrap.ts';
import { startUpstreamServer } from './upstream/server.ts';
import { releaseIdentity, signChecksums } from './release/throwaway-signature.ts';

const say = (text: string) => console.log(`install-check: ${text}`);
const read = (path: string) => readFile(join(repository, path), 'utf8');
const release = join(repository, 'release');
const releases = 'https://github.com/podplane/assay/releases';
const debian = 'https://ftp.debian.org/debian';
const maxSeconds = 60;

/** Runs commands as one script, and says what processor time they took. Throws unless the last line verified a .deb. */
async function follow(
  name: string,
  root: string,
  commands: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  for (const file of ['resolv.conf', 'hosts']) await cp(join('/etc', file), join(root, 'etc', file));
  await mkdir(join(root, 'try'), { recursive: true });
  const mirrors = { ASSAY_MIRRORS: `${debian}=${await debianMirror()}` };
  const script = ['set -eu', 'cd /try', ...commands, 'times'].join('\n');
  const stdout = await inRoot(root, ['/bin/sh', '-c', script], { ...mirrors, ...env });
  const spent = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\n$/.exec(stdout)?.slice(1).map(Number) ?? [];
  const [userMinutes = NaN, userSeconds = NaN, systemMinutes = NaN, systemSeconds = NaN] = spent;
  const seconds = (userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds;
  const debs = (await readdir(join(root, 'try'))).filter((one) => one.endsWith('.deb'));
  const [deb] = debs;
  if (deb === undefined || debs.length > 1) throw new Error(`${name}: no .deb was verified\n${stdout}`);
  if (!stdout.includes(`\nsha256: ${await sha256Of(join(root, 'try', deb))}\n`))
    throw new Error(`${name}: ${deb} is not what was vouched for\n${stdout}`);
  if (!(seconds < maxSeconds)) throw new Error(`${name}: ${String(seconds)} s of processor time\n${stdout}`);
  say(`${name}: installed, and ${deb} verified, in ${seconds.toFixed(1)} s of processor time`);
  return stdout;
}

/** One with nothing but curl. */
async function checkCurl(work: string, readme: string): Promise<void> {
  const root = join(work, 'curl');
  await makeRoot(root, { arch: 'amd64', variant: 'minbase', include: ['ca-certificates', 'curl'] });
  const { version } = JSON.parse(await read('package.json')) as Released;
  const signed = signChecksums(await readFile(join(release, checksumFile)), version);
  await writeFile(join(root, 'throwaway.json'), signed.trustedRoot);
  const files = new Map<string, Buffer>([[`${checksumFile}.sigstore.json`, signed.bundle]]);
  for (const name of await readdir(release)) files.set(name, await readFile(join(release, name)));
  const server = await startUpstreamServer({
    files: new Map([...files].map(([name, bytes]) => [`download/v${version}/${name}`, bytes])),
  });
  try {
    const commands = commandsUnder(readme, 'As one file').map((command) =>
      command.replaceAll(releases, server.url),
    );
    await follow('curl', root, commands, {});
    // With the assay that is there now, and the throwaway root in place of Sigstore's.
    const verify = commandsUnder(readme, 'Whose file it is').filter(
      (command) => !command.startsWith('cosign '),
    );
    const script = verify.map((command) => command.replaceAll(releases, server.url)).join('\n');
    const trusting = script.replace('verify-bundle ', 'verify-bundle --trusted-root /throwaway.json ');
    const stdout = await inRoot(root, ['/bin/sh', '-c', `set -eu; cd /try\n${trusting}`]);
    if (!stdout.includes(`identity: ${releaseIdentity(version)}\n`)) throw new Error(stdout);
    say('curl: the checksums are signed by the release workflow, as far as a throwaway Sigstore can say');
  } finally {
    await server.close();
  }
}

/** One with nothing but npm, and the Node that it runs on. */
async function checkNpm(work: string, readme: string): Promise<void> {
  const root = join(work, 'npm');
  await makeRoot(root, { arch: 'amd64', variant: 'minbase', include: ['libatomic1'] });
  const node = await fetchPinnedNode({ os: 'linux', cpu: 'x64' });
  await cp(join(node, 'bin/node'), join(root, 'usr/local/bin/node'));
  // …/npm/bin/npm-cli.js
  const npm = dirname(dirname(await realpath((await findProgram('npm')) ?? '')));
  await cp(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
  const lock = JSON.parse(await read('package-lock.json')) as Lock;
  const packageJson = JSON.parse(await read('package.json')) as Released;
  const tarball = (await readdir(release)).find((name) => name.endsWith('.tgz')) ?? '';
  await mkdir(join(work, 'tarballs'));
  const registry = await startNpmRegistry(join(release, tarball), packageJson, lock, join(work, 'tarballs'));
  const env = { npm_config_registry: registry.url, npm_config_update_notifier: 'false' };
  try {
    await follow('npm', root, commandsUnder(readme, 'With npm'), env);
    const bundle = 'test/fixtures/sigstore/oci-attestation.sigstore.json';
    await cp(join(repository, bundle), join(root, 'try/bundle.json'));
    const local = [
      ...['set -eu', 'mkdir /empty', 'cd /empty', `npm install --silent ${packageJson.name}`],
      ...['npm exec assay -- --version', 'npm exec assay -- verify-bundle --bundle /try/bundle.json \\'],
      '--certificate-identity cody@soyland.com --certificate-oidc-issuer https://github.com/login/oauth \\',
      'sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4',
    ];
    const stdout = await inRoot(root, ['/bin/sh', '-c', local.join('\n')], env);
    if (!stdout.includes(`${packageJson.version}\nverified: true\n`)) throw new Error(stdout);
    await requireLocked(join(root, 'empty/node_modules/.package-lock.json'), lock);
    say('npm: in an empty folder too, with the versions that the shrinkwrap pins');
  } finally {
    await registry.close();
  }
}

/** What npm installed is what was tested with: each package of the lock, in its version. */
async function requireLocked(installedLock: string, lock: Lock): Promise<void> {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/'));
  const { packages } = JSON.parse(await readFile(installedLock, 'utf8')) as Lock;
  const found = new Map(Object.entries(packages).map(([path, { version }]) => [nameOf(path), version]));
  for (const [path, { version = '' }] of Object.entries(shrinkwrapOf(lock).packages)) {
    const installed = found.get(nameOf(path)) ?? 'nothing';
    if (path !== '' && installed !== version)
      throw new Error(`${path}: installed ${installed}, pinned ${version}`);
  }
}

const [only = ''] = process.argv.slice(2);
await inWorkDirectory('install-check', await whyNoRoots('npm'), async (work) => {
  const readme = await read('README.md');
  if ('curl'.includes(only)) await checkCurl(work, readme);
  if ('npm'.includes(only)) await checkNpm(work, readme);
});
