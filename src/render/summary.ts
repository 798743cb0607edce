/** What an `update-manifests` run did: lines for terminals, and Markdown for a review. */
import type { Change, ManifestName } from '../formats/own/changes.ts';
import type { AssayError } from '../model/errors.ts';
import { renderChanges } from './changes.ts';
import { changesMarkdown } from './changes-markdown.ts';
import { countFaults, renderFaultsMarkdown, type Fault } from './faults.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';
import { plural } from './plural.ts';

export interface SummaryInput {
  readonly changes: readonly Change[];
  /** What changed alike in several manifests counts in each. */
  readonly entryCount: number;
  readonly failures: readonly {
    readonly name: string;
    readonly platforms: readonly string[];
    readonly error: AssayError;
  }[];
  readonly faults: readonly Fault[];
  readonly manifests: readonly {
    readonly fileName: string;
    readonly name: ManifestName;
    readonly status: 'changed' | 'unchanged' | 'refused';
    readonly missing: readonly string[];
  }[];
}

/** What changed, most dangerous first, and a count. */
export function renderSummary(input: SummaryInput, written: boolean, width?: number): readonly string[] {
  const lines = input.changes.length === 0 ? [] : [...renderChanges(comparedIn(input), width), ''];
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
    ...(changes.length === 0 ? [] : changesMarkdown(comparedIn(input))),
    countsOf(input, written).map(escapeMarkdown).join('\\\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function comparedIn({ changes, manifests }: SummaryInput) {
  return { changes, manifests: manifests.map(({ name }) => name) };
}

function countsOf({ entryCount, faults, manifests }: SummaryInput, written: boolean): readonly string[] {
  const names = (status: string) =>
    manifests.filter((one) => one.status === status).map(({ fileName }) => fileName);
  const [changed, refused] = [names('changed'), names('refused')];
  const verb = written ? 'written' : 'would be written';
  const untouched = plural(manifests.length - refused.length, 'manifest');
  const lines = [...countFaults(faults, written)];
  if (entryCount > 0) {
    lines.push(`${plural(entryCount, 'entry', 'entries')} in ${plural(changed.length, 'manifest')} ${verb}`);
  } else if (changed.length > 0) lines.push(`${plural(changed.length, 'manifest')} ${verb}, no entry new`);
  else if (refused.length < manifests.length) lines.push(`${untouched}: nothing new`);
  if (refused.length > 0)
    lines.push(`${written ? 'not written' : 'would not be written'}: ${refused.join(', ')}`);
  return lines;
}
