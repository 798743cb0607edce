/** Text in lines of a width, each behind a prefix: words stay whole, but for one that is longer than a line. */

/** `first` stands before the first line, `rest` before the others. Widths are in characters. */
export function wrap(text: string, width: number, first = '', rest = first): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  const end = () => {
    lines.push(line.trimEnd());
    line = rest;
    isEmpty = true;
  };
  for (const word of text.split(' ')) {
    const fits = (before: string) => lengthOf(before) + lengthOf(word) <= width;
    if (!isEmpty && !fits(`${line} `) && fits(rest)) end();
    let left: readonly string[] = Array.from(isEmpty ? word : ` ${word}`);
    while (lengthOf(line) + left.length > width) {
      const room = placeToBreak(left, Math.max(width - lengthOf(line), 1));
      line += left.slice(0, room).join('');
      left = left.slice(room);
      end();
    }
    line += left.join('');
    isEmpty &&= left.length === 0;
  }
  end();
  return lines;
}

/** Behind a slash, where there is one in the latter half. */
function placeToBreak(word: readonly string[], room: number): number {
  const slash = word.lastIndexOf('/', room - 1) + 1;
  return slash > room / 2 ? slash : room;
}

export function lengthOf(text: string): number {
  return Array.from(text).length;
}
