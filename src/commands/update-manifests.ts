/** `assay update-manifests`: the main job, wired together. */
import type { Command } from 'commander';
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import { createFileStore } from '../io/file-store.ts';
import { createSourceProgress } from '../io/source-progress.ts';
import type { Digest } from '../model/digest.ts';
import { directoryOf } from '../model/directory-of.ts';
import { UsageError } from '../model/errors.ts';
import type { OwnFiles } from '../model/own-files.ts';
import type { Reporter } from '../model/ports.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import { readImagePackages } from '../pipeline/manifests/image-packages.ts';
import { requireCommitted } from '../pipeline/trust/check-trust.ts';
import { fetchingMissing, readTrust } from '../pipeline/trust/anchors.ts';
import { anchorsWanted, type Filters } from '../pipeline/manifests/targets.ts';
import { updateManifests, type UpdateResult } from '../pipeline/manifests/update-manifests.ts';
import { changesOf } from '../pipeline/shared/entry-changes.ts';
import { staleText } from '../pipeline/shared/stale-sources.ts';
import { openTrust, type OpenTrust } from '../verify/anchors/trust.ts';
import { digestOf } from '../verify/digest.ts';
import { renderAdvisories, renderAdvisoriesMarkdown } from '../render/advisories.ts';
import { renderFaults } from '../render/faults.ts';
import { renderSummary, renderSummaryMarkdown, type SummaryInput } from '../render/summary.ts';
import {
  advisoriesOption,
  changedIn,
  findAdvisories,
  openAdvisories,
  type AdvisoriesFlags,
} from './shared/advisories.ts';
import { openBootReading } from './shared/boot-images.ts';
import type { Host } from './shared/host.ts';
import { withNetwork, type Network } from './shared/network.ts';
import {
  addNetworkOptions,
  addOutputOptions,
  addTimeOption,
  collectList,
  type NetworkFlags,
  type TimeFlags,
} from './shared/options.ts';
import { placeInManifest, placesInCatalogue } from './shared/places.ts';
import { reportFailures, worstExitCode } from './shared/report-error.ts';
import { summarizingFailure, writeStepSummary } from './shared/step-summary.ts';
import { tellingOfWrites } from './shared/telling-of-writes.ts';

interface Flags extends NetworkFlags, TimeFlags, Pick<AdvisoriesFlags, 'advisories'> {
  readonly catalogue: string;
  readonly manifestsDir?: string;
  readonly trustDir: string;
  readonly only?: readonly string[];
  readonly kind?: readonly string[];
  readonly os?: readonly string[];
  readonly arch?: readonly string[];
  readonly refresh?: readonly string[];
  readonly keepGoing?: true;
  readonly check?: true;
  readonly dryRun?: true;
  readonly boot?: true;
  readonly evidenceStore?: string;
}

export function defineUpdateManifests(command: Command, host: Host): void {
  command
    .description(
      'Resolves what the catalogue wants into <kind>.<os>.<arch>.json. Every entry is ' +
        'verified; a manifest is written when all that it needs is, and else stays as it ' +
        'was. Entries whose upstream has nothing new are left as they are.',
    )
    .option('--catalogue <file>', 'what is wanted', 'manifests/catalogue.yaml')
    .option('--manifests-dir <dir>', "where the manifests are (default: the catalogue's folder)")
    .option('--trust-dir <dir>', 'pinned trust anchors', 'trust')
    .option('--only <names>', 'resolve these entries only: NAME,…', collectList)
    .option('--kind <kinds>', 'these VM kinds only', collectList)
    .option('--os <names>', 'these operating systems only', collectList)
    .option('--arch <names>', 'these architectures only', collectList)
    .option('--refresh <names>', 'resolve these again even if nothing is new: NAME,… or all', collectList)
    .option('--keep-going', 'write what was verified; what failed keeps its last verified value')
    .option(
      '--check',
      'write nothing; exit 3 if a manifest would change, or does not follow from the catalogue',
    )
    .option('--dry-run', 'write nothing; show what would change')
    .option('--boot', 'read os.boot out of the OS images: kernel, initrd and command line of what they start')
    .option('--evidence-store <dir>', 'put there what proofs rest on and is too large for evidence/')
    .addOption(advisoriesOption);
  addOutputOptions(addTimeOption(addNetworkOptions(command)));
  command.addHelpText(
    'after',
    '\nExamples:\n  assay update-manifests\n  assay update-manifests --only libpq5,uidmap --arch arm64 --dry-run',
  );
  command.action(async (flags: Flags) => {
    await summarizingFailure('Manifests', host, () => run(flags, host));
  });
}

