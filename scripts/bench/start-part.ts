/** The start's part of the benchmark: bare Node, assay from the checkout, and assay as one file, in turn. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleKinds } from './bundles.ts';
import { assay, commandIn, type Setting } from './contenders.ts';
import type { Command } from './measure.ts';
import { renderResults, type Part } from './report.ts';
import { judgeStart } from './requirements.ts';
import { runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';

/** Where the time goes, which takes a profiler: many runs, at the priority of real time. */
const explanation = [
  'Processes that do little: `assay verify-bundle` judges the digest of a file by a bundle of 5 kB. Code that V8 compiled is kept by all (`src/io/kept-code.ts`).',
  '',
  'Of 29 November 2026, by runs of their own at the priority of real time, not made anew with each run: in units of `node -e 0`, `verify-bundle` with the file at hand takes 1.96 by the clock and 2.2 by the processor, `verify-release` 2.0 and 2.3. Before small files and short answers went without a thread, the heap was left to the system at the end, kept code was read where it is, Node’s own modules were asked for when something of them is used, and tables of AES were made for who encrypts, it was 2.19 and 2.44, and 2.25 and 2.65. The limits: 2.0 is met just so, 1.5 of cosign is missed (1.66 to 1.74). By a profile of `verify-bundle`, of what is not Node’s bare start a quarter is Node’s `crypto` as it is loaded, which nobody can verify without, a fifth the memory that is collected, 0.15 the kept code as V8 reads it back and 0.1 reading it, 0.15 zod, 0.15 certificates and signatures, 0.05 the command line. Flags of V8, a larger young generation among them, and a snapshot of the start were tried, and gain nothing.',
  '',
  'The one file begins with a file system of what is in it, which Node makes before any of our code runs: 0.2. Everything after that is faster than from the checkout, so that a command takes as long as there, and `--version`, which has nothing after it, 1.2 times as long. Of its peak memory, 36 MB are pages of the file itself, which all processes of it share.',
];

/** Short runs differ by little: more of them are compared. */
const roundsMore = 4;

export async function benchStart(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  options: RoundOptions,
): Promise<Part> {
  const place = { ...base, work: join(base.work, 'start') };
  await mkdir(place.work, { recursive: true });
  const [, ofDigest] = await bundleKinds(place, undefined);
  if (ofDigest === undefined) throw new TypeError('no bundles');
  const lines: readonly (readonly [string, Command])[] = [
    ['assay --version', assay(place, '--version')],
    ['assay verify-bundle', ofDigest.assay],
  ];
  const file = join(base.root, `release/assay-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`);
  const hasFile = existsSync(file);
  const contenders: Contender[] = [
    { name: 'node -e 0', command: commandIn(place, [process.execPath, '-e', '0']) },
    ...lines.flatMap(([name, command]) => [
      { name, command },
      ...(hasFile ? [{ name: `${name}, one file`, command: asOneFile(command, file) }] : []),
    ]),
  ];
  const results = await runRounds(contenders, { ...options, counted: options.counted * roundsMore });
  const named = new Map(results.map((result) => [result.name, result]));
  const [bare] = results;
  if (bare === undefined) throw new TypeError('no result');
  const pairs = lines.flatMap(([name]): (readonly [Result, Result | undefined])[] => {
    const own = named.get(name);
    return own === undefined ? [] : [[own, named.get(`${name}, one file`)]];
  });
  return {
    lines: ['## The start', '', ...explanation, '', ...renderResults(results), ''],
    requirements: judgeStart(bare, pairs),
    remarks: hasFile ? [] : ['The one file was SKIPPED: there is none (make executable).'],
  };
}

/** Node and its flags are in it. */
function asOneFile({ argv, ...command }: Command, file: string): Command {
  const [, , , ...args] = argv;
  return { ...command, argv: [file, ...args] };
}
