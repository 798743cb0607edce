/** `assay verify`: what is there against what was vouched for. One mode a file; this one only chooses. */
import type { Command } from 'commander';
import { vmconfigTarball, vmPaths } from '../formats/own/vm-paths.ts';
import { UsageError } from '../model/errors.ts';
import type { Host } from './shared/host.ts';
import { addNetworkOptions, addOutputOptions, addTimeOption } from './shared/options.ts';
import { addSelectionOptions } from './shared/staging.ts';
import { verifyExtracted, type ExtractedFlags } from './verify-extracted.ts';
import { runVerifyStaged, type StagedFlags } from './verify-staged.ts';
import { runVerifyUpstream, type UpstreamFlags } from './verify-upstream.ts';

type Flags = Partial<StagedFlags> &
  Partial<Omit<ExtractedFlags, 'owner'>> &
  Pick<ExtractedFlags, 'owner'> &
  UpstreamFlags & { readonly upstream?: true };

export function defineVerify(command: Command, host: Host): void {
  command
    .description(
      'With --staged, hashes every file of the manifest that is in the directory. What is missing, wrong or not in ' +
        'the manifest is listed, and makes the exit code 5.\n' +
        'With --extracted, compares a tree with the tarball that it was extracted from: type, mode, owner, size, ' +
        'content and link target of every member. Nothing is unpacked, and no symbolic link in the tree is followed. ' +
        'What the tree has besides is not looked at. Exit code 5 if anything differs.\n' +
        'With --upstream, asks whether every URL of the manifests is still there, of that size and, by evidence fetched ' +
        'anew, of that digest. No artifact is downloaded. Exit code 3 for what is superseded or signed anew, 4 for what ' +
        'could not be asked, 5 for what is mutated, gone or refused: the worst of all.',
    )
    .argument('[manifests...]', '<kind>.<os>.<arch>.json: one with --staged, any number with --upstream')
    .option('--staged <dir>', 'where the artifacts are')
    .option('--extracted <root>', 'where the tarball was extracted')
    .option('--tarball <file>', 'with --extracted: a .tar.gz that has been verified')
    .option(
      '--no-owner',
      'with --extracted: owner and group may differ, as when extracted without being root',
    )
    .option('--upstream', 'ask upstream about what the manifests have, by the evidence beside them')
    .option('--trust-dir <dir>', 'with --upstream: pinned trust anchors (default: trust)');
  addOutputOptions(addTimeOption(addNetworkOptions(addSelectionOptions(command))));
  command.addHelpText(
    'after',
    `\nExamples:\n  assay verify --staged ${vmPaths.artifacts} manifests/knd.debian-13.amd64.json\n` +
      `  assay verify --extracted / --tarball ${vmPaths.artifacts}/${vmconfigTarball}\n` +
      '  assay verify --upstream manifests/*.json',
  );
  command.action(async (manifests: readonly string[], flags: Flags) => {
    await run(manifests, flags, host);
  });
}

/** What belongs to each mode, besides the flags of output. */
const modes = {
  staged: {
    flags: ['staged', 'only', 'providers', 'osImage'],
    hint: 'Give a manifest and --staged DIR.',
  },
  extracted: {
    flags: ['extracted', 'tarball', 'owner'],
    hint: 'Give --extracted ROOT and --tarball FILE.',
  },
  upstream: {
    flags: ['upstream', 'trustDir', 'mirror', 'trustedMirror', 'cacheDir', 'now'],
    hint: 'Give manifests and --upstream.',
  },
} as const;

type Mode = keyof typeof modes;

async function run(manifests: readonly string[], flags: Flags, host: Host): Promise<void> {
  const { staged, extracted, tarball } = flags;
  const mode = modeOf(manifests, flags);
  if (mode === 'upstream' && flags.upstream === true && manifests.length > 0) {
    await runVerifyUpstream(manifests, flags, host);
    return;
  }
  const [manifest] = manifests;
  if (mode === 'staged' && staged !== undefined && manifest !== undefined && manifests.length === 1) {
    await runVerifyStaged(manifest, { ...flags, staged }, host);
    return;
  }
  if (mode === 'extracted' && extracted !== undefined && tarball !== undefined) {
    await verifyExtracted({ ...flags, extracted, tarball }, host);
    return;
  }
  const what = manifests.length > 1 ? 'one manifest at a time is compared with a directory' : undefined;
  throw new UsageError('USAGE', what ?? 'half of what is to be compared is missing', {
    hint: modes[mode].hint,
  });
}

/** One mode, and nothing that belongs to another: what is passed over would look like a check. */
function modeOf(manifests: readonly string[], flags: Flags): Mode {
  // Commander sets what begins with --no- by itself.
  const given = new Set(Object.keys(flags).filter((name) => name !== 'owner' || !flags.owner));
  const names = ['staged', 'extracted', 'upstream'] as const;
  const touched = names.filter((name) => modes[name].flags.some((flag) => given.has(flag)));
  // Manifests alone were always meant for what is staged.
  const chosen: readonly Mode[] = touched.length === 0 && manifests.length > 0 ? ['staged'] : touched;
  const [mode] = chosen;
  if (mode !== undefined && chosen.length === 1 && (mode !== 'extracted' || manifests.length === 0))
    return mode;
  const what = mode === undefined ? 'verify what? No mode is given' : 'verify which? Two modes are given';
  throw new UsageError('USAGE', what, {
    hint: names.map((name) => modes[name].hint).join(' '),
  });
}
