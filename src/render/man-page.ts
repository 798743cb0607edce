/**
 * A command's manual page in the man macros (man(7), groff_man(7)), which groff and mandoc both read. Made from what
 * `--help` is made from.
 */
import { exitCodes } from '../model/exit-codes.ts';
import { allCommands, formsOf, pageName, type CommandSpec, type OptionSpec } from '../model/command-spec.ts';

export interface PageOf {
  readonly version: string;
  /** `YYYY-MM-DD`; undefined where nobody knows when this was built from what. */
  readonly date: string | undefined;
}

/** By the page's name: `assay`, `assay-render-user-data`. */
export function manPages(program: CommandSpec, of: PageOf): ReadonlyMap<string, string> {
  const commands = allCommands(program);
  return new Map(
    commands.map((command) => {
      const { length } = command.path;
      const above = commands.filter(
        ({ path }) => path.length < length && path.every((word, at) => word === command.path[at]),
      );
      return [pageName(command), manPage(command, above, of)];
    }),
  );
}

/** `above`: from the program on, whose pages are referred to. */
function manPage(command: CommandSpec, above: readonly CommandSpec[], of: PageOf): string {
  const name = pageName(command);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['NAME', [`${escaped(name)} \\- ${escaped(command.summary)}`]],
    ['SYNOPSIS', [`.B ${escaped(command.path.join(' '))}`, ...text(command.usage)]],
    ['DESCRIPTION', paragraphs(command.description)],
    ['ARGUMENTS', command.arguments.flatMap((one) => tagged(italic(one.name), one.description))],
    ['OPTIONS', command.options.flatMap((one) => tagged(formOf(one), one.description))],
    ['COMMANDS', command.commands.flatMap((one) => tagged(bold(one.path.at(-1) ?? ''), one.summary))],
    ['EXIT STATUS', exitCodes.toSorted().flatMap(([code, meaning]) => tagged(bold(String(code)), meaning))],
    ['ENVIRONMENT', above.length === 0 ? environment.flatMap(([tag, what]) => tagged(bold(tag), what)) : []],
    ['EXAMPLES', examples(command.examples)],
    ['SEE ALSO', references([...above, ...command.commands])],
  ];
  const head = `.TH ${argument(name.toUpperCase())} 1 "${of.date ?? ''}" ${argument(`assay ${of.version}`)} "User Commands"`;
  const body = sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [`.SH ${title}`, ...lines]));
  return `${[head, '.nh', ...body].join('\n')}\n`;
}

/** What every command goes by. Commands name the rest. */
const environment: readonly (readonly [string, string])[] = [
  ['ASSAY_MIRRORS, ASSAY_TRUSTED_MIRRORS', 'as --mirror and --trusted-mirror, several between commas'],
  ['GITHUB_TOKEN, GH_TOKEN', "for GitHub's API, which answers more often with one"],
  ['https_proxy, http_proxy, all_proxy, no_proxy', 'in lower or upper case; in both, the lower counts'],
  ['NODE_EXTRA_CA_CERTS', "a file of certificate authorities to believe besides Node's own"],
  ['XDG_CACHE_HOME', 'downloads are cached in its folder assay (default: ~/.cache)'],
  ['NO_COLOR', 'if it is not empty, nothing is coloured'],
];

function formOf({ value, ...option }: OptionSpec): string {
  const names = formsOf(option).map(bold).join(', ');
  if (value === undefined) return names;
  const shown = `${italic(value.name)}${value.isVariadic ? '...' : ''}`;
  return value.isOptional ? `${names} [${shown}]` : `${names} ${shown}`;
}

/** `tag`: roff already. */
function tagged(tag: string, description: string): readonly string[] {
  return ['.TP', protectedLine(tag), ...text(description)];
}

function paragraphs(description: string): readonly string[] {
  const lines = description.split('\n').filter((line) => line.trim() !== '');
  return lines.flatMap((line, at) => [...(at === 0 ? [] : ['.PP']), ...text(line)]);
}

/** One line of text: roff fills it. */
function text(line: string): readonly string[] {
  return line.trim() === '' ? [] : [protectedLine(escaped(line.trim()))];
}

function examples(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  return ['.nf', '.RS', ...lines.map((line) => protectedLine(escaped(line))), '.RE', '.fi'];
}

function references(commands: readonly CommandSpec[]): readonly string[] {
  const names = [...new Set(commands.map(pageName))];
  return names.map((name, at) => `.BR ${argument(name)} (1)${at === names.length - 1 ? '' : ','}`);
}

function bold(words: string): string {
  return `\\fB${escaped(words)}\\fR`;
}

function italic(words: string): string {
  return `\\fI${escaped(words)}\\fR`;
}

/** A line that begins with a full stop or an apostrophe would be a request. */
function protectedLine(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Of a macro, between double quotes. */
function argument(words: string): string {
  return `"${escaped(words).replaceAll('"', '\\(dq')}"`;
}

/** Characters that roff would read, or print as typographers write them; what is not ASCII by its code point. */
const special: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

function escaped(words: string): string {
  return words.replaceAll(/[\\\-'`^~]|[^\x20-\x7e]/gu, (character) => {
    const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return special[character] ?? `\\[u${point}]`;
  });
}
