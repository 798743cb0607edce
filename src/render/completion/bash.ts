/**
 * Completion for bash, 3.2 (macOS) and later. The script knows commands, flags and choices by itself, and asks
 * `assay __names` for what is in a catalogue. No word is ever expanded: `compgen -W` would run what stands in one.
 */
import { allCommands, formsOf, placeOf, type CommandSpec, type ValueSpec } from '../../model/command-spec.ts';
import { shellQuote } from '../shell-quote.ts';

export function bashCompletion(program: CommandSpec): string {
  const commands = allCommands(program);
  return `${head}
# Sets what there is at a place of the command line: sub-commands, flags, and what its arguments are.
_assay_place() {
  case $1 in
${commands.map(placeCase).join('\n')}
  *) return 1 ;;
  esac
}

# Sets what the value of a flag is.
_assay_value() {
  case $1 in
${valueCases(commands).join('\n')}
  *) return 1 ;;
  esac
}
${body}`;
}

function placeCase(command: CommandSpec): string {
  const flags = command.options.flatMap(formsOf);
  const names = command.commands.map(({ path }) => path.at(-1) ?? '');
  const [argument] = command.arguments;
  const sets = [
    `flags=${shellQuote(flags.join(' '))}`,
    `commands=${shellQuote(names.join(' '))}`,
    argument === undefined ? 'words= sorts=' : valueOf(argument),
  ];
  return `  ${shellQuote(placeOf(command))}) ${sets.join(' ')} ;;`;
}

/** A line for each answer, of all flags that it is for. */
function valueCases(commands: readonly CommandSpec[]): readonly string[] {
  const flags = commands.flatMap((command) =>
    command.options.flatMap(({ value, ...option }) =>
      value === undefined || value.isOptional
        ? []
        : formsOf(option).map((flag) => ({
            place: `${placeOf(command)} ${flag}`,
            answer: valueOf(value),
          })),
    ),
  );
  return [...Map.groupBy(flags, ({ answer }) => answer)].map(
    ([answer, alike]) => `  ${alike.map(({ place }) => shellQuote(place)).join(' | ')}) ${answer} ;;`,
  );
}

function valueOf({ choices, sorts }: ValueSpec): string {
  return `words=${shellQuote(choices.join(' '))} sorts=${shellQuote(sorts.join(' '))}`;
}

const head = `# bash completion for assay, made from what its --help is made from: assay completion bash
# Load it by \`source <(assay completion bash)\`, or put it where bash-completion looks for it.
`;

const body = `
_assay() {
  local word at place= current=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD - 1]}
  local flags commands words sorts is_help= is_argument=
  COMPREPLY=()
  # bash takes a flag and its value apart at the equals sign.
  if [[ $current == '=' ]]; then
    current=
  elif [[ $flag == '=' && $COMP_CWORD -gt 1 ]]; then
    flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    [[ $word != -- ]] || is_argument=1
    word="\${place:+$place }$word"
    case $word in
    help | *' help' | man) is_help=1 ;;
    *) ! _assay_place "$word" || place=$word ;;
    esac
  done
  _assay_place "$place"
  if [[ -n $is_help ]]; then
    words=$commands sorts=
  elif [[ -z $is_argument ]] && _assay_value "$place $flag"; then
    :
  elif [[ -z $is_argument && $current == -* ]]; then
    words=$flags sorts=
  elif [[ -n $commands ]]; then
    words=$commands sorts=
  fi
  _assay_offer
}

# What begins as the current word does. Files are readline's own: where nothing is offered, it looks for them.
_assay_offer() {
  local sort name quoted before= names=\${words// /$'\\n'}
  for sort in $sorts; do
    case $sort in
    file) ;;
    directory) compopt -o dirnames 2>/dev/null ;;
    *)
      names=$(command assay __names "$sort" -- "\${COMP_WORDS[@]:1}" 2>/dev/null </dev/null)
      [[ $current != *,* ]] || before=\${current%,*}, current=\${current##*,}
      ;;
    esac
  done
  [[ " $sorts " == *' file '* ]] || compopt +o default 2>/dev/null
  while IFS= read -r name; do
    [[ -n $name && $name == "$current"* ]] || continue
    printf -v quoted %q "$name"
    COMPREPLY+=("$before$quoted")
  done <<<"$names"
}

complete -o default -F _assay assay
`;
