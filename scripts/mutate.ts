/**
 * `make mutate`: changes the verifier in every small way there is, and shows which changes no test notices.
 *
 *   make mutate                                     all of the verifier, and the shapes that it reads documents by
 *   make mutate ARGS='--only src/verify/digest.ts'  these files whole (repeatable, globs)
 *   make mutate ARGS='--only … --tests test/unit/verify/digest.test.ts'   and only these tests asked (repeatable, globs)
 *   make mutate ARGS='--sample 50 --seed 7'         so many of them, by a seed
 *   make mutate ARGS='--workers 2'                  so many processes at a time
 *   make mutate ARGS='--journal .cache/mutate'      go on where a run was cut short, or after a test was added
 *
 * Exits 1 where a mutant survives that scripts/mutate/equivalents does not explain. Takes hours on two cores; loopback only.
 */
import { hash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonFor } from './mutate/reason.ts';
import { Journal } from './mutate/journal.ts';
import { meet, survivorsOf } from './mutate/judge.ts';
import type { Mutant } from './mutate/mutants.ts';
import { Workspace } from './mutate/workspace.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    tests: { type: 'string', multiple: true },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
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
  const patterns = values.only ?? ['src/verify/**/*.ts', 'src/formats/upstream/shape.ts'];
  const all = workspace.prepare([...new Set(globSync(patterns, { cwd: root }))].sort());
  const mutants = values.sample === undefined ? all : sampled(all, Number(values.sample));
  if (mutants.length === 0)
    throw new Error('no mutant is chosen: --only names no such file, or --sample no number');
  console.log(`${mutants.length} of ${all.length} mutants; the tests run once without`);
  const journal = new Journal(values.journal);
  const testFiles = workspace.testFiles(values.tests);
  // Of these very mutants and tests: another source, or one more, and all of them have other numbers.
  const tests = testFiles.map((file) => [file, hash('sha256', readFileSync(join(root, file)))]);
  const those = hash('sha256', JSON.stringify([all, tests])).slice(0, 16);
  const keptIn = values.journal === undefined ? undefined : `${values.journal}.met.${those}`;
  const met = await meet(workspace, all, testFiles, keptIn);
  const survivors = await survivorsOf(workspace, mutants, met, journal, Number(values.workers), console.log);
  process.exitCode = report(mutants, survivors) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** So many of them, by the seed. */
function sampled(all: readonly Mutant[], count: number): readonly Mutant[] {
  // By what a mutant is, and which of several such: one more in another place draws no others.
  const seen = new Map<string, number>();
  const rankOf = ({ file, original, replacement }: Mutant): string => {
    const what = JSON.stringify([values.seed, file, original, replacement]);
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    return hash('sha256', `${what}${nth}`);
  };
  return all
    .map((mutant) => ({ mutant, rank: rankOf(mutant) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
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
