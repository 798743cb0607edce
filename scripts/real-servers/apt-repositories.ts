/**
 * apt repositories as the programs make them that most vendors use (aptly, reprepro, apt-ftparchive with gpg), served by
 * nginx with gzip on. Each is resolved whole by `assay fetch-deb`, and refused once somebody has touched it.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDeb } from '../upstream/deb-package.ts';
import { contentHex } from '../upstream/virtual-file.ts';
import { startNginx } from './nginx.ts';
import { exec, stopServer } from './programs.ts';

const origin = 'https://apt.example.org';
const versions = ['1.0-1', '1:1.2+deb13u1', '1:1.2~rc1'];
const newest = versions[1] ?? '';

interface Workshop {
  readonly directory: string;
  /** With GNUPGHOME set to a home that has one key. */
  readonly env: NodeJS.ProcessEnv;
  readonly keyId: string;
  readonly keyring: string;
  readonly debs: readonly string[];
}

interface Maker {
  readonly name: string;
  readonly programs: readonly string[];
  /** Publishes the suite `stable` with the component `main`; returns the repository's root. */
  readonly publish: (workshop: Workshop) => Promise<string>;
}

export const makers: readonly Maker[] = [
  { name: 'aptly', programs: ['aptly', 'gpg'], publish: publishWithAptly },
  { name: 'reprepro', programs: ['reprepro', 'gpg'], publish: publishWithReprepro },
  { name: 'apt-ftparchive', programs: ['apt-ftparchive', 'gpg'], publish: publishWithFtparchive },
];

async function publishWithAptly({ directory, env, keyId, debs }: Workshop): Promise<string> {
  const root = join(directory, 'aptly');
  const config = join(directory, 'aptly.conf');
  await writeFile(config, JSON.stringify({ rootDir: root, architectures: ['amd64'], gpgProvider: 'gpg' }));
  const aptly = (...args: readonly string[]) => exec('aptly', [`-config=${config}`, ...args], { env });
  await aptly('repo', 'create', '-component=main', '-distribution=stable', 'ours');
  await aptly('repo', 'add', 'ours', ...debs);
  await aptly('publish', 'repo', '-batch', `-gpg-key=${keyId}`, 'ours');
  return join(root, 'public');
}

async function publishWithReprepro({ directory, env, keyId, debs }: Workshop): Promise<string> {
  const root = join(directory, 'reprepro');
  await mkdir(join(root, 'conf'), { recursive: true });
  const distribution = ['Codename: stable', 'Architectures: amd64', 'Components: main', `SignWith: ${keyId}`];
  await writeFile(join(root, 'conf/distributions'), `${distribution.join('\n')}\n`);
  const ours = { Section: 'misc', Priority: 'optional' };
  const overrides = Object.entries(ours).flatMap(([field, value]) => [`--${field.toLowerCase()}`, value]);
  // It keeps one version of a package: the newest comes last.
  const ordered = [...debs].sort((one) => (one.includes('1.2+deb13u1') ? 1 : -1));
  for (const deb of ordered) {
    await exec('reprepro', ['--basedir', root, ...overrides, 'includedeb', 'stable', deb], { env });
  }
  return root;
}

async function publishWithFtparchive({ directory, env, keyId, debs }: Workshop): Promise<string> {
  const root = join(directory, 'ftparchive');
  const [pool, suite] = [join(root, 'pool/main/t/tool'), join(root, 'dists/stable')];
  const index = join(suite, 'main/binary-amd64');
  await mkdir(pool, { recursive: true });
  await mkdir(index, { recursive: true });
  for (const deb of debs) await cp(deb, join(pool, deb.slice(deb.lastIndexOf('/') + 1)));
  const { stdout } = await exec('apt-ftparchive', ['packages', 'pool'], { cwd: root, env });
  await writeFile(join(index, 'Packages'), stdout);
  await exec('xz', ['--keep', 'Packages'], { cwd: index });
  const options = ['Suite=stable', 'Codename=stable', 'Architectures=amd64', 'Components=main'];
  const flags = options.flatMap((option) => ['-o', `APT::FTPArchive::Release::${option}`]);
  const release = await exec('apt-ftparchive', [...flags, 'release', 'dists/stable'], { cwd: root, env });
  await writeFile(join(suite, 'Release'), release.stdout);
  const sign = ['--batch', '--local-user', keyId, '--clearsign', '--output', 'InRelease', 'Release'];
  await exec('gpg', sign, { cwd: suite, env });
  return root;
}

