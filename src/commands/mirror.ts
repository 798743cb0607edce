/** `assay mirror`: a directory that any static server or object storage can publish, and whether one has it. */
import { basename } from 'node:path';
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import type { Command } from 'commander';
import { isOciPlace } from '../formats/own/oci-place.ts';
import { openMirrorTree } from '../io/mirror-tree.ts';
import { UsageError } from '../model/errors.ts';
import { mirror, type MirrorResult } from '../pipeline/staging/mirror.ts';
import { planMirror, type MirrorPlan, type MirrorSource } from '../pipeline/staging/mirror-plan.ts';
import { ImageStore } from '../sources/image-store.ts';
import { addVerifyMirrorOptions, runVerifyMirror, type VerifyMirrorFlags } from './mirror-verify.ts';
import type { CommandReporter, Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import { withNetwork } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  collectFile,
  countUpTo,
  fallbackOriginOption,
  mirrorBaseOption,
  type NetworkFlags,
} from './shared/options.ts';
import { reportUnfinished } from './shared/report-error.ts';
import {
  addLockOption,
  defaultJobs,
  mirrorBase,
  type LockFlags,
  type MirrorBaseFlags,
} from './shared/staging.ts';

interface Flags extends NetworkFlags, LockFlags, MirrorBaseFlags, VerifyMirrorFlags {
  readonly dir?: string;
  readonly partialDir?: string;
  readonly osImage: boolean;
  readonly images: boolean;
  readonly keep?: readonly string[];
  readonly prune?: true;
  readonly jobs?: number;
}

