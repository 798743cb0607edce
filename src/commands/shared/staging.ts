/** What `stage`, `mirror` and `verify --staged` share: which entries, where from, and the directory with its lock. */
import { Option, type Command } from 'commander';
import { coreCount } from '../../io/hash-pool.ts';
import { createStagingDirectory, defaultLockTimeoutMs } from '../../io/staging-directory.ts';
import type { ArchiveDirectory } from '../../model/archive-file.ts';
import { UsageError } from '../../model/errors.ts';
import type { Reporter } from '../../model/ports.ts';
import type { MirrorBase, StagingItem } from '../../pipeline/staging/staging-items.ts';
import { collectList, durationOption } from './options.ts';

export interface SelectionFlags {
  readonly only?: readonly string[];
  readonly providers?: readonly string[];
  readonly osImage?: true;
}

export interface MirrorBaseFlags {
  readonly mirrorBase?: string;
  readonly fallbackOrigin?: true;
}

export interface ImagesFlag {
  readonly images?: true;
}

export interface LockFlags {
  readonly lockTimeout?: number;
}

export function addSelectionOptions(command: Command): Command {
  return command
    .option('--only <names>', 'these entries only: NAME,…', collectList)
    .option(
      '--providers <names>',
      'of the entries for certain providers, those for these: NAME,… or none',
      collectList,
    )
    .option('--os-image', 'the OS image too, as os-image.qcow2');
}

/** Of what stages and of what judges that. */
export const imagesOption = new Option(
  '--images',
  'the container images too, each as an archive that `ctr images import` takes',
);

export function addLockOption(command: Command): Command {
  return command.addOption(
    durationOption(
      '--lock-timeout <duration>',
      'how long to wait for another run in the directory (default: 10m)',
    ),
  );
}

/** Calls `use` with the directory, which is this run's until it returns. Throws UsageError `LOCKED`. */
export async function withStagingDirectory<T>(
  path: string,
  { lockTimeout: lockTimeoutMs = defaultLockTimeoutMs }: LockFlags,
  reporter: Reporter,
  use: (directory: ArchiveDirectory) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const seconds = Math.round(lockTimeoutMs / 1000);
  const onWait = () =>
    reporter.warn(`another run is staging into ${path}: waiting for it, up to ${seconds} s`);
  const directory = await createStagingDirectory(path, { lockTimeoutMs, onWait, signal });
  try {
    return await use(directory);
  } finally {
    await directory.close();
  }
}

/** Six downloads from a server are as fast as any more; twice the cores keep them busy while some wait. */
export function defaultJobs(items: readonly StagingItem[]): number {
  const hosts = new Set(items.map(({ url, sources }) => new URL(sources?.[0]?.url ?? url).host));
  return Math.max(1, Math.min(Math.max(4, 2 * coreCount()), 6 * hosts.size, 16));
}

/** Throws UsageError `USAGE` for one flag without the other. */
export function mirrorBase({ mirrorBase: url, fallbackOrigin }: MirrorBaseFlags): MirrorBase | undefined {
  if (url !== undefined) return { url, fallsBack: fallbackOrigin === true };
  if (fallbackOrigin !== true) return undefined;
  throw new UsageError('USAGE', '--fallback-origin is for --mirror-base, which is not given');
}
