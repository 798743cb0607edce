/** Which known vulnerabilities a change fixes or brings, as lines. Whoever prints them escapes what strangers wrote. */
import type { Advisory, AdvisoryFinding } from '../model/advisory.ts';

/** Never empty: that nothing was looked up is no "none". */
export function renderAdvisories(finding: AdvisoryFinding): readonly string[] {
  if (finding.status === 'not-looked-up') return [`advisories: not looked up: ${finding.reason}`];
  if (finding.status === 'failed') {
    const { code, message } = finding.error;
    return [`advisories: could not be looked up (${code}): ${message}`];
  }
  const { fixes, brings, undecided } = finding;
  const lines = [
    ...fixes.map((one) => `fixes ${describe(one)}`),
    ...brings.map((one) => `brings ${describe(one)}`),
    ...undecided.map((one) => `may be about it: ${describe(one)}`),
  ];
  return lines.length > 0 ? lines : ['advisories: fixes and brings none that OSV knows of'];
}

function describe({ id, aliases, severity, summary, url }: Advisory): string {
  const names = [id, ...aliases].join(', ');
  const head = severity === undefined ? names : `${names} (${severity.toLowerCase()})`;
  return [summary === '' ? head : `${head}: ${summary}`, url].join(' ');
}