/** Keys and packages, once for all makers. */
export async function openWorkshop(directory: string): Promise<Workshop> {
  const home = join(directory, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const env = { PATH: process.env['PATH'], HOME: directory, GNUPGHOME: home, LC_ALL: 'C' };
  const gpg = (...args: readonly string[]) => exec('gpg', ['--batch', '--quiet', ...args], { env });
  const owner = 'Throwaway <throwaway@example.org>';
  await gpg('--passphrase', '', '--quick-generate-key', owner, 'rsa3072', 'sign', 'never');
  const listed = await gpg('--with-colons', '--list-keys');
  const keyId = /^fpr:{9}([0-9A-F]+):/m.exec(listed.stdout)?.[1] ?? '';
  const keyring = join(directory, 'keyring.asc');
  await writeFile(keyring, (await gpg('--armor', '--export', keyId)).stdout);
  const debs: string[] = [];
  for (const version of versions) {
    const file = join(directory, `tool_${version.replace(/^\d+:/, '')}_amd64.deb`);
    const fields = { Section: 'misc', Priority: 'optional' };
    await writeFile(file, await buildDeb({ package: 'tool', version, architecture: 'amd64', fields }));
    debs.push(file);
  }
  return { directory, env, keyId, keyring, debs };
}

export async function closeWorkshop({ env }: Workshop): Promise<void> {
  await exec('gpgconf', ['--kill', 'all'], { env }).catch(() => undefined);
}

/** Throws where assay's verdict is not the right one. */
export async function checkRepository(
  { publish }: Maker,
  workshop: Workshop,
  nginx: string,
  cli: string,
): Promise<void> {
  const root = await publish(workshop);
  const served = await startNginx(nginx, workshop.directory, root);
  try {
    const ask = (name: string) => fetchDeb(cli, workshop, served.url, name);
    const found = await ask('cache-good');
    const wanted = contentHex(await readFile(workshop.debs[1] ?? ''), 'sha256');
    const isRight =
      found.exitCode === 0 && found.answer?.version === newest && found.answer.sha256 === wanted;
    if (!isRight) throw new Error(`expected ${newest}, found: ${JSON.stringify(found)}`);
    const inRelease = join(root, 'dists/stable/InRelease');
    const text = await readFile(inRelease, 'utf8');
    await writeFile(inRelease, text.replace('Codename: stable', 'Codename: stables'));
    const forged = await ask('cache-forged');
    if (forged.exitCode !== 5) throw new Error(`a changed InRelease ended with ${forged.exitCode}`);
  } finally {
    await stopServer(served.child);
  }
}

interface Answer {
  readonly version: string;
  readonly sha256: string;
}

function fetchDeb(
  cli: string,
  { directory, keyring }: Workshop,
  url: string,
  cache: string,
): Promise<{ exitCode: number; answer: Answer | undefined; stderr: string }> {
  const args = [
    ...[cli, 'fetch-deb', '--repo', origin, '--suite', 'stable', '--component', 'main', '--arch', 'amd64'],
    ...['--package', 'tool', '--keyring', keyring, '--mirror', `${origin}=${url}`, '--json'],
    ...['--cache-dir', join(directory, cache), '--dir', join(directory, `${cache}-debs`)],
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code);
      const answer = error === null ? (JSON.parse(stdout) as Answer) : undefined;
      resolve({ exitCode, answer, stderr });
    });
  });
}
