/** `assay render`: shell for VMs, from a manifest. */
import type { Command } from 'commander';
import { addHelpCommand } from './help.ts';
import type { Host } from './shared/host.ts';
import { registerRenderFetchScript } from './render-fetch-script.ts';
import { registerRenderImageRefs } from './render-image-refs.ts';
import { registerRenderInstallPlan } from './render-install-plan.ts';
import { registerRenderUserData } from './render-user-data.ts';

export function defineRender(command: Command, host: Host): void {
  command
    .description(
      'Writes what VMs and clusters are told, from a manifest. No artifact is fetched here: a script verifies what it ' +
        'fetches. A registry is asked for documents alone (--from, or --images without evidence).',
    )
    .addHelpText('after', '\nExample:\n  assay render fetch-script manifests/knd.debian-13.amd64.json');
  registerRenderInstallPlan(command, host);
  registerRenderFetchScript(command, host);
  registerRenderUserData(command, host);
  registerRenderImageRefs(command, host);
  addHelpCommand(command.helpCommand(false));
}
