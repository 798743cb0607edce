/** `assay import`: what another tool's files know, as entries of the catalogue. */
import type { Command } from 'commander';
import { addHelpCommand } from './help.ts';
import { registerImportAqua } from './import-aqua.ts';
import type { Host } from './shared/host.ts';

export function defineImport(command: Command, host: Host): void {
  command.description(
    'Makes sources and entries of the catalogue of what another tool knows. Nothing is fetched.',
  );
  command.addHelpText(
    'after',
    '\nExample:\n  assay import aqua registry.yaml --package cli/cli@v2.83.0 --dry-run',
  );
  registerImportAqua(command, host);
  addHelpCommand(command.helpCommand(false));
}
