/** What changed, for a terminal: what to look at first, then what is new, what is gone, and what only moved on. */
import type { Changes } from '../formats/own/changes.ts';
import { widthOf } from '../model/text-width.ts';
import { rowGroups, rowsOf, type Detail, type Row } from './change-rows.ts';
import { tableRows } from './table.ts';
import { wrap } from './wrap.ts';

/** Lines; one where nothing changed. */
export function renderChanges(changes: Changes, width?: number): readonly string[] {
  const rows = rowsOf(changes);
  const groups = rowGroups.flatMap((group) => {
    const some = rows.filter((row) => row.group === group);
    return some.length === 0 ? [] : ['', group, ...linesOf(some, width)];
  });
  const head = `${whatWasCompared(changes)}: ${countRows(rows)}`;
  return [head, ...groups, ...untold(changes).flatMap((line) => wrap(line, width ?? Infinity, '', '  '))];
}

/** `knc, knd · debian-13 · amd64, arm64`. */
export function whatWasCompared({ manifests }: Changes): string {
  const all = (values: readonly string[]) => [...new Set(values)].join(', ');
  return [
    all(manifests.map(({ kind }) => kind)),
    all(manifests.map(({ os }) => os)),
    all(manifests.map(({ arch }) => arch)),
  ].join(' · ');
}

/** `1 to look at, 6 updates`: entries, whatever number of manifests has them. */
export function countRows(rows: readonly Row[]): string {
  const counts = rowGroups.flatMap((group) => {
    const count = rows.filter((row) => row.group === group).reduce((sum, { names }) => sum + names.length, 0);
    return count === 0 ? [] : [countText(count, group)];
  });
  return counts.length === 0 ? 'nothing changed' : counts.join(', ');
}

function countText(count: number, group: Row['group']): string {
  const text = { 'look at this': 'to look at', new: 'new', gone: 'gone', updates: 'update' }[group];
  return `${String(count)} ${text}${group === 'updates' && count > 1 ? 's' : ''}`;
}

/** Names of entries that a side has no evidence for. */
export function untold({ changes }: Changes): readonly string[] {
  const names = new Set(changes.filter(({ uncompared }) => uncompared.length > 0).map(({ name }) => name));
  if (names.size === 0) return [];
  return [
    '',
    `not compared, without evidence on both sides: assurance and signer of ${[...names].join(', ')}`,
  ];
}

function linesOf(rows: readonly Row[], width: number | undefined): readonly string[] {
  const cells = rows.map(({ title, versions, assurance, signer, isSameSigner, where }) => [
    `  ${title}`,
    ...[versions, assurance, isSameSigner ? 'same signer' : signer, where === '' ? '' : `(${where})`],
  ]);
  const own = tableRows(cells, width, 3);
  return rows.flatMap((row, at) => [
    ...(own[at] ?? []),
    ...row.details.flatMap((detail) => detailLines(detail, width)),
    ...(row.group === 'new' || row.group === 'gone' ? [] : linkLines(row)),
  ]);
}

/** Of documents, and where nobody says how wide it is. */
const usualWidth = 80;

function detailLines({ text, from, to }: Detail, width = usualWidth): readonly string[] {
  const line = `    ${text}: ${from} → ${to}`;
  return widthOf(line) <= width ? [line] : [`    ${text}:`, `      ${from}`, `      → ${to}`];
}

/** One of them: the comparison leads to the release, too. */
function linkLines({ links: { compare, release } }: Row): readonly string[] {
  const link = compare ?? release;
  return link === undefined ? [] : [`    ${link}`];
}
