/**
 * Text that others wrote, made fit to be shown: nothing in it moves a cursor, hides, turns round or begins a line.
 */

// Tables of Unicode are looked up when such an expression is made: when it is needed, since most runs escape nothing.

/** Control (C0, C1, line feeds) and format characters (bidi, zero-width), line separators, lone surrogates. */
const unprintable = () => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/**
 * Also what shows as nothing, or as a space that is none, or differs from font to font, and marks that would stand on
 * another's character, or pile up over the lines around.
 */
const misleading = () =>
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=^|\p{M}{3}|["\s])\p{M}/gu;

/**
 * What a runner of GitHub Actions takes for a command to itself: `::name::` where a line begins (and elsewhere, since
 * lines are cut and put together by others), and `##[name]` anywhere. `::1` is an address.
 */
const workflowCommand = /(?<=^\s*)::|::(?=[a-z])|##(?=\[)/gi;

/** One printable line: what would act on a terminal is shown as `\x1b`, `\u202e`, `\u{e0001}`. */
export function escapeUnprintable(text: string): string {
  return text.replace(unprintable(), escapeCharacter);
}

/** A line of a job's log, in which the runner then finds no command. */
export function escapeWorkflowCommands(line: string): string {
  return line.replace(workflowCommand, (marks) => Array.from(marks, escapeCharacter).join(''));
}

export function escapeLineFeeds(text: string): string {
  return text.replaceAll('\n', escapeCharacter);
}

/**
 * A name of somebody else's choosing, as one line of at most `maxLength` characters that cannot be told to be
 * another one: backslashes are doubled, so that an escape is always an escape.
 */
export function escapeForeignName(text: string, maxLength = 200): string {
  const characters = Array.from(text);
  const shown = characters.slice(0, maxLength).join('');
  const escaped = shown.replaceAll('\\', '\\\\').replace(misleading(), escapeCharacter);
  return characters.length <= maxLength ? escaped : `${escaped}… (${String(characters.length)} characters)`;
}

/** JSON text as printed (`JSON.stringify`, indented), where the same characters are escaped as JSON escapes them. */
export function escapeInJson(json: string): string {
  return json.replace(misleading(), (character) =>
    character === '\n'
      ? character
      : Array.from({ length: character.length }, (_, at) => unit(character, at)).join(''),
  );
}

/** Likewise for a job's log; the value stays the same. */
export function escapeWorkflowCommandsInJson(json: string): string {
  return json.replace(workflowCommand, (marks) => unit(marks, 0) + unit(marks, 1));
}

function unit(character: string, at: number): string {
  return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
}

function escapeCharacter(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
