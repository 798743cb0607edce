/** What the peers of assay need before they can run: keyrings for gpgv, a private root for apt-get. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenpgpPin } from '../../src/verify/anchors/openpgp.ts';
import { parseTrustPins } from '../../src/verify/anchors/pins.ts';
import { commandIn, type Setting } from './contenders.ts';
import type { Contender } from './rounds.ts';

/** Those of `programs` that are not on PATH. */
export function missing(...programs: readonly string[]): string[] {
  return programs.filter((program) => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status !== 0);
}

const dearmor = 'gpg';
const rings = { main: 'debian-archive', security: 'debian-security' };

/** Binary keyrings and pins, as shell-pipeline.sh wants them. */
export async function writeKeyrings({ trustDir, work }: Setting): Promise<string> {
  const directory = join(work, 'keys');
  await mkdir(directory);
  const pinsFile = join(trustDir, 'pins.yaml');
  const pins = parseTrustPins(await readFile(pinsFile, 'utf8'), pinsFile);
  for (const [ring, anchor] of Object.entries(rings)) {
    const armored = await readFile(join(trustDir, `${anchor}.asc`));
    const { status, stdout } = spawnSync(dearmor, ['--dearmor'], {
      input: armored,
      env: { ...process.env, GNUPGHOME: work },
    });
    if (status !== 0) throw new Error(`gpg --dearmor of ${anchor}.asc: exit ${String(status)}`);
    await writeFile(join(directory, `${ring}.gpg`), stdout);
    const pinned = pins.anchors[anchor] as OpenpgpPin | undefined;
    const fingerprints = pinned?.fingerprints ?? [];
    await writeFile(join(directory, `${ring}.pins`), fingerprints.map((one) => `${one}\n`).join(''));
  }
  return directory;
}

const suites = [
  { name: 'trixie', root: 'ftp.debian.org/debian', anchor: 'debian-archive' },
  { name: 'trixie-updates', root: 'ftp.debian.org/debian', anchor: 'debian-archive' },
  { name: 'trixie-security', root: 'security.debian.org/debian-security', anchor: 'debian-security' },
];

/**
 * `apt-get update` of the same suites and architectures with the same keys, as an ordinary user in a root
 * of its own. It judges by the machine's clock, so dates are not checked.
 */
export async function aptGetUpdate(setting: Setting): Promise<Contender> {
  const apt = join(setting.work, 'apt');
  const state = join(apt, 'state');
  const cache = join(apt, 'cache');
  await mkdir(join(apt, 'etc'), { recursive: true });
  for (const { anchor } of suites) {
    await copyFile(join(setting.trustDir, `${anchor}.asc`), join(apt, `${anchor}.asc`));
  }
  const options = {
    'Dir::State': state,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': cache,
    'Dir::Etc': join(apt, 'etc'),
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::PDiffs': 'false',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Check-Date': 'false',
    'Acquire::http::Proxy': 'DIRECT',
  };
  const config = Object.entries(options).map(([name, value]) => `${name} "${value}";\n`);
  await writeFile(join(apt, 'apt.conf'), `${config.join('')}APT::Architectures { "amd64"; "arm64"; };\n`);
  const sources = suites.map(
    ({ name, root, anchor }) =>
      `deb [arch=amd64,arm64 signed-by=${join(apt, `${anchor}.asc`)}] ${setting.url}/${root} ${name} main\n`,
  );
  await writeFile(join(apt, 'etc/sources.list'), sources.join(''));
  const { argv, cwd, env } = commandIn(setting, ['apt-get', '-qq', '--error-on=any', 'update']);
  return {
    name: 'apt-get update',
    command: { argv, cwd, env: { ...env, APT_CONFIG: join(apt, 'apt.conf') } },
    prepare: async () => {
      for (const directory of [state, cache]) await rm(directory, { recursive: true, force: true });
      await mkdir(join(state, 'lists/partial'), { recursive: true });
      await mkdir(join(cache, 'archives/partial'), { recursive: true });
    },
    check: async () => {
      const lists = await readdir(join(state, 'lists'));
      const indexes = lists.filter((name) => name.includes('_Packages'));
      if (indexes.length < suites.length * 2) throw new Error(`apt-get has ${indexes.length} indexes`);
    },
  };
}
