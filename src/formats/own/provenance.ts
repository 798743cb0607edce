/**
 * `trust/PROVENANCE.md`: prose by people, and one table that says the digest of each anchor's file. Only the table's
 * rows are kept in step by `update-trust`; where a fingerprint was learnt is for a person to write.
 */

export interface ProvenanceRow {
  readonly anchor: string;
  readonly file: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

const rowLine = /^\| *([^|]*?) *\| *([^|]*?) *\| *([^|]*?) *\|$/;
const headLine = /^\| *anchor *\| *file *\| *sha256 of the file *\|$/;

/** The text with these rows in its table, or undefined where it has no such table. */
export function updateProvenance(text: string, rows: readonly ProvenanceRow[]): string | undefined {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => headLine.test(line));
  if (head === -1) return undefined;
  let end = head;
  while (rowLine.test(lines[end] ?? '')) end += 1;
  const table = lines.slice(head, end).map((line) => (rowLine.exec(line) ?? []).slice(1));
  for (const row of rows) putRow(table, row);
  lines.splice(head, end - head, ...aligned(table));
  return lines.join('\n');
}

/** In place of the anchor's row for that file, or of its row without a file, or behind its others, or at the end. */
function putRow(table: string[][], { anchor, file, sha256 }: ProvenanceRow): void {
  const cells = [anchor, file, sha256];
  const same = table.findIndex(([name, of]) => name === anchor && of === file);
  const empty = table.findIndex(([name, , digest]) => name === anchor && digest === '');
  const replaced = same === -1 ? empty : same;
  if (replaced !== -1) {
    table[replaced] = cells;
    return;
  }
  const behind = table.findLastIndex(([name]) => name === anchor);
  table.splice(behind === -1 ? table.length : behind + 1, 0, cells);
}

/** As prettier writes a table. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const isRule = (row: readonly string[]) => row.every((cell) => /^-+$/.test(cell));
  const content = table.filter((row) => !isRule(row));
  const widths = [0, 1, 2].map((column) =>
    Math.max(3, ...content.map((row) => Array.from(row[column] ?? '').length)),
  );
  return table.map((row) => {
    const cells = widths.map((width, column) =>
      isRule(row) ? '-'.repeat(width) : (row[column] ?? '').padEnd(width),
    );
    return `| ${cells.join(' | ')} |`;
  });
}
