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
  'By profiles of 29 November 2026, which are not made anew with each run: in units of `node -e 0`, by the processor’s time, with the file at hand `verify-bundle` takes 3.4 (4.3 with Node’s own compile cache in place of that, and with every schema made whether it is used or not), and `verify-release` 3.8 (5.0); the limits, 1.5 of cosign and 2.0, are missed. Of it 1.0 is Node, 0.3 its `crypto` alone, which nobody can verify without, 0.35 to 0.4 the kept code as V8 reads it back, 0.2 the memory that is collected. Of `verify-bundle` 0.35 is zod, of which 330 schemas are made and the trusted root and the bundle are read by them, 0.2 the command line, 0.15 signatures; of `verify-release` 0.4 openpgp as it is read (tables of ciphers that nobody asks for are among it, and are computed), 0.25 WebCrypto and web streams, which it asks for.',
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
