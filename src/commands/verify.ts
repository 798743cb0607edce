/** `assay verify`: what is there against what was vouched for. One mode a file; this one only chooses. */
import type { Command } from 'commander';
import { vmconfigTarball, vmPaths } from '../formats/own/vm-paths.ts';
import { UsageError } from '../model/errors.ts';
import { advisoriesOption, namesOption } from './shared/advisories.ts';
import type { Host } from './shared/host.ts';
import { addNetworkOptions, addOutputOptions, addTimeOption, collectFile } from './shared/options.ts';
import { addSelectionOptions, imagesOption } from './shared/staging.ts';
import { runVerifyChart, type ChartFlags } from './verify-chart.ts';
import { verifyExtracted, type ExtractedFlags } from './verify-extracted.ts';
import { runVerifyOffline, type OfflineFlags } from './verify-offline.ts';
import { runVerifyStaged, type StagedFlags } from './verify-staged.ts';
import { runVerifyUpstream, type UpstreamFlags } from './verify-upstream.ts';

type Flags = Partial<StagedFlags> &
  Partial<ChartFlags> &
  Partial<Omit<ExtractedFlags, 'owner'>> &
  Pick<ExtractedFlags, 'owner'> &
  OfflineFlags &
  UpstreamFlags & { readonly offline?: true; readonly upstream?: true };

