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
    lines: [
      '## The start',
      '',
      'Processes that do little: `assay verify-bundle` judges the digest of a file by a bundle of 5 kB. Code that V8 compiled is kept by all (`src/io/kept-code.ts`).',
      '',
      ...renderResults(results),
      '',
    ],
    requirements: judgeStart(bare, pairs),
    remarks: hasFile ? [] : ['The one file was SKIPPED: there is none (make executable).'],
  };
}

/** Node and its flags are in it. */
function asOneFile({ argv, ...command }: Command, file: string): Command {
  const [, , , ...args] = argv;
  return { ...command, argv: [file, ...args] };
}
