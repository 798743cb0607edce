/** `assay trust`: trust anchors by hand. */
import type { Command } from 'commander';
import { addHelpCommand } from './help.ts';
import type { Host } from './shared/host.ts';
import { registerTrustAdd } from './trust-add.ts';

export function defineTrust(command: Command, host: Host): void {
  command.description('Changes which keys may vouch for what. update-trust refreshes those that are pinned.');
  command.addHelpText(
    'after',
    '\nExample:\n  assay trust add restic https://restic.net/gpg-key-alex.asc --scope https://github.com/restic/restic \\\n' +
      '    --fingerprint "CF8F 18F2 8445 7597 3F79  D4E1 91A6 868B D3F7 A907"',
  );
  registerTrustAdd(command, host);
  addHelpCommand(command.helpCommand(false));
}
