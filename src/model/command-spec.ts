/** The command line as data: what `--help`, completion and man pages are made of. */

/** Names that a catalogue, a manifest or pins.yaml has. */
export const nameSorts = ['entries', 'kinds', 'systems', 'architectures', 'providers', 'anchors'] as const;
export type NameSort = (typeof nameSorts)[number];

/** What a shell can offer for a value; nothing where only the user knows. */
export type ValueSort = 'file' | 'directory' | 'command' | NameSort;

export interface ValueSpec {
  /** As help shows it: `dir`. */
  readonly name: string;
  readonly isOptional: boolean;
  readonly isVariadic: boolean;
  /** The only values that there are; empty for any. */
  readonly choices: readonly string[];
  readonly sorts: readonly ValueSort[];
}

export interface ArgumentSpec extends ValueSpec {
  readonly description: string;
}

export interface OptionSpec {
  /** `--dir` */
  readonly long: string;
  /** `-o` */
  readonly short: string | undefined;
  readonly description: string;
  /** Undefined for one that is given or not. */
  readonly value: ValueSpec | undefined;
}

export interface CommandSpec {
  /** What is typed: `assay`, `render`, `user-data`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Paragraphs, a line each. */
  readonly description: string;
  /** What follows the path: `[options] <manifest>`. */
  readonly usage: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly commands: readonly CommandSpec[];
  /** Command lines, continued lines among them. */
  readonly examples: readonly string[];
}

/** A command and all below it, in the order of help. */
export function allCommands(command: CommandSpec): readonly CommandSpec[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** What is typed behind the program's name; empty for the program itself. */
export function placeOf({ path }: CommandSpec): string {
  return path.slice(1).join(' ');
}

/** As a flag may be given: `-o`, `--output`. */
export function formsOf({ long, short }: Pick<OptionSpec, 'long' | 'short'>): readonly string[] {
  return short === undefined ? [long] : [short, long];
}

/** Of its man page, and of what a shell calls its function: `assay-render-user-data`. */
export function pageName({ path }: CommandSpec): string {
  return path.join('-');
}
