/** `assay stage`: put a manifest's artifacts into a directory. */
import type { Command } from 'commander';
import { isOciPlace } from '../formats/own/oci-place.ts';
import { vmPaths } from '../formats/own/vm-paths.ts';
import { createProgressBars } from '../io/progress-bars.ts';
import { isPrecious } from '../io/staging-directory.ts';
import type { ArchiveDirectory } from '../model/archive-file.ts';
import { UsageError } from '../model/errors.ts';
import type { Reporter } from '../model/ports.ts';
import type { StagingDirectory } from '../model/staging-ports.ts';
import { pruneDirectory, stage, type StagedItem, type StageResult } from '../pipeline/staging/stage.ts';
import { imageItems, stageImages, type ImageItem } from '../pipeline/staging/stage-images.ts';
import { allItems } from '../pipeline/staging/staging-items.ts';
import type { ImageStore } from '../sources/image-store.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { withNetwork, type Patience } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  countUpTo,
  durationOption,
  fallbackOriginOption,
  mirrorBaseOption,
  type NetworkFlags,
} from './shared/options.ts';
import { imageStoreOf, openManifest, stagingFiles, type RegistryFiles } from './shared/pulled-manifest.ts';
import { reportUnfinished } from './shared/report-error.ts';
import {
  addLockOption,
  addSelectionOptions,
  defaultJobs,
  imagesOption,
  mirrorBase,
  withStagingDirectory,
  type ImagesFlag,
  type LockFlags,
  type MirrorBaseFlags,
  type SelectionFlags,
} from './shared/staging.ts';
import { addTagOptions, requireTagFlags, type TagFlags } from './shared/tag-options.ts';

interface Flags extends NetworkFlags, SelectionFlags, ImagesFlag, LockFlags, MirrorBaseFlags, TagFlags {
  readonly dir: string;
  readonly jobs?: number;
  readonly prune?: true;
  readonly attempts?: number;
  readonly stallTimeout?: number;
}

interface Outcome extends StageResult {
  readonly pruned: readonly string[];
}

export function defineStage(command: Command, host: Host): void {
  command
    .description(
      'Downloads what the manifest names, and goes on where an earlier run was cut. A file gets its name in the ' +
        'directory only once its size and digest are right; files that are right already are kept.',
    )
    .argument('<manifest>', '<kind>.<os>.<arch>.json, or oci://REGISTRY/REPOSITORY@sha256:… (or :TAG)')
    .option('--dir <dir>', 'where to', vmPaths.artifacts);
  addSelectionOptions(command)
    .addOption(imagesOption)
    .option('--prune', 'afterwards, remove files from the directory that the manifest does not name')
    .addOption(mirrorBaseOption)
    .addOption(fallbackOriginOption)
    .option('--jobs <count>', 'downloads at the same time (default: by cores and servers)', countUpTo(64))
    .option(
      '--attempts <count>',
      'how often to try without getting 64 KiB further (default: 5)',
      countUpTo(64),
    )
    .addOption(
      durationOption('--stall-timeout <duration>', 'give up on a server that sends nothing (default: 30s)'),
    );
  addOutputOptions(addNetworkOptions(addLockOption(addTagOptions(command))));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay stage manifests/knd.debian-13.amd64.json --dir artifacts\n' +
      '  assay stage manifests/knd.debian-13.amd64.json --mirror-base oci://registry.example/team/assay',
  );
  command.action(async (manifest: string, flags: Flags) => {
    await run(manifest, flags, host);
  });
}

