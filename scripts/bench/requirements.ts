/** What assay owes its users in time, memory and traffic, and whether it was kept. */
import {
  megabytes,
  milliseconds,
  renderTraffic,
  seconds,
  type BundleTimings,
  type Requirement,
  type Traffic,
} from './report.ts';
import type { Result } from './rounds.ts';

/** `results`: assay's first, then the shell pipeline's where it ran. */
export function judgeCold([own, shell]: readonly Result[]): Requirement[] {
  const requirements: Requirement[] = [];
  if (own !== undefined && shell?.name === 'shell pipeline') {
    const ratio = own.wallMs.median / shell.wallMs.median;
    requirements.push({
      text: 'cold resolution, time, with the start of Node',
      limit: 'at most 1.000 × the shell pipeline',
      found: `${ratio.toFixed(3)} × (${seconds(own.wallMs.median)} to ${seconds(shell.wallMs.median)})`,
      isMet: ratio <= 1,
    });
  }
  if (own?.peakBytes !== undefined) {
    requirements.push({
      text: 'cold resolution, peak memory',
      ...atMost(own.peakBytes.median, 150e6, megabytes),
    });
  }
  return requirements;
}

export function judgeSecond(second: {
  readonly result: Result;
  readonly traffic: Traffic;
  /** The first path that was asked for and is no InRelease. */
  readonly fetchedIndex: string | undefined;
}): Requirement[] {
  const { result, traffic, fetchedIndex } = second;
  const { median } = result.wallMs;
  return [
    {
      text: 'second run, time',
      limit: `under ${seconds(1000)}`,
      found: seconds(median),
      isMet: median < 1000,
    },
    {
      text: 'second run, indexes fetched',
      limit: 'none',
      found: fetchedIndex ?? `none; ${renderTraffic(traffic)}`,
      isMet: fetchedIndex === undefined,
    },
  ];
}

/** `results`: assay's first, then bare Node's. */
export function judgeVerify([own, bare]: readonly Result[]): Requirement[] {
  if (own?.peakBytes === undefined || bare?.peakBytes === undefined) return [];
  const above = own.peakBytes.median - bare.peakBytes.median;
  const ratio = own.wallMs.median / bare.wallMs.median;
  return [
    { text: 'verify-release, peak memory above bare Node', ...atMost(above, 60e6, megabytes) },
    {
      text: 'verify-release, time',
      limit: 'at most 2.00 × node -e 0',
      found: `${ratio.toFixed(2)} × (${milliseconds(own.wallMs.median)} to ${milliseconds(bare.wallMs.median)})`,
      isMet: ratio <= 2,
    },
  ];
}

/** What is no slower is not found to be much slower. */
const noise = 1.05;

/** `pairs`: of assay from the checkout, and as one file where there was one; that of `--version` first. */
export function judgeStart(
  bare: Result,
  pairs: readonly (readonly [Result, Result | undefined])[],
): Requirement[] {
  const [[version] = []] = pairs;
  const judge = (text: string, own: Result, other: Result, limit: number, to: string): Requirement => {
    const ratio = own.wallMs.median / other.wallMs.median;
    return {
      text,
      limit: `at most ${limit.toFixed(2)} × ${to}`,
      found: `${ratio.toFixed(2)} × (${milliseconds(own.wallMs.median)} to ${milliseconds(other.wallMs.median)})`,
      isMet: ratio <= limit,
    };
  };
  return [
    ...(version === undefined ? [] : [judge('assay --version, time', version, bare, 1.1, 'node -e 0')]),
    ...pairs.flatMap(([own, file]) =>
      file === undefined ? [] : [judge(`${file.name}, time`, file, own, noise, 'the checkout')],
    ),
  ];
}

/** `artifactBytes`: the size of all that was resolved. */
export function judgeKeyless(traffic: Traffic, artifactBytes: number): Requirement {
  return {
    text: 'keyless resolution, fetched',
    ...atMost(traffic.sentBytes, 2e6, megabytes),
    found: `${renderTraffic(traffic)}, to resolve ${megabytes(artifactBytes)}`,
  };
}

/** `slow`: from nothing over a slow line; `cold`: over a fast one; `second`: with nothing new. */
export function judgeCatalogue({
  slow,
  cold,
  second,
}: {
  readonly slow: { readonly traffic: Traffic };
  readonly cold: { readonly traffic: Traffic };
  readonly second: { readonly traffic: Traffic; readonly result: Result };
}): Requirement[] {
  const { median } = second.result.wallMs;
  return [
    {
      text: 'the whole catalogue from nothing over a slow line, fetched',
      ...atMost(slow.traffic.sentBytes, 21e6, megabytes),
      found: renderTraffic(slow.traffic),
    },
    {
      text: 'the whole catalogue from nothing over a fast line, fetched',
      ...atMost(cold.traffic.sentBytes, 30e6, megabytes),
      found: renderTraffic(cold.traffic),
    },
    {
      text: 'the whole catalogue, nothing new, fetched',
      limit: 'at most 4.0 kB',
      found: renderTraffic(second.traffic),
      isMet: second.traffic.sentBytes <= 4e3,
    },
    {
      text: 'the whole catalogue, nothing new, time',
      limit: `at most ${seconds(400)}`,
      found: seconds(median),
      isMet: median <= 400,
    },
  ];
}

/** `results`: of 3 packages, then of 1,000. */
export function judgeGrowth([few, many]: readonly Result[]): Requirement[] {
  if (few === undefined || many === undefined) throw new TypeError('no result');
  const ratio = many.wallMs.median / few.wallMs.median;
  const found = `${ratio.toFixed(2)} × (${seconds(many.wallMs.median)} to ${seconds(few.wallMs.median)})`;
  const requirements: Requirement[] = [
    { text: '1,000 packages, time', limit: 'at most 1.50 × 3 packages', found, isMet: ratio <= 1.5 },
  ];
  if (many.peakBytes !== undefined) {
    const peak = atMost(many.peakBytes.median, 200e6, megabytes);
    requirements.push({ text: '1,000 packages, peak memory', ...peak });
  }
  return requirements;
}

/** What a process takes is judged where there was a cosign. */
export function judgeBundles(timings: readonly BundleTimings[]): Requirement[] {
  return timings.flatMap(({ name, further, assay, cosign }) => {
    const more = { text: `one bundle more, ${name}, time`, ...atMost(further.median, 5, milliseconds) };
    if (cosign === undefined) return [more];
    const ratio = assay.median / cosign.median;
    return [
      more,
      {
        text: `a process of verify-bundle, ${name}, time`,
        limit: 'at most 1.50 × a process of cosign',
        found: `${ratio.toFixed(2)} × (${milliseconds(assay.median)} to ${milliseconds(cosign.median)})`,
        isMet: ratio <= 1.5,
      },
    ];
  });
}

function atMost(value: number, limit: number, render: (value: number) => string) {
  return { limit: `at most ${render(limit)}`, found: render(value), isMet: value <= limit };
}
