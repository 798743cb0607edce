/** Whole repositories as apt judges them: `apt-get update` and `apt-get download`, of the same keys, against `fetch-deb`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import type { Random } from '../fuzz/random.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { makeCase, makeKeys, type Repository } from './apt-cases.ts';
import { count, noVerdicts, versionOf, type Comparison, type Verdicts } from './comparison.ts';

const host = 'deb.example/debian';

/** Where assay is right to be less strict, by the fault's name: docs/differences.md says why. */
const explained: ReadonlySet<string> = new Set([
  ...['an index with a digest in capitals', 'a package with a digest in capitals'],
  ...['a wrong MD5Sum beside SHA256', 'SHA256 and SHA512 that disagree'],
  ...['a package with a wrong MD5 beside SHA256', 'a package with a wrong SHA512 beside SHA256'],
  ...['in two blocks, one by a stranger', 'a wrong checksum'],
]);

/** One takes as long as some hundred signatures do. */
const share = 5;

/** A root of Debian 13, made once and kept. Undefined where none can be made. */
function debian13(): string | undefined {
  const root = join(import.meta.dirname, '../../.cache/differential/trixie');
  const isThere = () => versionOf('chroot', root, 'apt-get', '--version')?.startsWith('apt ') === true;
  if (process.getuid?.() !== 0) return undefined;
  if (isThere()) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(dirname(root), { recursive: true });
  const mirror = process.env['DEBIAN_MIRROR'] ?? 'https://ftp.debian.org/debian';
  spawnSync('mmdebstrap', ['--quiet', '--variant=apt', 'trixie', root, mirror], { stdio: 'ignore' });
  return isThere() ? root : undefined;
}

/** In `root`, or on this machine; its state is below a folder of its own. */
function byApt(root: string | undefined, files: Repository, keyring: Uint8Array): Uint8Array | undefined {
  const parent = root === undefined ? tmpdir() : join(root, 'tmp');
  const outside = mkdtempSync(join(parent, 'assay-apt-'));
  const inside = root === undefined ? outside : outside.slice(root.length);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(outside, path)), { recursive: true });
    writeFileSync(join(outside, path), content);
  };
  try {
    for (const [path, content] of files) put(join('repository', path), content);
    for (const folder of [
      'state/lists/partial',
      'cache/archives/partial',
      'etc/apt.conf.d',
      'etc/preferences.d',
    ])
      mkdirSync(join(outside, folder), { recursive: true });
    put('keys.asc', keyring);
    put('state/status', '');
    put(
      'etc/sources.list',
      `deb [arch=amd64 signed-by=${inside}/keys.asc] file:${inside}/repository stable main\n`,
    );
    const options = Object.entries({
      ...{ 'Dir::State': `${inside}/state`, 'Dir::State::status': `${inside}/state/status` },
      ...{ 'Dir::Cache': `${inside}/cache`, 'Dir::Etc': `${inside}/etc`, 'APT::Architecture': 'amd64' },
      // It tells by its exit code.
      ...{ 'APT::Sandbox::User': 'root', 'APT::Update::Error-Mode': 'any', 'Acquire::Languages': 'none' },
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const run = (...args: readonly string[]) => {
      const argv = ['apt-get', ...options, ...args];
      const [program = '', ...others] = root === undefined ? argv : ['chroot', root, ...argv];
      return spawnSync(program, others, { cwd: outside, env: { ...process.env, LC_ALL: 'C' } }).status === 0;
    };
    if (!run('update') || !run('--download-only', '--yes', 'install', 'hello')) return undefined;
    const found = readdirSync(join(outside, 'cache/archives')).filter((name) => name.endsWith('.deb'));
    const [name] = found;
    // Of a repository of files, what stands there is used, and not copied.
    return readFileSync(
      name === undefined ? join(outside, 'repository/pool/hello.deb') : join(outside, 'cache/archives', name),
    );
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}

/** Judged by `fetch-deb`, over loopback. */
async function byAssay(url: string, work: string): Promise<Uint8Array | undefined> {
  rmSync(join(work, 'out'), { recursive: true, force: true });
  rmSync(join(work, 'cache'), { recursive: true, force: true });
  const { exitCode } = await runInProcess([
    ...[
      'fetch-deb',
      '--repo',
      `https://${host}`,
      '--suite',
      'stable',
      '--component',
      'main',
      '--arch',
      'amd64',
    ],
    ...['--keyring', join(work, 'keys.asc'), '--package', 'hello', '--dir', join(work, 'out'), '--quiet'],
    ...['--mirror', `https://${host}=${url}/${host}`, '--cache-dir', join(work, 'cache')],
  ]);
  if (exitCode !== 0) return undefined;
  const [name = ''] = readdirSync(join(work, 'out')).filter((one) => one.endsWith('.deb'));
  return readFileSync(join(work, 'out', name));
}

async function compare(root: string | undefined, random: Random, times: number): Promise<Verdicts> {
  const verdicts = noVerdicts();
  const keys = await makeKeys();
  const work = mkdtempSync(join(tmpdir(), 'assay-differential-'));
  const files = new Map<string, Buffer>();
  const server = await startUpstreamServer({ files });
  writeFileSync(join(work, 'keys.asc'), keys.keyring);
  try {
    for (let time = 0; time < times / share; time += 1) {
      const { name, files: repository } = await makeCase(time, random, keys);
      files.clear();
      for (const [path, content] of repository) files.set(`${host}/${path}`, content);
      const [own, other] = [await byAssay(server.url, work), byApt(root, repository, keys.keyring)];
      if (own !== undefined && other === undefined && explained.has(name)) verdicts.onlyOurs += 1;
      else count(verdicts, own, other, name);
    }
  } finally {
    await server.close();
    rmSync(work, { recursive: true, force: true });
  }
  return verdicts;
}

/** Whatever this machine has. */
export const repositoriesByApt: Comparison = {
  name: 'apt, whole repositories',
  program: () => versionOf('apt-get', '--version'),
  compare: (random, times) => compare(undefined, random, times),
};

export const repositoriesByDebian13: Comparison = {
  name: 'apt of Debian 13, whole repositories',
  program: () => {
    const root = debian13();
    return root === undefined ? undefined : versionOf('chroot', root, 'apt-get', '--version');
  },
  compare: (random, times) => compare(debian13(), random, times),
};
