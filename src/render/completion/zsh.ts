/**
 * Completion for zsh, by its own `_arguments`: a function for each command. What is in a catalogue is asked of
 * `assay __names`, and offered through compadd, which quotes it.
 */
import {
  allCommands,
  formsOf,
  nameSorts,
  pageName,
  type CommandSpec,
  type OptionSpec,
  type ValueSpec,
} from '../../model/command-spec.ts';
import { shellQuote } from '../shell-quote.ts';

export function zshCompletion(program: CommandSpec): string {
  const commands = allCommands(program);
  const groups = commands.filter(isGroup);
  return `${head}${commands.map(functionOf).join('')}
# The commands below one, which is the last argument: before it _arguments puts what compadd is given.
_assay_commands() {
  local -a commands
  case $argv[-1] in
${groups.map(commandsCase).join('\n')}
  *) return 1 ;;
  esac
  _describe -t commands command commands
}
${tail}`;
}

function isGroup({ commands }: CommandSpec): boolean {
  return commands.length > 0;
}

function functionOf(command: CommandSpec): string {
  const name = pageName(command);
  const options = command.options.flatMap(optionSpecs);
  if (isGroup(command)) {
    const below = command.commands.map((one) => `    ${one.path.at(-1) ?? ''}) _${pageName(one)} ;;`);
    return `
_${name}() {
  local -a line
  local state
  _arguments -C \\
${[...options, `'1:command:_assay_commands ${name}'`, "'*::argument:->argument'"].map(indent).join(' \\\n')}
  [[ $state == argument ]] || return
  case $line[1] in
${below.join('\n')}
  esac
}
`;
  }
  const specs = [...options, ...command.arguments.map((argument, at) => argumentSpec(command, argument, at))];
  return `
_${name}() {
  _arguments -S \\
${specs.map(indent).join(' \\\n')}
}
`;
}

function indent(spec: string): string {
  return `    ${spec}`;
}

/** `zshmisc`(1), zshcompsys(1): a flag's explanation in brackets, and the value's name and action behind colons. */
function optionSpecs({ long, short, description, value }: OptionSpec): readonly string[] {
  const explained = `[${escaped(description)}]`;
  const taken =
    value === undefined ? '' : `${value.isOptional ? '::' : ':'}${escaped(value.name)}:${actionOf(value)}`;
  // A flag with a value may stand more than once: whether it does any good, its help says.
  const repeated = value === undefined ? '' : '*';
  return formsOf({ long: `${long}${value === undefined ? '' : '='}`, short }).map((form) =>
    shellQuote(`${repeated}${form}${explained}${taken}`),
  );
}

function argumentSpec(command: CommandSpec, argument: ValueSpec, at: number): string {
  const isHelp = argument.sorts.includes('command');
  const group = pageName(command).replace(/-(?:help|man)$/, '');
  const action = isHelp ? `_assay_commands_behind ${group}` : actionOf(argument);
  const place = argument.isVariadic ? '*' : `${at + 1}`;
  const separator = argument.isOptional && !argument.isVariadic ? '::' : ':';
  return shellQuote(`${place}${separator}${escaped(argument.name)}:${action}`);
}

function actionOf({ choices, sorts }: ValueSpec): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  return sorts.length === 0 ? ' ' : `_assay_values ${sorts.join(' ')}`;
}

function commandsCase(command: CommandSpec): string {
  const described = command.commands.map(({ path, summary }) =>
    shellQuote(`${path.at(-1) ?? ''}:${summary.replaceAll(/[\\:]/g, String.raw`\$&`)}`),
  );
  return `  ${pageName(command)}) commands=(\n${described.map((one) => `    ${one}`).join('\n')}\n  ) ;;`;
}

/** For a description within a spec of _arguments. */
function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
}

const head = `#compdef assay
# zsh completion for assay, made from what its --help is made from: assay completion zsh > _assay
# Put it into a folder of $fpath under that name, before compinit is run.
`;

const tail = String.raw`
# The commands below those that are named behind help.
_assay_commands_behind() {
  local place=$argv[-1] word
  for word in "$${'{'}(@)words[2,CURRENT-1]}"; do place+=-$word; done
  _assay_commands "$place"
}

# Values by what they are: the last arguments; before them is what compadd is given.
_assay_values() {
  local -a options names sorts
  local sort
  while (( $# )) && [[ $argv[-1] == (${['file', 'directory', ...nameSorts].join('|')}) ]]; do
    sorts+=("$argv[-1]")
    shift -p
  done
  options=("$@")
  for sort in $sorts; do
    case $sort in
    file) _files "$options[@]" ;;
    directory) _files -/ "$options[@]" ;;
    *)
      names=("$${'{'}(@f)$(command assay __names "$sort" -- "$words[@]" 2>/dev/null </dev/null)}")
      compset -P '*,'
      compadd "$options[@]" -a names
      ;;
    esac
  done
}

# Autoloaded by compinit this file is the function itself; sourced it only defines it.
if [[ $funcstack[1] == _assay ]]; then
  _assay "$@"
else
  compdef _assay assay
fi
`;
