/** Reads a command line off commander, which `--help` is printed by: completion and man pages say the same. */
import type { Argument, Command, Help, Option } from 'commander';
import type { CommandSpec, OptionSpec, ValueSort, ValueSpec } from '../../model/command-spec.ts';

/** `program`: with every command defined. */
export function commandSpecOf(program: Command, above: readonly string[] = []): CommandSpec {
  const help = program.createHelp();
  const path = [...above, program.name()];
  return {
    path,
    summary: program.summary() === '' ? program.description() : program.summary(),
    description: program.description(),
    usage: program.usage(),
    arguments: program.registeredArguments.map((argument) => ({
      ...valueOfArgument(argument, program.name()),
      description: help.argumentDescription(argument),
    })),
    options: help.visibleOptions(program).map((option) => optionSpecOf(option, program.name(), help)),
    commands: help.visibleCommands(program).map((command) => commandSpecOf(command, path)),
    examples: examplesOf(program),
  };
}

function optionSpecOf(option: Option, command: string, help: Help): OptionSpec {
  const { long, short, flags } = option;
  const placeholder = /[<[](.+?)(?:\.\.\.)?[>\]]$/.exec(flags)?.[1];
  const isTaken = option.required || option.optional;
  return {
    // Every flag of assay's has a long form.
    long: long ?? flags,
    short,
    description: help.optionDescription(option),
    value: isTaken
      ? {
          name: placeholder ?? '',
          isOptional: option.optional,
          isVariadic: option.variadic,
          choices: option.argChoices ?? [],
          sorts: option.argChoices === undefined ? sortsOf(command, long ?? '', placeholder ?? '') : [],
        }
      : undefined,
  };
}

function valueOfArgument(argument: Argument, command: string): ValueSpec {
  return {
    name: argument.name(),
    isOptional: !argument.required,
    isVariadic: argument.variadic,
    choices: argument.argChoices ?? [],
    sorts: argument.argChoices === undefined ? sortsOf(command, '', argument.name()) : [],
  };
}

/** What names something that a file of the user's has, of any command. */
const byFlag: Readonly<Record<string, readonly ValueSort[]>> = {
  '--only': ['entries'],
  '--refresh': ['entries'],
  '--providers': ['providers'],
  '--kind': ['kinds'],
  '--os': ['systems'],
  '--arch': ['architectures'],
};

/** What help calls a value says what it is, of flags and arguments alike. */
const byPlaceholder: Readonly<Record<string, readonly ValueSort[]>> = {
  dir: ['directory'],
  directory: ['directory'],
  root: ['directory'],
  file: ['file'],
  files: ['file'],
  manifest: ['file'],
  manifests: ['file'],
  paths: ['file'],
  release: ['file'],
  old: ['file'],
  new: ['file'],
  'file-or-digest': ['file'],
  'url|file': ['file'],
  'osv|path': ['file'],
  command: ['command'],
};

/** Where a command calls by a common name what is something else. */
const exceptions: Readonly<Record<string, readonly ValueSort[]>> = {
  'update-trust --only': ['anchors'],
  'explain names': ['entries', 'file'],
  // Of the release's file, not of this machine's.
  'add --asset': [],
};

function sortsOf(command: string, flag: string, placeholder: string): readonly ValueSort[] {
  const where = `${command} ${flag === '' ? placeholder : flag}`;
  return exceptions[where] ?? byFlag[flag] ?? byPlaceholder[placeholder] ?? [];
}

/** Commander has what follows help only as help prints it. */
function examplesOf(command: Command): readonly string[] {
  let text = '';
  command.configureOutput({ ...command.configureOutput(), writeOut: (more) => (text += more) });
  command.outputHelp();
  const [, examples = ''] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(text) ?? [];
  return examples
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(2));
}
