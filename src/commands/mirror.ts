/** `assay mirror`: a directory that any static server or object storage can publish. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { openMirrorTree } from '../io/mirror-tree.ts';
import { mirror, type MirrorResult } from '../pipeline/staging/mirror.ts';
import { planMirror, type MirrorPlan, type MirrorSource } from '../pipeline/staging/mirror-plan.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import { withNetwork } from './shared/network.ts';
import { addNetworkOptions, addOutputOptions, countUpTo, type NetworkFlags } from './shared/options.ts';
import { reportUnfinished } from './shared/report-error.ts';
import { addLockOption, defaultJobs, type LockFlags } from './shared/staging.ts';

interface Flags extends NetworkFlags, LockFlags {
  readonly dir: string;
  readonly partialDir?: string;
  readonly osImage: boolean;
  readonly prune?: true;
  readonly jobs?: number;
}

export function defineMirror(command: Command, host: Host): void {
  command
    .description(
      'Downloads what the manifests name into vmconfig/artifacts/<name>/<version>/<file>, and puts each manifest ' +
        'at manifests/vmconfig_<kind>_<os>_<arch>.json once all of its files are there. Files that are right ' +
        'already are kept; equal content is one file with several names.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json')
    .requiredOption('--dir <dir>', 'the tree to be published')
    .option('--no-os-image', 'leave out the images that the VMs start from')
    .option('--prune', 'remove artifacts and manifests that none of these manifests is or names')
    .option(
      '--partial-dir <dir>',
      'for files in the making, on the same file system and not published (default: DIR.partial)',
    )
    .option('--jobs <count>', 'downloads at the same time (default: by cores and servers)', countUpTo(64));
  addOutputOptions(addNetworkOptions(addLockOption(command)));
  command.addHelpText(
    'after',
    [
      '\nExample:',
      '  assay mirror manifests/k*.debian-13.*.json --dir mirror',
      '  rclone sync mirror/vmconfig remote:bucket/vmconfig',
      '  rclone sync mirror/manifests remote:bucket/manifests',
    ].join('\n'),
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

async function run(manifestFiles: readonly string[], flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const sources: MirrorSource[] = [];
  for (const file of manifestFiles) sources.push({ file, ...(await readManifest(file)) });
  const plan = planMirror(sources, { withOsImage: flags.osImage });
  const signal = host.interruption?.();
  const result = await fill(plan, flags, host, reporter, signal);
  await report(result, flags, host, reporter, signal?.aborted === true);
}

async function report(
  result: MirrorResult,
  flags: Flags,
  host: Host,
  reporter: CommandReporter,
  isInterrupted: boolean,
): Promise<void> {
  if (flags.json === true) {
    await host.out.document(documentOf(result, flags.dir));
  }
  for (const { item, status } of result.files)
    reporter.info(`${status.padEnd(7)} ${item.name}  ${item.digest}`);
  for (const { manifest, status } of result.manifests) reporter.info(`${status.padEnd(7)} ${manifest.path}`);
  for (const path of result.pruned) reporter.info(`removed ${path}`);
  const named = result.failures.map(({ item, error }) => ({ name: basename(item.name), error }));
  reportUnfinished(named, isInterrupted, reporter, host);
  // To who interrupted it, what was not written for want of the rest is no news.
  const held = isInterrupted ? [] : result.manifests.filter(({ status }) => status === 'held');
  for (const { manifest } of held)
    reporter.error(`${manifest.path} was not written: it names what is not there`);
}

async function fill(
  plan: MirrorPlan,
  flags: Flags,
  host: Host,
  reporter: CommandReporter,
  signal: AbortSignal | undefined,
): Promise<MirrorResult> {
  const tree = await openMirrorTree(flags.dir, {
    partialDirectory: flags.partialDir,
    ...(flags.lockTimeout === undefined ? {} : { lockTimeoutMs: flags.lockTimeout }),
    onWait: () => {
      reporter.warn(`another run is filling ${flags.dir}: waiting for it`);
    },
    signal,
  });
  try {
    const jobs = flags.jobs ?? defaultJobs(plan.files);
    const options = { reporter, jobs, prune: flags.prune ?? false, signal };
    return await withNetwork(
      flags,
      host,
      reporter,
      ({ fetcher }) => mirror({ plan, tree, fetcher, ...options }),
      {
        ...(signal === undefined ? {} : { signal }),
      },
    );
  } finally {
    await tree.close();
  }
}

function documentOf({ files, failures, manifests, pruned }: MirrorResult, directory: string): object {
  return {
    directory,
    files: files.map(({ item: { name, ...rest }, status }) => ({ path: name, ...rest, status })),
    manifests: manifests.map(({ manifest: { path, digest }, status }) => ({ path, digest, status })),
    pruned,
    failures: failures.map(({ item, error }) => ({ path: item.name, error })),
  };
}
