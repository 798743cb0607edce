/** Debian 13 roots of mmdebstrap, in which a release is tried: what is in them besides Debian's minimum is said. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, findProgram } from '../real-servers/programs.ts';

/** Why no root can be made here; undefined where one can. */
export async function whyNoRoots(...programs: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'it needs root, for chroot';
  for (const program of ['mmdebstrap', 'chroot', ...programs]) {
    if ((await findProgram(program)) === undefined) return `there is no ${program} here`;
  }
  return undefined;
}

/** A directory for the time of `use`, and a word where nothing could be tried. The exit code says how it went. */
export async function inWorkDirectory(
  name: string,
  whyNot: string | undefined,
  use: (work: string) => Promise<void>,
): Promise<void> {
  if (whyNot !== undefined) {
    console.log(`${name}: SKIPPED, nothing was tested: ${whyNot}`);
    return;
  }
  const work = await mkdtemp(join(tmpdir(), `assay-${name}-`));
  try {
    await use(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The host's mirror of Debian, whatever its release; the origin where apt knows none. */
export async function debianMirror(): Promise<string> {
  const { stdout } = await exec('apt-get', ['update', '--print-uris']).catch(() => ({ stdout: '' }));
  return /^'(https?:\/\/\S+\/debian)\/dists\//m.exec(stdout)?.[1] ?? 'https://ftp.debian.org/debian';
}

interface RootOptions {
  readonly arch: 'amd64' | 'arm64';
  /** `extract`: files alone, for a machine that this one only pretends to be. */
  readonly variant: 'minbase' | 'extract';
  readonly include: readonly string[];
}

export async function makeRoot(directory: string, { arch, variant, include }: RootOptions): Promise<void> {
  const packages = include.length === 0 ? [] : [`--include=${include.join(',')}`];
  const flags = ['--quiet', `--variant=${variant}`, `--architectures=${arch}`, ...packages];
  await exec('mmdebstrap', [...flags, 'trixie', directory, await debianMirror()], { maxBuffer: 16 << 20 });
}

/** Of root's shell in `root`, with an environment of its own. Throws where it fails, with all that it said. */
export async function inRoot(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const variables = Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/root', ...env });
  const clean = ['/usr/bin/env', '-i', ...variables.map(([name, value]) => `${name}=${value}`)];
  const { stdout } = await exec('chroot', [root, ...clean, ...args], { maxBuffer: 64 << 20 });
  return stdout;
}
