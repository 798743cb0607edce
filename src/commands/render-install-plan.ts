/** `assay render install-plan`: `vmconfig-manifest.sh`, which a VM's install script sources. */
import type { Command } from 'commander';
import { renderInstallPlan } from '../render/install-plan.ts';
import { digestOf } from '../verify/digest.ts';
import type { Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import {
  addOutputFileOption,
  refuseInputAsOutput,
  writeResult,
  type OutputFileFlags,
} from './shared/rendering.ts';

export function registerRenderInstallPlan(parent: Command, host: Host): void {
  const command = parent
    .command('install-plan')
    .summary("vmconfig-manifest.sh, which a VM's install script sources")
    .description(
      'Writes vmconfig-manifest.sh: the digest of the manifest, and its dependencies by type, as bash arrays.',
    )
    .argument('<manifest>', '<kind>.<os>.<arch>.json');
  addOutputFileOption(command);
  command.addHelpText(
    'after',
    '\nExample:\n  assay render install-plan manifests/knc.debian-13.amd64.json -o vmconfig-manifest.sh',
  );
  command.action(async (file: string, flags: OutputFileFlags) => {
    await refuseInputAsOutput(flags.output, [file]);
    const { manifest, bytes } = await readManifest(file);
    await writeResult(renderInstallPlan(manifest, digestOf('sha256', bytes)), flags, host, 0o644);
  });
}
