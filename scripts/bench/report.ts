/** What the benchmark says: Markdown, with a verdict for each requirement. */
import type { Figures, Result } from './rounds.ts';
import type { Served } from './upstream.ts';

export interface Requirement {
  readonly text: string;
  readonly limit: string;
  readonly found: string;
  readonly isMet: boolean;
}

/** What a part of the benchmark adds to the report. */
export interface Part {
  /** Sections, of Markdown. */
  readonly lines: readonly string[];
  readonly requirements: readonly Requirement[];
  /** What was left out, and why. */
  readonly remarks: readonly string[];
}

export interface Traffic {
  readonly requests: number;
  readonly sentBytes: number;
}

export function trafficOf(served: readonly Served[]): Traffic {
  return { requests: served.length, sentBytes: served.reduce((sum, one) => sum + one.sentBytes, 0) };
}

/** Wall times in milliseconds. */
export interface BundleTimings {
  /** What is signed, and how. */
  readonly name: string;
  /** In a process that verified others before. */
  readonly further: Figures;
  /** Whole processes; cosign's is undefined where it was not run. */
  readonly assay: Figures;
  readonly cosign: Figures | undefined;
}

/** A table of results; the ratio is the first one's time to each other's. */
export function renderResults(results: readonly Result[], traffic?: ReadonlyMap<string, Traffic>): string[] {
  const [first] = results;
  if (first === undefined) return [];
  const others = results.length > 1;
  const heads = ['', 'time', 'min–max', 'processor time', 'peak memory', 'min–max'];
  if (others) heads.push(`${first.name} to it`);
  if (traffic !== undefined) heads.push('fetched');
  const rows = results.map((result) => {
    const { name, wallMs, peakBytes, cpuMs } = result;
    const cells = [name, seconds(wallMs.median), range(wallMs, seconds)];
    cells.push(cpuMs === undefined ? '–' : seconds(cpuMs.median));
    cells.push(
      ...(peakBytes === undefined ? ['–', '–'] : [megabytes(peakBytes.median), range(peakBytes, megabytes)]),
    );
    if (others) cells.push(result === first ? '' : `${(first.wallMs.median / wallMs.median).toFixed(2)} ×`);
    const own = traffic?.get(name);
    if (traffic !== undefined) cells.push(own === undefined ? '–' : renderTraffic(own));
    return cells;
  });
  return table([heads, ...rows]);
}

export function renderRequirements(requirements: readonly Requirement[]): string[] {
  const rows = requirements.map(({ text, limit, found, isMet }) => [
    text,
    limit,
    found,
    isMet ? 'PASS' : '**MISS**',
  ]);
  return table([['requirement', 'limit', 'found', ''], ...rows]);
}

export function renderTraffic({ requests, sentBytes }: Traffic): string {
  const size = sentBytes < 100_000 ? `${(sentBytes / 1000).toFixed(1)} kB` : megabytes(sentBytes);
  return `${requests} requests, ${size}`;
}

/** A row for each kind of bundle: one more in a process, and a process for one. */
export function renderBundles(timings: readonly BundleTimings[]): string[] {
  const heads = [
    '',
    'one more, in process',
    'min–max',
    'assay verify-bundle',
    'cosign',
    'in process to cosign',
  ];
  const rows = timings.map(({ name, further, assay, cosign }) => [
    name,
    milliseconds(further.median),
    range(further, milliseconds),
    milliseconds(assay.median),
    ...(cosign === undefined
      ? ['–', '–']
      : [milliseconds(cosign.median), `${(further.median / cosign.median).toFixed(3)} ×`]),
  ]);
  return table([heads, ...rows]);
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Of 10^6 bytes. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function range({ min, max }: Figures, render: (value: number) => string): string {
  return `${render(min).replace(/ \w+$/, '')}–${render(max)}`;
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)];
}
