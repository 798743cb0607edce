/** What an `update-manifests` run changed, for people. */
import type { Platform } from '../model/artifact.ts';
import type { Assurance, Signer } from '../model/verification.ts';

interface Entry {
  readonly version: string;
}

interface Change {
  readonly kind: string;
  readonly platform: Platform;
  readonly name: string;
  readonly before: Entry | undefined;
  readonly after: Entry;
  readonly assurance: Assurance;
  readonly signers: readonly Signer[];
}

export interface SummaryInput {
  readonly changes: readonly Change[];
  readonly manifests: readonly { readonly fileName: string; readonly changed: boolean }[];
}

const head = ['ENTRY', 'PLATFORM', 'KINDS', 'FROM', 'TO', 'ASSURANCE', 'SIGNER'];

/** Lines: a table of the changes, a row for all kinds that share one, and a count. */
export function renderSummary({ changes, manifests }: SummaryInput, written: boolean): readonly string[] {
  if (changes.length === 0) return [`${plural(manifests.length, 'manifest')}: nothing new`];
  const rows = new Map<string, { cells: string[]; kinds: string[] }>();
  for (const change of changes) {
    const cells = cellsOf(change);
    const row = rows.get(cells.join('\n')) ?? { cells, kinds: [] };
    row.kinds.push(change.kind);
    rows.set(cells.join('\n'), row);
  }
  const body = [...rows.values()].map(({ cells, kinds }) => cells.toSpliced(2, 0, kinds.join(',')));
  const changed = manifests.filter((manifest) => manifest.changed).length;
  const verb = written ? 'written' : 'would be written';
  const count = `${plural(changes.length, 'entry', 'entries')} in ${plural(changed, 'manifest')} ${verb}`;
  return [...table([head, ...body]), count];
}

function cellsOf({ name, platform, before, after, assurance, signers }: Change): string[] {
  const where = `${platform.os} ${platform.arch}`;
  return [name, where, before?.version ?? '-', after.version, assurance, signers.map(nameOf).join(' ')];
}

/** The last 16 digits tell keys apart for people; what is pinned is the whole fingerprint. */
function nameOf(signer: Signer): string {
  return signer.method === 'openpgp' ? signer.primaryFingerprint.slice(-16) : signer.identity;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
