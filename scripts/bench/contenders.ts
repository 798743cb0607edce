/**
 * Who is compared: assay as scripts/assay starts it, and what else does the same job on the same upstream.
 * Each starts from nothing in a folder of its own; what a run found is compared, so that only work that was
 * done has a time.
 */
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from './measure.ts';
import type { Contender } from './rounds.ts';

export interface Setting {
  /** The project's folder. */
  readonly root: string;
  /** A scratch folder. */
  readonly work: string;
  /** The upstream's URL; a host's name and path follow. */
  readonly url: string;
  readonly trustDir: string;
  /** ISO 8601: the time to judge by. */
  readonly now: string;
  /** What is resolved, for both architectures: names of the catalogue. */
  readonly names: readonly string[];
  /** Values for `--mirror`. */
  readonly mirrors: readonly string[];
}

const hosts = ['ftp.debian.org', 'security.debian.org'];

/** Where a command runs. */
type Place = Pick<Setting, 'root' | 'work'>;

export function commandIn(setting: Place, argv: Command['argv']): Command {
  const env = { PATH: process.env['PATH'] ?? '', HOME: setting.work, LC_ALL: 'C', NO_COLOR: '1' };
  return { argv, cwd: setting.root, env };
}

/** As scripts/assay sets it. */
const hugePages = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };

/** The command line and the environment as scripts/assay gives them to Node, with compiled code kept. */
export function assay(setting: Place, ...args: readonly string[]): Command {
  const cli = join(setting.root, 'dist/cli.js');
  const command = commandIn(setting, [process.execPath, '--max-semi-space-size=1', cli, ...args]);
  const compiled = { NODE_COMPILE_CACHE: join(setting.work, 'compiled') };
  return { ...command, env: { ...command.env, ...hugePages, ...compiled } };
}

/** Of everything in the project's catalogue, unless `more` has other flags: of a repeated one the last counts. */
export function updateManifests(
  setting: Place & Pick<Setting, 'trustDir' | 'now' | 'mirrors'>,
  ...more: readonly string[]
): Command {
  return assay(
    setting,
    ...['update-manifests', '--quiet', '--now', setting.now],
    ...['--catalogue', 'manifests/catalogue.yaml', '--manifests-dir', join(setting.work, 'manifests')],
    ...['--trust-dir', setting.trustDir, '--cache-dir', join(setting.work, 'cache')],
    ...setting.mirrors.flatMap((mirror) => ['--mirror', mirror]),
    ...more,
  );
}

export function updateNamed(setting: Setting): Command {
  return updateManifests(setting, '--only', setting.names.join(','));
}

/** A run after it begins from nothing. */
export async function forget({ work }: Pick<Setting, 'work'>): Promise<void> {
  await renew(join(work, 'cache'));
  await renew(join(work, 'manifests'));
}

/** `without`: of what scripts/assay gives to Node, to show what it is worth. */
export function coldAssay(setting: Setting, without?: 'a small young generation' | 'huge pages'): Contender {
  const command = updateNamed(setting);
  const [program, flag, ...args] = command.argv;
  const name = 'assay update-manifests';
  if (without === undefined) return { name, command, ...coldState(setting) };
  const changed =
    without === 'huge pages'
      ? { env: { ...command.env, GLIBC_TUNABLES: '' } }
      : { argv: [program, ...args] as const };
  const what = without === 'huge pages' ? Object.entries(hugePages).flat().join('=') : (flag ?? '');
  return { name: `assay without ${what}`, command: { ...command, ...changed }, ...coldState(setting) };
}

function coldState(setting: Setting): Required<Pick<Contender, 'prepare' | 'check'>> {
  return {
    prepare: () => forget(setting),
    check: async () => {
      requireComplete(setting, await resolvedByAssay(setting), 'assay');
    },
  };
}

/** `keys` as shell-pipeline.sh wants them. */
export function shellPipeline(setting: Setting, keys: string, kind: 'full' | 'lean'): Contender {
  const out = join(setting.work, `shell-${kind}`);
  const urls = hosts.map((host) => {
    const path = host === 'ftp.debian.org' ? 'debian' : 'debian-security';
    return `${setting.url}/${host}/${path}`;
  });
  const script = join(setting.root, 'scripts/bench/shell-pipeline.sh');
  const flags = kind === 'lean' ? ['--lean'] : [];
  return {
    name: kind === 'lean' ? 'shell pipeline without the plain digest' : 'shell pipeline',
    command: commandIn(setting, [script, ...flags, ...urls, keys, out]),
    prepare: () => renew(out),
    check: async () => {
      const lines = (await readFile(join(out, 'resolved'), 'utf8')).trim().split('\n');
      const found = lines.map((line) => {
        const [arch, name, , , , digest] = line.split(' ');
        return `${name ?? ''} ${arch ?? ''} sha256:${digest ?? ''}`;
      });
      requireComplete(setting, new Set(found), 'the shell pipeline');
      const expected = await resolvedByAssay(setting);
      if (found.some((one) => !expected.has(one))) throw new Error('the shell pipeline found other packages');
    },
  };
}

/** All that stands in the manifests: the URL of each `<name> <architecture> <digest>`. */
export async function resolvedByAssay({ work }: Setting): Promise<ReadonlyMap<string, string>> {
  const directory = join(work, 'manifests');
  const found = new Map<string, string>();
  for (const name of await readdir(directory)) {
    if (!name.endsWith('.json')) continue;
    const { vmconfig } = JSON.parse(await readFile(join(directory, name), 'utf8')) as {
      vmconfig: { os: { arch: string }; dependencies: Record<string, { url: string; digest: string }> };
    };
    for (const [key, { url, digest }] of Object.entries(vmconfig.dependencies)) {
      found.set(`${key} ${vmconfig.os.arch} ${digest}`, url);
    }
  }
  return found;
}

function requireComplete({ names }: Setting, found: { readonly size: number }, who: string): void {
  if (found.size !== names.length * 2) throw new Error(`${who} resolved ${found.size} artifacts`);
}

export async function renew(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}
