/** `help [COMMAND]`, of the program and of commands that have commands of their own. */
import type { Command } from 'commander';
import { didYouMean } from '../formats/text/problems.ts';
import { UsageError } from '../model/errors.ts';
import { hideCredentials } from '../model/url-text.ts';

export function addHelpCommand(parent: Command): void {
  parent
    .command('help')
    .summary('print the help of a command')
    .description('Prints the help of a command, as its --help does.')
    .argument('[command...]', 'for example: render user-data')
    .addHelpText('after', '\nExample:\n  assay help render user-data')
    .action((names: readonly string[]) => {
      namedCommand(parent, names).help();
    });
}

/** The command that these names lead to, from a command to those below it. Throws UsageError `USAGE`. */
export function namedCommand(parent: Command, names: readonly string[]): Command {
  return names.reduce((command, name) => {
    const next = visibleCommands(command).find((one) => one.name() === name);
    if (next === undefined) throw noCommand(name, command);
    return next;
  }, parent);
}

function visibleCommands(parent: Command): readonly Command[] {
  return parent.createHelp().visibleCommands(parent);
}

/** `name`: what stands where the name of a command belongs; undefined where nothing does. */
export function noCommand(name: string | undefined, parent: Command): UsageError {
  const known = visibleCommands(parent).map((command) => command.name());
  const message =
    name === undefined
      ? `${parent.name()} what? No command is given`
      : `unknown command ${JSON.stringify(hideCredentials(name))}${didYouMean(name, known)}`;
  return new UsageError('USAGE', message, { hint: `There is: ${known.join(', ')}.` });
}
