/** What an `update-manifests` run did: a table for terminals, and the same in Markdown for a review. */
import type { Platform } from '../model/artifact.ts';
import type { AssayError } from '../model/errors.ts';
import type { Assurance, Signer } from '../model/verification.ts';
import { countFaults, renderFaultsMarkdown, type Fault } from './faults.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';
import { signerName, table } from './table.ts';

interface Change {
  readonly kind: string;
  readonly platform: Platform;
  readonly name: string;
  readonly before: { readonly version: string } | undefined;
  readonly after: { readonly version: string };
  readonly assurance: Assurance | undefined;
  readonly signers: readonly Signer[];
  /** The signature says nothing of name and version. */
  readonly isDigestOnly?: true | undefined;
}

export interface SummaryInput {
  readonly changes: readonly Change[];
  readonly failures: readonly {
    readonly name: string;
    readonly platforms: readonly string[];
    readonly error: AssayError;
  }[];
  readonly faults: readonly Fault[];
  readonly manifests: readonly {
    readonly fileName: string;
    readonly status: 'changed' | 'unchanged' | 'refused';
    readonly missing: readonly string[];
  }[];
}

const head = ['ENTRY', 'PLATFORM', 'KINDS', 'FROM', 'TO', 'ASSURANCE', 'SIGNER'];

/** Lines: a table of the changes, a row for all kinds that share one, and a count. */
export function renderSummary(input: SummaryInput, written: boolean): readonly string[] {
  const { changes } = input;
  const lines = changes.length === 0 ? [] : table([head, ...rowsOf(changes)]);
  return [...lines, ...countsOf(input, written)];
}

/** For a pull request or a job's summary: what failed first, then what changed. */
export function renderSummaryMarkdown(input: SummaryInput, written: boolean): string {
  const { changes, failures, faults } = input;
  const refused = failures.map(({ name, platforms, error }) => [
    name,
    platforms.join(', '),
    error.code,
    error.message,
  ]);
  const parts = [
    '## Manifests',
    ...(refused.length === 0
      ? []
      : ['### Failed', markdownTable([['ENTRY', 'PLATFORM', 'CODE', 'WHY'], ...refused])]),
    ...(faults.length === 0 ? [] : ['### Not as the catalogue says', renderFaultsMarkdown(faults)]),
    ...(changes.length === 0 ? [] : ['### Changed', markdownTable([head, ...rowsOf(changes)])]),
    countsOf(input, written).map(escapeMarkdown).join('\\\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function countsOf({ changes, faults, manifests }: SummaryInput, written: boolean): readonly string[] {
  const names = (status: string) =>
    manifests.filter((one) => one.status === status).map(({ fileName }) => fileName);
  const [changed, refused] = [names('changed'), names('refused')];
  const verb = written ? 'written' : 'would be written';
  const untouched = plural(manifests.length - refused.length, 'manifest');
  const lines = [...countFaults(faults, written)];
  if (changes.length > 0) {
    lines.push(
      `${plural(changes.length, 'entry', 'entries')} in ${plural(changed.length, 'manifest')} ${verb}`,
    );
  } else if (changed.length > 0) lines.push(`${plural(changed.length, 'manifest')} ${verb}, no entry new`);
  else if (refused.length < manifests.length) lines.push(`${untouched}: nothing new`);
  if (refused.length > 0)
    lines.push(`${written ? 'not written' : 'would not be written'}: ${refused.join(', ')}`);
  return lines;
}

function rowsOf(changes: readonly Change[]): string[][] {
  const rows = new Map<string, { cells: string[]; kinds: string[] }>();
  for (const change of changes) {
    const cells = cellsOf(change);
    const row = rows.get(cells.join('\n')) ?? { cells, kinds: [] };
    row.kinds.push(change.kind);
    rows.set(cells.join('\n'), row);
  }
  return [...rows.values()].map(({ cells, kinds }) => cells.toSpliced(2, 0, kinds.join(',')));
}

function cellsOf({ name, platform, before, after, signers, ...change }: Change): string[] {
  const where = `${platform.os} ${platform.arch}`;
  const who = [...new Set(signers.map(signerName))].join(', ');
  return [name, where, before?.version ?? '-', after.version, assuranceOf(change), who === '' ? '-' : who];
}

function assuranceOf({ assurance, isDigestOnly }: Pick<Change, 'assurance' | 'isDigestOnly'>): string {
  if (assurance === undefined) return '-';
  return isDigestOnly === true ? `${assurance}, digest only` : assurance;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
