/**
 * Text in lines of a width, each behind a prefix. Words stay whole: a digest or a URL that is longer than a line is copied
 * from where the terminal itself went on with it, without a line feed in it.
 */
import { widthOf } from '../model/text-width.ts';

/** `first` stands before the first line, `rest` before the others. Widths are in characters. */
export function wrap(text: string, width: number, first = '', rest = first): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line.trimEnd());
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty &&= word === '';
  }
  return [...lines, line.trimEnd()];
}