async function run(manifestName: string, flags: Flags, host: Host): Promise<void> {
  requireTagFlags(manifestName, flags);
  const base = isOciPlace(manifestName) && flags.mirrorBase === undefined ? undefined : mirrorBase(flags);
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const interruption = host.interruption?.();
  const judge = async () =>
    (await import('./shared/tag-judge.ts')).openTagJudge(flags, flags.now ?? host.now());
  const outcome = await withNetwork(
    flags,
    host,
    reporter,
    async ({ fetcher }) => {
      const ports = { fetcher, reporter };
      const opened = await openManifest(manifestName, ports, judge);
      const { manifest } = opened;
      const places = { base, fallsBack: flags.fallbackOrigin === true };
      const files = await stagingFiles(opened, flags, places, ports);
      const images = flags.images === true ? imageItems(manifest) : [];
      const store = imageStoreOf(opened, places, ports);
      if (flags.prune === true) await requirePrunable(flags.dir, host);
      return withStagingDirectory(
        flags.dir,
        flags,
        reporter,
        async (directory) => {
          const result = await fetchAll({
            ...files,
            images,
            store,
            directory,
            flags,
            reporter,
            interruption,
          });
          const names = new Set([...allItems(manifest), ...imageItems(manifest)].map(({ name }) => name));
          return { ...result, pruned: await prune(flags, result, directory, names, reporter) };
        },
        interruption,
      );
    },
    patienceOf(flags, interruption),
  );
  await report(outcome, flags, host, reporter, interruption?.aborted === true);
}

function patienceOf({ stallTimeout, attempts }: Flags, interruption: AbortSignal | undefined): Patience {
  return {
    ...(stallTimeout === undefined ? {} : { timeouts: { stallMs: stallTimeout } }),
    ...(attempts === undefined ? {} : { retry: { attempts } }),
    ...(interruption === undefined ? {} : { signal: interruption }),
  };
}

interface Fetching extends RegistryFiles {
  readonly images: readonly ImageItem[];
  readonly store: ImageStore;
  readonly directory: ArchiveDirectory;
  readonly flags: Flags;
  readonly reporter: Reporter;
  readonly interruption: AbortSignal | undefined;
}

async function fetchAll(fetching: Fetching): Promise<StageResult> {
  const { items, images, store, fetcher, directory, flags, reporter, interruption } = fetching;
  const all = [...items, ...images];
  const totalBytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const bars = createProgressBars({ screen: reporter.screen, files: all.length, totalBytes });
  const onStaged = ({ item, status }: StagedItem) => {
    if (status === 'kept') bars.skip(item.sizeBytes);
    reporter.info(`${status.padEnd(6)} ${item.name}  ${item.digest}`);
  };
  const jobs = flags.jobs ?? defaultJobs(items);
  try {
    const common = { reporter, progress: bars, jobs, onStaged, signal: interruption };
    const files = await stage({ items, directory, fetcher, ...common });
    const archives = await stageImages({ items: images, directory, store, ...common });
    return {
      staged: [...files.staged, ...archives.staged],
      failures: [...files.failures, ...archives.failures],
    };
  } finally {
    bars.close();
  }
}

/** Only after a run without failures: what could not be replaced may still be wanted. */
async function prune(
  flags: Flags,
  { failures }: StageResult,
  directory: StagingDirectory,
  names: ReadonlySet<string>,
  reporter: Reporter,
): Promise<readonly string[]> {
  if (flags.prune !== true) return [];
  if (failures.length > 0) {
    reporter.warn('nothing was pruned, since not everything is staged');
    return [];
  }
  return pruneDirectory(directory, names);
}

async function report(
  { staged, failures, pruned }: Outcome,
  flags: Flags,
  host: Host,
  reporter: CommandReporter,
  isInterrupted: boolean,
): Promise<void> {
  for (const name of pruned) reporter.info(`pruned ${name}`);
  if (flags.json === true) {
    const document = {
      directory: flags.dir,
      files: staged.map(({ item: { name, url, digest, sizeBytes }, status }) => ({
        ...{ name, url, digest, sizeBytes, status },
      })),
      pruned,
      failures: failures.map(({ item, error }) => ({ name: item.name, error })),
    };
    await host.out.document('stage', document);
  }
  const named = failures.map(({ item, error }) => ({ name: item.name, error }));
  reportUnfinished(named, isInterrupted, reporter, host);
}

/** Before anything is downloaded: a slip in --dir must not cost a home directory. */
async function requirePrunable(directory: string, host: Host): Promise<void> {
  if (!(await isPrecious(directory, host.env['HOME']))) return;
  throw new UsageError('USAGE', `--prune removes files, and ${directory} is no directory of artifacts`, {
    hint: 'Name a directory that holds nothing else with --dir.',
  });
}
