/**
 * Completion for fish: a `complete` line for each flag and sub-command. What is in a catalogue is asked of
 * `assay __names`; fish quotes what it inserts.
 */
import {
  allCommands,
  placeOf,
  type CommandSpec,
  type OptionSpec,
  type ValueSpec,
} from '../../model/command-spec.ts';

export function fishCompletion(program: CommandSpec): string {
  const commands = allCommands(program);
  const places = commands.map(placeOf).filter((place) => place !== '' && !isHelp(place));
  return `${head}
${functions.replace('PLACES', places.map(fishQuote).join(' '))}
complete -c assay -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: CommandSpec): readonly string[] {
  const place = placeOf(command);
  if (isHelp(place)) return [];
  const at = `complete -c assay -n ${fishQuote(`__assay_at ${fishQuote(place)}`)}`;
  const orHelp = `complete -c assay -n ${fishQuote(`__assay_at ${fishQuote(place)} ${fishQuote(`help ${place}`.trimEnd())}`)}`;
  return [
    ...command.commands.map(
      ({ path, summary }) => `${orHelp} -a ${fishQuote(path.at(-1) ?? '')} -d ${fishQuote(summary)}`,
    ),
    ...command.options.map((option) => `${at} ${optionOf(option)}`),
    ...command.arguments.slice(0, 1).flatMap((argument) => {
      const values = valuesOf(argument);
      return values === '' ? [] : [`${at} ${values}`];
    }),
  ];
}

function optionOf({ long, short, description, value }: OptionSpec): string {
  const names = `-l ${long.slice(2)}${short === undefined ? '' : ` -s ${short.slice(1)}`}`;
  // fish knows no flag whose value may be missing.
  const isTaken = value !== undefined && !value.isOptional;
  const taken = isTaken ? ` ${value.sorts.includes('file') ? '-r' : '-x'} ${valuesOf(value)}`.trimEnd() : '';
  return `${names}${taken} -d ${fishQuote(description)}`;
}

function valuesOf({ choices, sorts }: ValueSpec): string {
  if (choices.length > 0) return `-a ${fishQuote(choices.join(' '))}`;
  const names = sorts.filter((sort) => !['file', 'directory', 'command'].includes(sort));
  return [
    ...names.map((sort) => `-a '(__assay_names ${sort})'`),
    ...(sorts.includes('directory') ? [`-a '(__fish_complete_directories (commandline -ct))'`] : []),
    ...(sorts.includes('file') ? ['-F'] : []),
  ].join(' ');
}

/** What follows these is a command, wherever it stands. */
function isHelp(place: string): boolean {
  return /^(?:man|help|.* help)$/.test(place);
}

function fishQuote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}

const head = `# fish completion for assay, made from what its --help is made from: assay completion fish
# Put it into ~/.config/fish/completions/assay.fish, or load it by \`assay completion fish | source\`.
`;

const functions = String.raw`# Is the command line at one of these places? They are commands with their sub-commands, behind "help" too.
function __assay_at
    set -l place
    set -l help
    for word in (commandline -opc)[2..-1]
        switch (string join -- ' ' $place $word)
            case help man '* help'
                set help help
            case PLACES
                set -a place $word
        end
    end
    set -l at (string join -- ' ' $help $place)
    contains -- "$at" $argv
end

# Names of a catalogue; of several between commas, for the last one.
function __assay_names
    set -l before (string match -r -- '^.*,' (commandline -ct))
    set -l names (command assay __names $argv[1] -- (commandline -opc)[2..-1] 2>/dev/null </dev/null)
    for name in $names
        printf '%s\n' "$before$name"
    end
end
`;