export function defineMirror(command: Command, host: Host): void {
  command
    .description(
      'With --dir, downloads what the manifests name into vmconfig/artifacts/<name>/<version>/<file>, and puts each ' +
        'manifest at manifests/vmconfig_<kind>_<os>_<arch>.json once all of its files are there. Files that are right ' +
        'already are kept; equal content is one file with several names.\n' +
        'With --verify, asks a server that such a tree was published to: is each file there, of its size, and are ' +
        'the manifests these? A sample of the files is downloaded and hashed; nothing is written. Exit code 5 for ' +
        'what is missing or wrong, 4 for what could not be asked.',
    )
    .argument('<manifests...>', '<kind>.<os>.<arch>.json')
    .option('--dir <dir>', 'the tree to be published')
    .option('--no-os-image', 'leave out the images that the VMs start from')
    .option('--no-images', 'leave out the container images')
    .option(
      '--keep <manifest>',
      'an older manifest that VMs still go by: what it names belongs to the tree, too; repeatable',
      collectFile,
    )
    .option('--prune', 'remove artifacts, images and manifests that none of these manifests is or names')
    .option(
      '--partial-dir <dir>',
      'for files in the making, on the same file system and not published (default: DIR.partial)',
    )
    .addOption(mirrorBaseOption)
    .addOption(fallbackOriginOption)
    .option('--jobs <count>', 'downloads at the same time (default: by cores and servers)', countUpTo(64));
  addOutputOptions(addNetworkOptions(addVerifyMirrorOptions(addLockOption(command))));
  command.addHelpText(
    'after',
    [
      '\nExamples:',
      '  assay mirror manifests/k*.debian-13.*.json --dir mirror',
      '  rclone copy --checksum --immutable mirror/vmconfig remote:bucket/vmconfig',
      '  rclone copy --checksum --immutable mirror/images/blobs remote:bucket/images/blobs',
      '  rclone copy --checksum mirror/images remote:bucket/images',
      '  rclone copy --checksum mirror/manifests remote:bucket/manifests',
      '  assay mirror manifests/k*.debian-13.*.json --verify https://mirror.example/bucket',
    ].join('\n'),
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

async function run(manifestFiles: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { dir, verify } = flags;
  requireOneMode(flags);
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const base = verify === undefined ? mirrorBase(flags) : { url: verify, fallsBack: false };
  const kept = await readSources(flags.keep ?? []);
  const scope = { withOsImage: flags.osImage, withImages: flags.images, kept, base };
  const plan = planMirror(await readSources(manifestFiles), scope);
  const signal = host.interruption?.();
  if (verify !== undefined) {
    await runVerifyMirror(plan, { ...flags, verify }, host, reporter, signal);
  } else if (dir !== undefined) {
    const result = await fill(plan, { ...flags, dir }, host, reporter, signal);
    await report(result, { ...flags, dir }, host, reporter, signal?.aborted === true);
  }
}

async function readSources(files: readonly string[]): Promise<readonly MirrorSource[]> {
  const sources: MirrorSource[] = [];
  for (const file of files) sources.push({ file, ...(await readManifest(file)) });
  return sources;
}

/** What is passed over would look like a check. */
function requireOneMode(flags: Flags): void {
  const misused = (what: string) =>
    new UsageError('USAGE', what, { hint: 'Give --dir DIR, or --verify URL.' });
  const { dir, verify, sample, seed } = flags;
  if (dir === undefined && verify === undefined)
    throw misused('mirror to where? Neither directory nor server is given');
  if (dir !== undefined && verify !== undefined)
    throw misused('--verify reads a server, and --dir is filled: one at a time');
  if (verify === undefined && (sample !== undefined || seed !== undefined))
    throw misused('--sample and --seed are for --verify');
  if (flags.mirrorBase !== undefined && isOciPlace(flags.mirrorBase))
    throw misused('a tree is not filled from a registry: --mirror-base takes the URL of a mirror here');
  const { partialDir, prune, mirrorBase: base, fallbackOrigin, lockTimeout } = flags;
  const ofFilling = [partialDir, prune, base, fallbackOrigin, lockTimeout];
  if (verify !== undefined && ofFilling.some((flag) => flag !== undefined))
    throw misused('--verify writes nothing, and takes no flag of filling a tree');
}

interface FillFlags extends Flags {
  readonly dir: string;
}

async function report(
  result: MirrorResult,
  flags: FillFlags,
  host: Host,
  reporter: CommandReporter,
  isInterrupted: boolean,
): Promise<void> {
  if (flags.json === true) {
    await host.out.document('mirror', documentOf(result, flags.dir));
  }
  for (const { item, status } of result.files)
    reporter.info(`${status.padEnd(7)} ${item.name}  ${item.digest}`);
  for (const { wanted, status, isSigned } of result.images) {
    const { image, digest } = wanted.image;
    reporter.info(`${status.padEnd(8)} ${image}  ${digest}${isSigned ? '  with its signatures' : ''}`);
  }
  for (const { manifest, status } of result.manifests) reporter.info(`${status.padEnd(7)} ${manifest.path}`);
  for (const path of result.pruned) reporter.info(`removed ${path}`);
  const named = [
    ...result.failures.map(({ item, error }) => ({ name: basename(item.name), error })),
    ...result.images.flatMap(({ wanted, error }) =>
      error === undefined ? [] : [{ name: wanted.image.image, error }],
    ),
  ];
  reportUnfinished(named, isInterrupted, reporter, host);
  // To who interrupted it, what was not written for want of the rest is no news.
  const held = isInterrupted ? [] : result.manifests.filter(({ status }) => status === 'held');
  for (const { manifest } of held)
    reporter.error(`${manifest.path} was not written: it names what is not there`);
}

async function fill(
  plan: MirrorPlan,
  flags: FillFlags,
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
      ({ fetcher }) => {
        const store = new ImageStore({ fetcher, reporter }, mirrorBase(flags));
        return mirror({ plan, tree, store, ...options });
      },
      {
        ...(signal === undefined ? {} : { signal }),
      },
    );
  } finally {
    await tree.close();
  }
}

function documentOf(result: MirrorResult, directory: string): DocumentOf<'mirror'> {
  const { files, failures, images, manifests, pruned } = result;
  return {
    directory,
    files: files.map(({ item: { name, ...rest }, status }) => ({ path: name, ...rest, status })),
    images: images.map(({ wanted: { image, architecture }, status, isSigned, error }) => ({
      ...{ image: image.image, digest: image.digest, architecture, status, isSigned, error },
    })),
    manifests: manifests.map(({ manifest: { path, digest }, status }) => ({ path, digest, status })),
    pruned,
    failures: failures.map(({ item, error }) => ({ path: item.name, error })),
  };
}
