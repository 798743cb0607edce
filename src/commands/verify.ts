/** `assay verify`: what is there against what was vouched for. One mode a file; this one only chooses. */
import type { Command } from 'commander';
import { vmconfigTarball, vmPaths } from '../formats/own/vm-paths.ts';
import { UsageError } from '../model/errors.ts';
import type { Host } from './shared/host.ts';
import { addOutputOptions } from './shared/options.ts';
import { addSelectionOptions } from './shared/staging.ts';
import { verifyExtracted, type ExtractedFlags } from './verify-extracted.ts';
import { runVerifyStaged, type StagedFlags } from './verify-staged.ts';

interface Flags
  extends
    Omit<StagedFlags, 'staged'>,
    Omit<ExtractedFlags, 'extracted' | 'tarball'>,
    Partial<Pick<StagedFlags, 'staged'>>,
    Partial<Pick<ExtractedFlags, 'extracted' | 'tarball'>> {}

export function defineVerify(command: Command, host: Host): void {
  command
    .description(
      'With --staged, hashes every file of the manifest that is in the directory. What is missing, wrong or not in ' +
        'the manifest is listed, and makes the exit code 5.\n' +
        'With --extracted, compares a tree with the tarball that it was extracted from: type, mode, owner, size, ' +
        'content and link target of every member. Nothing is unpacked, and no symbolic link in the tree is followed. ' +
        'What the tree has besides is not looked at. Exit code 5 if anything differs.',
    )
    .argument('[manifest]', '<kind>.<os>.<arch>.json, with --staged')
    .option('--staged <dir>', 'where the artifacts are')
    .option('--extracted <root>', 'where the tarball was extracted')
    .option('--tarball <file>', 'with --extracted: a .tar.gz that has been verified')
    .option(
      '--no-owner',
      'with --extracted: owner and group may differ, as when extracted without being root',
    );
  addOutputOptions(addSelectionOptions(command));
  command.addHelpText(
    'after',
    `\nExamples:\n  assay verify --staged ${vmPaths.artifacts} manifests/knd.debian-13.amd64.json\n` +
      `  assay verify --extracted / --tarball ${vmPaths.artifacts}/${vmconfigTarball}`,
  );
  command.action(async (manifest: string | undefined, flags: Flags) => {
    await run(manifest, flags, host);
  });
}

/** One mode, and nothing that belongs to the other: what is passed over would look like a check. */
async function run(manifest: string | undefined, flags: Flags, host: Host): Promise<void> {
  const { staged, extracted, tarball, owner, ...rest } = flags;
  const selection = [flags.only, flags.providers, flags.osImage];
  const isStaged =
    staged !== undefined || manifest !== undefined || selection.some((flag) => flag !== undefined);
  const isExtracted = extracted !== undefined || tarball !== undefined || !owner;
  if (isStaged === isExtracted) {
    throw new UsageError(
      'USAGE',
      isStaged ? 'verify which? Two modes are given' : 'verify what? No mode is given',
      {
        hint: 'Give a manifest and --staged DIR, or --extracted ROOT and --tarball FILE.',
      },
    );
  }
  if (manifest !== undefined && staged !== undefined) {
    await runVerifyStaged(manifest, { ...rest, staged }, host);
    return;
  }
  if (extracted !== undefined && tarball !== undefined) {
    await verifyExtracted({ ...rest, extracted, tarball, owner }, host);
    return;
  }
  throw new UsageError('USAGE', 'half of what is to be compared is missing', {
    hint: isStaged ? 'Give a manifest and --staged DIR.' : 'Give --extracted ROOT and --tarball FILE.',
  });
}
