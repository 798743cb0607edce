/** What changed, for a pull request or a job's summary. */
import type { Changes } from '../formats/own/changes.ts';
import { rowGroups, rowsOf, type Row } from './change-rows.ts';
import { countRows, untold, whatWasCompared } from './changes.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';

const headings: Readonly<Record<Row['group'], string>> = {
  'look at this': 'Look at this',
  new: 'New',
  gone: 'Gone',
  updates: 'Updates',
};

const head = ['ENTRY', 'VERSION', 'ASSURANCE', 'SIGNER', 'WHERE'];

/** Parts, to be joined by blank lines. */
export function changesMarkdown(changes: Changes): readonly string[] {
  const rows = rowsOf(changes);
  const groups = rowGroups.flatMap((group) => {
    const some = rows.filter((row) => row.group === group);
    return some.length === 0 ? [] : [`### ${headings[group]}`, tableOf(some), ...some.flatMap(listOf)];
  });
  const rest = untold(changes).filter((line) => line !== '');
  const first = escapeMarkdown(`${whatWasCompared(changes)}: ${countRows(rows)}`);
  return [first, ...groups, ...rest.map(escapeMarkdown)];
}

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ title, versions, assurance, signer, isSameSigner, where }) => [
    ...[title, versions, assurance === '' ? '-' : assurance],
    signer === '' ? '-' : isSameSigner ? `same: ${signer}` : signer,
    where === '' ? 'all' : where,
  ]);
  const lines = markdownTable([head, ...cells]).split('\n');
  const links = rows.map(linksOf);
  if (links.every((one) => one === '')) return lines.join('\n');
  // Links are the only markup, and are of characters that mean nothing in Markdown.
  const column = ['READ', '---', ...links];
  return lines.map((line, at) => `${line} ${column[at] ?? ''} |`).join('\n');
}

function linksOf({ links }: Row): string {
  const named = Object.entries(links).map(([name, url]) => `[${name}](${url})`);
  return named.join(' ');
}

/** What differs, below the table of those that are to be looked at. */
function listOf({ group, title, details }: Row): readonly string[] {
  if (details.length === 0 || (group !== 'look at this' && group !== 'updates')) return [];
  const lines = details.map(
    ({ text, from, to }) => `- ${escapeMarkdown(`${title}: ${text}: ${from} → ${to}`)}`,
  );
  return [lines.join('\n')];
}
