/** Which mutants the tests notice. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ask } from './ask.ts';
import type { Question } from './group.ts';
import type { Journal } from './journal.ts';
import type { Mutant } from './mutants.ts';
import type { Workspace } from './workspace.ts';

export interface Met {
  /** By mutant, by test file: the names of the tests that met it; '' for what runs outside of a test. */
  readonly tests: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>;
  /** By source, by test file: how many of the source's mutants its tests met, loading left aside. */
  readonly within: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How long each file takes, in milliseconds. */
  readonly durations: ReadonlyMap<string, number>;
}

/** Of the test files that meet a mutant, so many are asked, the nearest: what only others notice is reported as well. */
const filesAsked = 6;
/** Of those that seem to survive: what a test kept from an earlier mutant may have hidden it from the nearest ones. */
const filesToConfirm = 3;

/**
 * Runs the test files once, with no mutant on. Throws where one fails: nothing can be told from tests that fail anyway.
 * `keptIn`: what an earlier run of the same sources met is taken from there, or left there.
 */
export async function meet(
  workspace: Workspace,
  all: readonly Mutant[],
  testFiles: readonly string[],
  keptIn?: string,
): Promise<Met> {
  const file = join(workspace.directory, 'met.jsonl');
  const durationsFile = `${keptIn ?? ''}.durations`;
  if (keptIn !== undefined && existsSync(durationsFile)) {
    const entries = JSON.parse(readFileSync(durationsFile, 'utf8')) as [string, number][];
    return metBy(all, keptIn, new Map(entries));
  }
  writeFileSync(file, '');
  const { tests, durations } = await workspace.run(testFiles, { MUTANTS_MET: file }, 3_600_000, [
    '--no-isolate',
  ]);
  const failed = tests?.filter(({ status }) => status === 'failed') ?? [];
  if (tests === undefined || failed.length > 0) {
    throw new Error(`without a mutant the tests fail: ${failed.map(({ name }) => name).join(', ')}`);
  }
  if (keptIn !== undefined) {
    copyFileSync(file, keptIn);
    writeFileSync(durationsFile, JSON.stringify([...durations]));
  }
  return metBy(all, file, durations);
}

function metBy(all: readonly Mutant[], file: string, durations: Met['durations']): Met {
  const tests = new Map<number, Map<string, readonly string[]>>();
  const within = new Map<string, Map<string, number>>();
  const sources = new Map(all.map((mutant) => [mutant.id, mutant.file]));
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const said = JSON.parse(line) as { path: string; met: [number, string[]][] };
    // Below the copy's folder, whichever that was.
    const path = said.path.slice(said.path.indexOf('/test/unit/') + 1);
    for (const [id, names] of said.met) {
      at(tests, id).set(path, names);
      const ofSource = at(within, sources.get(id) ?? '');
      if (names.some((name) => name !== '')) ofSource.set(path, (ofSource.get(path) ?? 0) + 1);
    }
  }
  return { tests, within, durations };
}

function at<K, V>(maps: Map<K, Map<string, V>>, key: K): Map<string, V> {
  const found = maps.get(key) ?? new Map<string, V>();
  maps.set(key, found);
  return found;
}

/** The mutants that no test notices. */
export async function survivorsOf(
  workspace: Workspace,
  all: readonly Mutant[],
  met: Met,
  journal: Journal,
  workers: number,
  tell: (line: string) => void,
): Promise<readonly Mutant[]> {
  const mutants = all.filter((mutant) => !journal.isKilled(mutant));
  const statics = mutants.filter(({ isStatic }) => isStatic);
  const others = mutants.filter(({ isStatic }) => !isStatic);
  // Each is tried once before any is tried again: what a run that is cut short leaves is then known to be hard to notice.
  await noticedByNone(others, false, 1);
  await noticedByNone(statics, true, 1);
  // All of them with one evaluation of the sources, and what that leaves with one for each.
  const left = await noticedByNone(others, false, filesAsked);
  const unnoticed = [
    ...(await noticedByNone(statics, true, filesAsked)),
    ...(await noticedByNone(left, true, filesToConfirm)),
  ];
  return unnoticed.sort((a, b) => a.id - b.id);

  async function noticedByNone(
    some: readonly Mutant[],
    isFresh: boolean,
    most: number,
  ): Promise<readonly Mutant[]> {
    let waiting = some
      .filter((mutant) => !journal.isKilled(mutant))
      .map((mutant) => ({ mutant, files: inOrder(mutant, met).slice(0, most) }));
    const survivors: Mutant[] = [];
    for (;;) {
      waiting = waiting.map(({ mutant, files }) => ({
        mutant,
        files: files.filter((file) => !journal.hasSurvived(mutant, file, isFresh)),
      }));
      survivors.push(...waiting.filter(({ files }) => files.length === 0).map(({ mutant }) => mutant));
      waiting = waiting.filter(({ files }) => files.length > 0);
      if (waiting.length === 0) return survivors;
      tell(`${waiting.length} mutants to go${isFresh ? ', with sources evaluated for each' : ''}`);
      const byId = new Map(waiting.map(({ mutant }) => [mutant.id, mutant]));
      const questions = waiting.map(({ mutant, files: [file = ''] }): Question => ({
        mutant: mutant.id,
        file,
        tests: met.tests.get(mutant.id)?.get(file) ?? [],
      }));
      const answer = ({ mutant: id, file }: Question, isKilled: boolean): void => {
        const mutant = byId.get(id);
        if (mutant === undefined) return;
        if (isKilled) journal.killed(mutant);
        else journal.survived(mutant, file, isFresh);
      };
      await ask({ workspace, workers, durations: met.durations, answer }, questions, isFresh);
      waiting = waiting.filter(({ mutant }) => !journal.isKilled(mutant));
    }
  }
}

/**
 * The file's own tests first, then those that run through most of the file, the quicker of two first. But for the file's
 * own, the most thorough come second at the latest, however slow they are.
 */
function inOrder({ id, file: source }: Mutant, met: Met): string[] {
  const own = `${basename(source, '.ts')}.test.ts`;
  const within = (file: string): number => met.within.get(source)?.get(file) ?? 0;
  const rank = (file: string): number => {
    if (basename(file) === own) return Infinity;
    return within(file) / Math.max(200, met.durations.get(file) ?? 0);
  };
  const [first, ...others] = [...(met.tests.get(id)?.keys() ?? [])].sort((a, b) => rank(b) - rank(a));
  if (first === undefined) return [];
  const thorough = others.toSorted((a, b) => within(b) - within(a)).slice(0, 1);
  return [...new Set([first, ...thorough, ...others])];
}
