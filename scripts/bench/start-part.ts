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
  'Of 30 November 2026, by runs of their own, 25 and 31 of each by turns with nothing else at work, not made anew with each run: in units of `node -e 0`, `verify-bundle` with the file at hand takes 1.88 by the clock and 2.06 by the processor (2.08 and 2.4 before Sigstore’s documents were read without zod, of the same machine in the same run), `verify-release` 1.99 and 2.28 (2.05 and 2.38 before RSA signatures were verified at once, without a thread; the limit is 2.0). `verify-bundle` is 1.57 × cosign 2.5 by the same measure (1.73 before), where `make bench`, which starts processes from a larger one, finds 1.34 to 1.48; the limit is 1.5. Zod took an eighth of `verify-bundle`: its own code, 277 schemas and what they leave to collect. Of what is not Node’s bare start most is now Node’s `crypto` as it is loaded, which nobody can verify without (18 ms of 80), the kept code as it is read and as V8 reads it back (20 ms), and the memory that is collected. Flags of V8 and a snapshot of the start were tried, and gain nothing; a larger young generation saves `verify-bundle` 3 to 5 % and costs `verify-release` as much.',
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
