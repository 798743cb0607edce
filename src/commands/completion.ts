/** `assay completion`: a script that a shell completes this command line by. */
import { Argument, type Command } from 'commander';
import { bashCompletion } from '../render/completion/bash.ts';
import { fishCompletion } from '../render/completion/fish.ts';
import { zshCompletion } from '../render/completion/zsh.ts';
import { commandSpecOf } from './shared/command-spec.ts';
import type { Host } from './shared/host.ts';
import { addOutputFileOption, writeResult, type OutputFileFlags } from './shared/rendering.ts';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `whole`: the program with every command defined. */
export function defineCompletion(command: Command, host: Host, whole: () => Promise<Command>): void {
  command
    .description(
      'Prints a script for a shell: it completes commands, flags, the values of flags that have a choice, files, and ' +
        'names of the catalogue, of the manifests on the line, and of pins.yaml.',
    )
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(shells)));
  addOutputFileOption(command).addHelpText(
    'after',
    '\nExamples:\n  assay completion zsh -o "${fpath[1]}/_assay"\n' +
      '  assay completion fish -o ~/.config/fish/completions/assay.fish\n  source <(assay completion bash)',
  );
  command.action(async (shell: keyof typeof shells, flags: OutputFileFlags) => {
    await writeResult(shells[shell](commandSpecOf(await whole())), flags, host, 0o644);
  });
}
