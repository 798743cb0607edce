/**
 * `make mutate`: changes the verifier in every small way there is, and shows which changes no test notices.
 *
 *   make mutate                                     framing, binding, identity and policy whole; 500 of the rest
 *   make mutate ARGS='--only src/verify/digest.ts'  these files whole (repeatable, globs)
 *   make mutate ARGS='--only … --tests test/unit/verify/digest.test.ts'   and only these tests asked (repeatable, globs)
 *   make mutate ARGS='--sample 50 --seed 7'         fewer of the rest, others
 *   make mutate ARGS=--rest-only                    the sample alone
 *   make mutate ARGS='--workers 2'                  so many processes at a time
 *   make mutate ARGS='--journal .cache/mutate'      go on where a run was cut short, or after a test was added
 *
 * Exits 1 where a mutant survives that scripts/mutate/equivalents does not explain. Takes hours on two cores; loopback only.
 */
import { createHash, hash } from 'node:crypto';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonFor } from './mutate/reason.ts';
import { Journal } from './mutate/journal.ts';
import { meet, survivorsOf } from './mutate/judge.ts';
import type { Mutant } from './mutate/mutants.ts';
import { whole } from './mutate/scope.ts';
import { Workspace } from './mutate/workspace.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    tests: { type: 'string', multiple: true },
    sample: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    'rest-only': { type: 'boolean', default: false },
    journal: { type: 'string' },
    workers: { type: 'string', default: '1' },
  },
});

const directory = mkdtempSync(join(tmpdir(), 'assay-mutate-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    rmSync(directory, { recursive: true, force: true });
    process.exit(130);
  });
}
try {
  const workspace = new Workspace(directory);
  const patterns = values.only ?? ['src/verify/**/*.ts', ...whole];
  const all = workspace.prepare([...new Set(globSync(patterns, { cwd: root }))].sort());
  const mutants = values.only === undefined ? sampled(all) : all;
  console.log(`${mutants.length} of ${all.length} mutants; the tests run once without`);
  const journal = new Journal(values.journal);
  const testFiles = workspace.testFiles(values.tests);
  // Of these very mutants: another source, or one more, and all of them have other numbers.
  const those = createHash('sha256')
    .update(JSON.stringify([all, values.tests]))
    .digest('hex')
    .slice(0, 16);
  const keptIn = values.journal === undefined ? undefined : `${values.journal}.met.${those}`;
  const met = await meet(workspace, all, testFiles, keptIn);
  const survivors = await survivorsOf(workspace, mutants, met, journal, Number(values.workers), console.log);
  process.exitCode = report(mutants, survivors) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Everything of what is tried whole, and so many of the rest, by the seed. */
function sampled(all: readonly Mutant[]): readonly Mutant[] {
  const wholeFiles = new Set(globSync([...whole], { cwd: root }));
  const isWhole = ({ file }: Mutant): boolean => wholeFiles.has(file);
  const rest = all.filter((mutant) => !isWhole(mutant));
  // By what a mutant is, and which of several such: one more in another place draws no others.
  const seen = new Map<string, number>();
  const rankOf = ({ file, original, replacement }: Mutant): string => {
    const what = JSON.stringify([values.seed, file, original, replacement]);
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    return hash('sha256', `${what}${nth}`);
  };
  const chosen = rest
    .map((mutant) => ({ mutant, rank: rankOf(mutant) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, Number(values.sample))
    .map(({ mutant }) => mutant);
  return values['rest-only'] ? chosen : [...all.filter(isWhole), ...chosen];
}

/** True where nothing survives unexplained. */
function report(mutants: readonly Mutant[], survivors: readonly Mutant[]): boolean {
  const explained = survivors.filter((mutant) => reasonFor(mutant) !== undefined);
  const unexplained = survivors.filter((mutant) => reasonFor(mutant) === undefined);
  for (const { file, line, original, replacement } of unexplained) {
    console.log(`survived: ${file}:${line}: ${short(original)}  ->  ${short(replacement)}`);
  }
  const killed = mutants.length - survivors.length;
  console.log(
    `mutate: ${mutants.length} mutants, ${killed} killed, ${explained.length} equivalent, ${unexplained.length} survived`,
  );
  return unexplained.length === 0;
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
