/** What a slip on the command line may have meant, of what commander refuses by itself. */
import {
  InvalidArgumentError,
  type Argument,
  type Command,
  type CommanderError,
  type Option,
} from 'commander';
import { didYouMean, nearestOf } from '../../formats/text/problems.ts';

/** Of every flag and argument that has a choice, in a command and those below it. */
export function suggestChoices(command: Command): void {
  for (const one of [...command.options, ...command.registeredArguments]) suggestChoice(one);
  for (const below of command.commands) suggestChoices(below);
}

/** Commander's own parser of choices lists them, and no more. */
function suggestChoice(one: Option | Argument): void {
  const { argChoices: choices } = one;
  if (choices === undefined) return;
  one.argParser((text: string) => {
    if (choices.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}${didYouMean(text, choices)}`);
  });
}

/** For an unknown flag of `command`: the one that is near, as a sentence. `message`: commander's, which quotes the flag. */
export function nearFlag(
  { code, message }: CommanderError,
  command: Command | undefined,
): string | undefined {
  if (code !== 'commander.unknownOption' || command === undefined) return undefined;
  const [, flag] = /'(-[^'=]*)/.exec(message) ?? [];
  const known = command.createHelp().visibleOptions(command);
  const guess = nearestOf(
    flag ?? '',
    known.flatMap(({ long }) => long ?? []),
  );
  return guess === undefined ? undefined : `Did you mean ${guess}?`;
}
