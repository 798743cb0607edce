/**
 * How wide text is in a terminal, in cells: East Asian wide characters and emoji take two (UAX #11), combining marks
 * none. What is escaped already: control characters are none of its business.
 */

const wide = () =>
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const noWidth = () => /[\p{Mn}\p{Me}\u200b-\u200f\u2060]/u;
/** A byte a cell: what nearly all text is made of. */
const isAscii = /^[\x20-\x7e]*$/;

export function widthOf(text: string): number {
  if (isAscii.test(text)) return text.length;
  return Array.from(text).reduce((sum, character) => sum + widthOfCharacter(character), 0);
}

/** What of it fits, with an ellipsis where something was cut. */
export function fitTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [kept, room] = ['', width - 1];
  for (const character of text) {
    room -= widthOfCharacter(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The first of the forms that is narrower than `width`, which leaves the cursor a cell; or what fits of the last. */
export function firstThatFits(forms: readonly string[], width: number): string {
  return forms.find((form) => widthOf(form) < width) ?? fitTo(forms.at(-1) ?? '', Math.max(width - 1, 1));
}

export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0));
}

function widthOfCharacter(character: string): number {
  if (noWidth().test(character)) return 0;
  return wide().test(character) ? 2 : 1;
}