export function defineVerify(command: Command, host: Host): void {
  command
    .description(
      'With --staged, hashes every file of the manifest that is in the directory. What is missing, wrong or not in ' +
        'the manifest is listed, and makes the exit code 5.\n' +
        'With --extracted, compares a tree with the tarball that it was extracted from: type, mode, owner, size, ' +
        'content and link target of every member. Nothing is unpacked, and no symbolic link in the tree is followed. ' +
        'What the tree has besides is not looked at. Exit code 5 if anything differs.\n' +
        'With --chart, compares the images that a chart of the manifest names in its values, and those of the charts in ' +
        'it, with the images that the manifest pins. Exit code 5 for another archive than the manifest has, 6 for an ' +
        'image that no entry pins, or that one pins under another tag or digest.\n' +
        'With --offline, judges the proof of every entry again, from what was kept in evidence/ beside the manifests ' +
        'and by the trust anchors, as of the time when it was made; nobody is asked. ' +
        "The question is the one that was kept: today's catalogue is not read (attest compares with it). " +
        'Exit code 5 for what does not hold, ' +
        'and 3 where an index was too large to be kept and is not in the evidence store.\n' +
        'With --upstream, asks whether every URL of the manifests is still there, of that size and, by evidence fetched ' +
        'anew, of that digest. No artifact is downloaded. Exit code 3 for what is superseded or signed anew, 4 for what ' +
        'could not be asked, 5 for what is mutated, gone or refused: the worst of all.',
    )
    .argument(
      '[manifests...]',
      '<kind>.<os>.<arch>.json: one with --staged or --chart, any number with --offline or --upstream',
    )
    .option('--staged <dir>', 'where the artifacts are')
    .option('--extracted <root>', 'where the tarball was extracted')
    .option('--tarball <file>', 'with --extracted: a .tar.gz that has been verified')
    .option(
      '--no-owner',
      'with --extracted: owner and group may differ, as when extracted without being root',
    )
    .option('--chart <file>', "a chart's archive, as it is staged")
    .option(
      '--chart-values <file>',
      "with --chart: values that it is installed with, Helm's --values; repeatable",
      collectFile,
    )
    .option('--offline', 'judge kept proofs again, without a network')
    .option('--upstream', 'ask upstream about what the manifests have, by the evidence beside them')
    .option('--trust-dir <dir>', 'with --offline or --upstream: pinned trust anchors (default: trust)')
    .option('--evidence-store <dir>', 'with --offline: where documents are that are too large for evidence/')
    .addOption(advisoriesOption)
    .addOption(namesOption)
    .option('--allow-partial', 'with --offline: exit 0 also where an index is not at hand');
  addOutputOptions(addTimeOption(addNetworkOptions(addSelectionOptions(command).addOption(imagesOption))));
  command.addHelpText(
    'after',
    `\nExamples:\n  assay verify --staged ${vmPaths.artifacts} manifests/knd.debian-13.amd64.json\n` +
      `  assay verify --extracted / --tarball ${vmPaths.artifacts}/${vmconfigTarball}\n` +
      '  assay verify --chart charts/popsink-chart.tgz cluster.ubuntu-24.04.amd64.json\n' +
      '  assay verify --offline manifests/*.json\n' +
      '  assay verify --upstream manifests/*.json',
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

/** What chooses a mode, and what else belongs to it, besides the flags of output. */
const modes = {
  staged: {
    chosenBy: ['staged', 'only', 'providers', 'osImage', 'images'],
    flags: [],
    hint: 'Give a manifest and --staged DIR.',
  },
  extracted: {
    chosenBy: ['extracted', 'tarball', 'owner'],
    flags: [],
    hint: 'Give --extracted ROOT and --tarball FILE.',
  },
  chart: {
    chosenBy: ['chart', 'chartValues'],
    flags: [],
    hint: 'Give a manifest and --chart FILE.',
  },
  offline: {
    chosenBy: ['offline'],
    flags: ['trustDir', 'evidenceStore', 'allowPartial', 'now'],
    hint: 'Give manifests and --offline.',
  },
  upstream: {
    chosenBy: ['upstream'],
    flags: ['trustDir', 'mirror', 'trustedMirror', 'cacheDir', 'now', 'advisories', 'catalogue'],
    hint: 'Give manifests and --upstream.',
  },
} as const;

type Mode = keyof typeof modes;

async function run(manifests: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { staged, extracted, tarball } = flags;
  const mode = modeOf(manifests, flags);
  const [manifest] = manifests;
  if (mode === 'offline' && manifest !== undefined) {
    await runVerifyOffline(manifests, flags, host);
    return;
  }
  if (mode === 'upstream' && manifest !== undefined) {
    await runVerifyUpstream(manifests, flags, host);
    return;
  }
  if (mode === 'staged' && staged !== undefined && manifest !== undefined && manifests.length === 1) {
    await runVerifyStaged(manifest, { ...flags, staged }, host);
    return;
  }
  if (mode === 'chart' && flags.chart !== undefined && manifest !== undefined && manifests.length === 1) {
    await runVerifyChart(manifest, { ...flags, chart: flags.chart }, host);
    return;
  }
  if (mode === 'extracted' && extracted !== undefined && tarball !== undefined) {
    await verifyExtracted({ ...flags, extracted, tarball }, host);
    return;
  }
  const isMany = (mode === 'staged' || mode === 'chart') && manifests.length > 1;
  const what = isMany
    ? 'one manifest at a time is compared with what there is'
    : 'half of what is to be compared is missing';
  throw new UsageError('USAGE', what, { hint: modes[mode].hint });
}

/** One mode, and nothing that belongs to another: what is passed over would look like a check. */
function modeOf(manifests: readonly string[], flags: Flags): Mode {
  // Commander sets what begins with --no- by itself.
  const given = new Set(Object.keys(flags).filter((name) => name !== 'owner' || !flags.owner));
  const names = Object.keys(modes) as Mode[];
  const touched = names.filter((name) => modes[name].chosenBy.some((flag) => given.has(flag)));
  // Manifests alone were always meant for what is staged.
  const chosen: readonly Mode[] = touched.length === 0 && manifests.length > 0 ? ['staged'] : touched;
  const [mode] = chosen;
  if (mode === undefined) throw noMode();
  const others = names.filter((name) => name !== mode).flatMap((name) => [...modes[name].flags]);
  const isOther = others.some((flag) => given.has(flag) && !modes[mode].flags.some((own) => own === flag));
  if (chosen.length === 1 && !isOther && (mode !== 'extracted' || manifests.length === 0)) return mode;
  throw touched.length === 0 ? noMode() : misused('verify which? Two modes are given');
}

function noMode(): UsageError {
  return misused('verify what? No mode is given');
}

function misused(what: string): UsageError {
  const hint = Object.values(modes)
    .map((mode) => mode.hint)
    .join(' ');
  return new UsageError('USAGE', what, { hint });
}
