/** Which known vulnerabilities a change fixes or brings, as lines. Whoever prints them escapes what strangers wrote. */
import type { Advisory, AdvisoryFinding } from '../model/advisory.ts';
import { widthOf } from '../model/text-width.ts';
import { markdownTable } from './markdown.ts';
import { wrap } from './wrap.ts';

interface Found {
  readonly name: string;
  /** Undefined for what is new. */
  readonly before: string | undefined;
  readonly after: string;
  readonly finding: AdvisoryFinding;
}

/** A line for each change, and one below it for each advisory. */
export function renderAdvisories(all: readonly Found[], width = Infinity): readonly string[] {
  return all.flatMap(({ name, before, after, finding }) => {
    const head = `${name} ${[before ?? [], after].flat().join(' -> ')}`;
    const [first = '', ...others] = rowsOf(finding).map(([effect, ...cells]) =>
      [effect, ...cells.filter((cell) => cell !== '')].join(' '),
    );
    const lines = [`${head}: ${first}`, ...others.map((line) => `${' '.repeat(head.length + 2)}${line}`)];
    if (lines.every((line) => widthOf(line) <= width)) return lines;
    return [
      ...wrap(`${head}:`, width, '', '  '),
      ...[first, ...others].flatMap((line) => wrap(line, width, '  ', '    ')),
    ];
  });
}

/** For a pull request or a job's summary. */
export function renderAdvisoriesMarkdown(all: readonly Found[]): string {
  const rows = all.flatMap(({ name, before, after, finding }) =>
    rowsOf(finding).map((cells) => [name, before ?? '-', after, ...cells]),
  );
  return markdownTable([['ENTRY', 'FROM', 'TO', '', 'ADVISORY', 'SEVERITY', 'ABOUT', 'MORE'], ...rows]);
}

/** Never empty: that nothing was looked up is no "none". */
function rowsOf(finding: AdvisoryFinding): readonly (readonly string[])[] {
  const blank = ['', '', '', ''];
  if (finding.status === 'not-looked-up') return [[`not looked up: ${finding.reason}`, ...blank]];
  if (finding.status === 'failed') {
    const { code, message } = finding.error;
    return [[`could not be looked up (${code}): ${message}`, ...blank]];
  }
  const { fixes, brings, undecided } = finding;
  const rows = [
    ...fixes.map((one) => ['fixes', ...cellsOf(one)]),
    ...brings.map((one) => ['brings', ...cellsOf(one)]),
    ...undecided.map((one) => ['may fix or bring', ...cellsOf(one)]),
  ];
  return rows.length > 0 ? rows : [['fixes and brings nothing that is known', ...blank]];
}

function cellsOf({ id, aliases, severity, summary, url }: Advisory): readonly string[] {
  return [[id, ...aliases].join(', '), severity?.toLowerCase() ?? '', summary, url];
}
