/** Tables for terminals: lines. */
import { padTo, widthOf } from '../model/text-width.ts';
import { wrap } from './wrap.ts';

/**
 * In columns; where those would be wider than `width`, each row in lines of its own, the cells one after another. The
 * first row is the head.
 */
export function table(rows: readonly (readonly string[])[], width?: number): readonly string[] {
  return tableRows(rows, width).flat();
}

/** The lines of each row. `aligned`: how many of the columns begin below each other. */
export function tableRows(
  rows: readonly (readonly string[])[],
  width = Infinity,
  aligned = Infinity,
): readonly (readonly string[])[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), 0),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < aligned ? padTo(cell, widths[column] ?? 0) : cell))
      .filter((cell, column) => column < aligned || cell !== '')
      .join('  ')
      .trimEnd(),
  );
  if (lines.every((line) => widthOf(line) <= width)) return lines.map((line) => [line]);
  return rows.map((row) => flow(row, width));
}

const indent = '    ';

/** Cells one after another, as many as a line has room for; what is longer than a line goes on at its words. */
function flow(cells: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const cell of cells.filter((one) => one.trim() !== '')) {
    if (line === '') line = cell;
    else if (widthOf(`${line}  ${cell}`) <= width) line += `  ${cell}`;
    else {
      lines.push(line);
      line = indent + cell;
    }
  }
  return [...lines, line].flatMap((one) => (widthOf(one) <= width ? [one] : wrapped(one, width)));
}

function wrapped(line: string, width: number): readonly string[] {
  const [, margin = '', text = ''] = /^( *)(.*)$/s.exec(line) ?? [];
  return wrap(text, width, margin, `${margin}${margin === '' ? indent : '  '}`);
}
