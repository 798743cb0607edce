/** What an `update-manifests` run changed, for people. */
import type { Assurance, Signer } from '../model/verification.ts';

interface Entry {
  readonly version: string;
}

interface Change {
  readonly fileName: string;
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

export function renderSummary(input: SummaryInput, written: boolean): string {
  const { changes, manifests } = input;
  const count = manifests.filter((manifest) => manifest.changed).length;
  if (changes.length === 0) return `${plural(manifests.length, 'manifest')}: nothing new`;
  const head = ['MANIFEST', 'ENTRY', 'FROM', 'TO', 'ASSURANCE', 'SIGNER'];
  const rows = changes.map((change) => [
    change.fileName,
    change.name,
    change.before?.version ?? '-',
    change.after.version,
    change.assurance,
    change.signers.map(nameOf).join(' '),
  ]);
  const verb = written ? 'written' : 'would be written';
  return `${table([head, ...rows])}\n${plural(changes.length, 'entry', 'entries')} in ${plural(count, 'manifest')} ${verb}`;
}

/** The last 16 digits tell keys apart for people; what is pinned is the whole fingerprint. */
function nameOf(signer: Signer): string {
  return signer.method === 'openpgp' ? signer.primaryFingerprint.slice(-16) : signer.identity;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
    .join('\n');
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
