/**
 * `make bench`: time and memory of whole processes, next to what else does the same job.
 *
 *   make bench ASSAY_DEBIAN=../shared/debian    Debian's own files, laid out as its origins have them
 *   make bench                                  a small Debian that is made here: no verdicts on it
 *   make bench ASSAY_COSIGN=/path/to/cosign     with cosign beside assay, in either case
 *
 * Options: --runs N (7), --only PART (start, apt, keyless, staging, fetch-script, delivery, catalogue, growth), --write (docs/benchmarks.md), --date YYYY-MM-DD
 * (to be printed there).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { benchApt } from './apt-part.ts';
import { benchCatalogue } from './catalogue-part.ts';
import { benchDelivery } from './delivery-part.ts';
import { describeRun, loadNow } from './describe.ts';
import { benchFetchScript } from './fetch-script-part.ts';
import { benchGrowth } from './growth-part.ts';
import { benchKeyless } from './keyless-part.ts';
import { memoryMethod } from './measure.ts';
import { renderRequirements, type Part } from './report.ts';
import type { RoundOptions } from './rounds.ts';
import { benchStaging } from './staging-part.ts';
import { benchStart } from './start-part.ts';

const root = dirname(dirname(import.meta.dirname));
/** The recorded Debian release is fresh then. */
const now = '2026-11-20T12:00:00Z';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    date: { type: 'string' },
  },
});
const counted = Number(values.runs);
if (!Number.isInteger(counted) || counted < 1) throw new Error('--runs: a whole number from 1');
if (values.write && values.only !== undefined)
  throw new Error('--write: not with --only, which is a part of it');

const debian = pathFrom('ASSAY_DEBIAN');
const cosign = pathFrom('ASSAY_COSIGN');
const loadBefore = loadNow();
const work = await mkdtemp(join(tmpdir(), 'assay-bench-'));
try {
  const text = await format((await bench()).join('\n'), { parser: 'markdown' });
  console.log(text);
  if (values.write) await writeFile(join(root, 'docs/benchmarks.md'), text);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** As `make` has it: from the project's folder. */
function pathFrom(variable: string): string | undefined {
  const given = process.env[variable] ?? '';
  return given === '' ? undefined : resolve(root, given);
}

async function bench(): Promise<string[]> {
  const memory = memoryMethod();
  const options: RoundOptions = { counted, memory, scratch: join(work, 'peak') };
  const base = { root, work, now };
  const available: Readonly<Record<string, () => Promise<Part>>> = {
    start: () => benchStart(base, options),
    apt: () => benchApt(base, options, debian),
    keyless: () => benchKeyless(base, options, cosign),
    staging: () => benchStaging(base, options),
    'fetch-script': () => benchFetchScript(base, options),
    delivery: () => benchDelivery(base, options),
    catalogue: () => benchCatalogue(base, options, debian),
    growth: () => benchGrowth(base, options, debian),
  };
  const names = values.only === undefined ? Object.keys(available) : [values.only];
  const parts: Part[] = [];
  for (const name of names) {
    const run = available[name];
    if (run === undefined) throw new Error(`--only: one of ${Object.keys(available).join(', ')}`);
    parts.push(await run());
  }
  const requirements = parts.flatMap((part) => part.requirements);
  const remarks = parts.flatMap((part) => part.remarks);
  return [
    ...describeRun({
      isReal: debian !== undefined,
      hasCosign: cosign !== undefined,
      ...{ counted, memory, date: values.date, loadBefore },
    }),
    ...parts.flatMap(({ lines }) => lines),
    '## Requirements',
    '',
    ...(requirements.length === 0 ? ['None was judged.'] : renderRequirements(requirements)),
    ...remarks.flatMap((remark) => ['', remark]),
  ];
}
