/** `assay verify`: what was made from a manifest, judged again. One mode a file; this one only chooses. */
import type { Command } from 'commander';
import { UsageError } from '../model/errors.ts';
import type { Host } from './host.ts';
import { addOutputOptions } from './options.ts';
import { addSelectionOptions } from './staging.ts';
import { runVerifyStaged, type StagedFlags } from './verify-staged.ts';

type Flags = Omit<StagedFlags, 'staged'> & Partial<Pick<StagedFlags, 'staged'>>;

export function registerVerify(program: Command, host: Host): void {
  const command = program
    .command('verify')
    .summary('compare a staged directory with its manifest')
    .description(
      'With --staged, hashes every file of the manifest that is in the directory. What is missing, wrong or not in\n' +
        'the manifest is listed, and makes the exit code 5.',
    )
    .argument('<manifest>', '<kind>.<os>.<arch>.json')
    .option('--staged <dir>', 'where the artifacts are');
  addOutputOptions(addSelectionOptions(command));
  command.addHelpText(
    'after',
    '\nExample:\n  assay verify --staged /opt/podplane/artifacts manifests/knd.debian-13.amd64.json',
  );
  command.action(async (manifest: string, { staged, ...flags }: Flags) => {
    if (staged === undefined) {
      throw new UsageError('USAGE', 'verify what? No mode is given', { hint: 'Give --staged DIR.' });
    }
    await runVerifyStaged(manifest, { ...flags, staged }, host);
  });
}