async function run(flags: Flags, host: Host): Promise<void> {
  const reporter = host.reporter({ quiet: flags.quiet ?? false, verbose: flags.verbose ?? false });
  const { files, kept } = tellingOfWrites(createFileStore());
  const text = await files.read(flags.catalogue);
  if (text === undefined) {
    throw new UsageError('FILE_UNREADABLE', `the catalogue ${flags.catalogue} does not exist`, {
      hint: 'Run from the checkout, or name it with --catalogue.',
    });
  }
  const write = flags.check === undefined && flags.dryRun === undefined;
  const manifestsDir = flags.manifestsDir ?? directoryOf(flags.catalogue);
  const told = await withNetwork(
    flags,
    host,
    reporter,
    (network) => update(text, { flags, host, reporter, files, manifestsDir, write }, network),
    { kept },
  );
  const { result, summary, advisories } = told;
  if (flags.json === true) await host.out.document('update-manifests', { ...documentOf(result), advisories });
  const left = result.faults.filter(({ isRepaired }) => !write || !isRepaired);
  for (const [line, { fileName, name }] of renderFaults(left)) {
    reporter.warn(line, await placeInManifest(manifestsDir, fileName, name, { files, host }));
  }
  for (const one of result.stale) reporter.warn(staleText(one));
  reportFailures(result.failures, reporter, placesInCatalogue(flags.catalogue, text, host));
  if (flags.quiet !== true) {
    for (const line of renderSummary(summary, write, reporter.width())) reporter.info(line);
  }
  for (const line of renderAdvisories(advisories ?? [], reporter.width())) reporter.info(line);
  warnOfMissing(result, reporter);
  if (result.failures.length > 0) {
    // Of a manifest without changes, evidence may have been renewed all the same.
    if (result.manifests.every(({ status }) => status === 'refused')) reporter.error('nothing was written');
    host.setExitCode(worstExitCode(result.failures.map((failure) => failure.error)));
  } else if (flags.check === true && isOther(result)) host.setExitCode(3);
  const about = advisories?.length ? `\n### Advisories\n\n${renderAdvisoriesMarkdown(advisories)}\n` : '';
  await writeStepSummary(host, () => renderSummaryMarkdown(summary, write) + about);
}

interface Updating {
  readonly flags: Flags;
  readonly host: Host;
  readonly reporter: Reporter;
  readonly files: OwnFiles;
  readonly manifestsDir: string;
  readonly write: boolean;
}

/** `text`: the catalogue's. */
async function update(
  text: Uint8Array,
  { flags, host, reporter, files, manifestsDir, write }: Updating,
  network: Network,
) {
  const { fetcher, cache, ahead } = network;
  const now = flags.now ?? host.now();
  const filters = {
    ...{ only: flags.only, kinds: flags.kind, os: flags.os, architectures: flags.arch },
    refresh: flags.refresh?.filter((name) => name !== 'all'),
  };
  // Pins that cannot be read are told of below, once the catalogue's own mistakes have been.
  const reading = readTrust(flags.trustDir, files).then((pinned) => ({
    pinned,
    trust: openTrust(pinned, now, fetchingMissing(fetcher, reporter)),
  }));
  const read = await reading.catch(() => undefined);
  const given = read && givenBy(text, read.trust, filters);
  if (given !== undefined && flags.refresh === undefined) await ahead?.begin(given);
  const catalogue = loadCatalogue(text, flags.catalogue, read?.pinned);
  await ahead?.attend();
  const { pinned, trust } = await reading;
  await requireCommitted(pinned, { wanted: anchorsWanted(catalogue, filters), now, reporter });
  await ahead?.attend();
  const packagesOfImage = await readImagePackages(catalogue, directoryOf(flags.catalogue), files);
  const boot = flags.boot === undefined ? undefined : await openBootReading(network, host, reporter);
  // A file that is none of OSV's is told of before the work.
  const known =
    flags.advisories === undefined ? undefined : await openAdvisories(flags.advisories, { fetcher });
  const progress = reporter.screen && createSourceProgress(reporter.screen);
  const result = await updateManifests({
    catalogue,
    trust,
    filters,
    keepGoing: flags.keepGoing ?? false,
    refresh: flags.refresh?.includes('all') === true ? 'all' : (flags.refresh ?? []),
    paths: { manifestsDir },
    packagesOfImage,
    fetcher,
    cache,
    files,
    reporter,
    progress,
    now,
    write,
    boot,
    evidenceStore: flags.evidenceStore,
  }).finally(() => progress?.close());
  if (given !== undefined) await ahead?.keep(given);
  const summary = summaryOf(result);
  const advisories = known && (await findAdvisories(changedIn(summary.changes), catalogue, known));
  return { result, summary, advisories };
}

/**
 * What a run is given, by a digest: the catalogue, all of trust, and what of it is wanted. Of the same, the same is asked
 * first; and the run that kept what that is has found the anchors good.
 */
function givenBy(catalogue: Uint8Array, { digest }: OpenTrust, filters: Filters): Digest | undefined {
  return (
    digest &&
    digestOf('sha256', Buffer.from(JSON.stringify([digestOf('sha256', catalogue), digest, filters])))
  );
}

/** Only with --only: a manifest that lacks what failed is not written. */
function warnOfMissing({ manifests }: UpdateResult, reporter: Reporter): void {
  for (const { fileName, missing, status } of manifests) {
    if (missing.length === 0 || status === 'refused') continue;
    reporter.warn(`${fileName} is not complete: it lacks ${missing.join(', ')}`);
  }
}

/** Would a run write anything that upstream's news alone do not explain, or is there a fault that it would leave? */
function isOther({ changes, faults, manifests }: UpdateResult): boolean {
  return changes.length > 0 || faults.length > 0 || manifests.some(({ status }) => status === 'changed');
}

function documentOf({
  changes,
  manifests,
  failures,
  faults,
  stale,
}: UpdateResult): DocumentOf<'update-manifests'> {
  return {
    manifests: manifests.map((one) => ({ ...one, name: undefined })),
    changes: changes.map((change) => ({ ...change, evidence: undefined })),
    faults,
    failures,
    stale,
  };
}

/** As `diff` tells them. */
function summaryOf({ changes, ...result }: UpdateResult): SummaryInput {
  const pairs = changes.map(({ name, kind, platform, before, after, evidence }) => ({
    ...{ name, manifest: { kind, ...platform } },
    before: before && { entry: before, evidence: evidence.before },
    after: { entry: after, evidence: evidence.after },
  }));
  return { ...result, entryCount: changes.length, changes: changesOf(pairs) };
}
