/** Which mutants the tests notice. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { basename, join } from 'node:path';
import type { Journal } from './journal.ts';
import type { Mutant } from './mutants.ts';
import type { Workspace } from './workspace.ts';

export interface Met {
  /** By mutant, by test file: the names of the tests that met it; '' for what runs outside of a test. */
  readonly tests: ReadonlyMap<number, ReadonlyMap<string, readonly string[]>>;
  /** How long each file takes, in milliseconds. */
  readonly durations: ReadonlyMap<string, number>;
}

/** A batch is so many mutants as take about so long: one that hangs in a way that nothing counts must not hold many. */
const [mostInBatch, batchMs] = [60, 60_000];
/** To start; and what a mutant may make slower. */
const [startMs, slower] = [20_000, 4];
/** Of the test files that meet a mutant, so many are asked, the nearest: what only others notice is reported as well. */
const filesAsked = 8;
/** Of those that seem to survive: what a test kept from an earlier mutant may have hidden it from the nearest ones. */
const filesToConfirm = 3;

/**
 * Runs all tests once, with no mutant on. Throws where one fails: nothing can be told from tests that fail anyway.
 * `keptIn`: what an earlier run of the same sources met is taken from there, or left there.
 */
export async function meet(workspace: Workspace, keptIn?: string): Promise<Met> {
  const file = join(workspace.directory, 'met.jsonl');
  const durationsFile = `${keptIn ?? ''}.durations`;
  if (keptIn !== undefined && existsSync(durationsFile)) {
    const entries = JSON.parse(readFileSync(durationsFile, 'utf8')) as [string, number][];
    return { tests: readMet(keptIn), durations: new Map(entries) };
  }
  writeFileSync(file, '');
  const { tests, durations } = await workspace.run(workspace.testFiles(), { MUTANTS_MET: file }, 1_800_000);
  const failed = tests?.filter(({ status }) => status === 'failed') ?? [];
  if (tests === undefined || failed.length > 0) {
    throw new Error(`without a mutant the tests fail: ${failed.map(({ name }) => name).join(', ')}`);
  }
  if (keptIn !== undefined) {
    copyFileSync(file, keptIn);
    writeFileSync(durationsFile, JSON.stringify([...durations]));
  }
  return { tests: readMet(file), durations };
}

function readMet(file: string): Met['tests'] {
  const met = new Map<number, Map<string, string[]>>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const said = JSON.parse(line) as { path: string; met: [number, string[]][] };
    for (const [id, names] of said.met) {
      const byFile = met.get(id) ?? new Map<string, string[]>();
      // Below the copy's folder, whichever that was.
      met.set(id, byFile.set(said.path.slice(said.path.indexOf('/test/unit/') + 1), names));
    }
  }
  return met;
}

/** The mutants that no test notices. */
export async function survivorsOf(
  workspace: Workspace,
  all: readonly Mutant[],
  met: Met,
  journal: Journal,
  tell: (line: string) => void,
): Promise<readonly Mutant[]> {
  const mutants = all.filter((mutant) => !journal.isKilled(mutant));
  const statics = mutants.filter(({ isStatic }) => isStatic);
  let waiting = mutants
    .filter(({ isStatic }) => !isStatic)
    .map((mutant) => ({ mutant, files: inOrder(mutant, met) }));
  const survivors = waiting.filter(({ files }) => files.length === 0).map(({ mutant }) => mutant);
  waiting = waiting.filter(({ files }) => files.length > 0);
  // Test files that fail when they are run once more in one process: they are asked in the end, one mutant at a time.
  const notTwice = new Set<string>();
  while (waiting.length > 0) {
    tell(`${waiting.length} mutants to go`);
    const byFile = Map.groupBy(waiting, ({ files }) => files[0] ?? '');
    const left: typeof waiting = [];
    for (const [file, group] of byFile) {
      if (notTwice.has(file)) {
        left.push(...group.map(({ mutant, files }) => ({ mutant, files: files.slice(1) })));
        continue;
      }
      const size = Math.max(1, Math.min(mostInBatch, Math.floor(batchMs / durationOf(file, met))));
      for (let at = 0; at < group.length; at += size) {
        const batch = group.slice(at, at + size);
        const killed = await runBatch(
          workspace,
          file,
          batch.map(({ mutant }) => mutant),
          met,
        );
        if (killed === 'not twice') notTwice.add(file);
        for (const { mutant, files } of batch) {
          if (killed !== 'not twice' && killed.has(mutant.id)) journal.killed(mutant);
          else left.push({ mutant, files: files.filter((one) => one !== file && !notTwice.has(one)) });
        }
      }
    }
    survivors.push(...left.filter(({ files }) => files.length === 0).map(({ mutant }) => mutant));
    waiting = left.filter(({ files }) => files.length > 0);
  }
  tell(
    `${statics.length} mutants that take a process each, and ${survivors.length} to be tried again in one`,
  );
  const confirmed: Mutant[] = [];
  for (const mutant of [...statics, ...survivors]) {
    const files = inOrder(mutant, met);
    const asked = mutant.isStatic ? files : files.slice(0, filesToConfirm);
    if (await isKilledAlone(workspace, mutant, met, asked)) journal.killed(mutant);
    else confirmed.push(mutant);
  }
  return confirmed.sort((a, b) => a.id - b.id);
}

/** The file's own tests first, then the quickest. */
function inOrder({ id, file: source }: Mutant, met: Met): string[] {
  const own = `${basename(source, '.ts')}.test.ts`;
  const rank = (file: string): number => (basename(file) === own ? -1 : durationOf(file, met));
  return [...(met.tests.get(id)?.keys() ?? [])].sort((a, b) => rank(a) - rank(b)).slice(0, filesAsked);
}

function durationOf(file: string, { durations }: Met): number {
  return Math.max(100, durations.get(file) ?? 0);
}

/** More where others use the machine. */
function timeoutFor(files: readonly string[], times: number, met: Met): number {
  const busy = Math.max(1, (loadavg()[0] ?? 1) / availableParallelism());
  return busy * (startMs + slower * times * files.reduce((sum, file) => sum + durationOf(file, met), 0));
}

async function runBatch(
  workspace: Workspace,
  file: string,
  mutants: readonly Mutant[],
  met: Met,
): Promise<ReadonlySet<number> | 'not twice'> {
  const batchFile = join(workspace.directory, 'batch.json');
  const entries = mutants.map(({ id }) => ({ id, tests: met.tests.get(id)?.get(file) ?? [] }));
  // Last, the file as it is: what fails then was broken by what came before it, and nothing of the batch is believed.
  const control = { id: 0, tests: [''] };
  writeFileSync(
    batchFile,
    JSON.stringify({ testFile: join(workspace.directory, file), mutants: [...entries, control] }),
  );
  const { tests } = await workspace.run(
    ['scripts/mutate/batch.test.ts'],
    { MUTANTS_BATCH: batchFile },
    timeoutFor([file], entries.length + 1, met),
  );
  const failed = new Set(
    tests
      ?.filter(({ status }) => status === 'failed')
      .map(({ name }) => Number(/^mutant (\d+)/.exec(name)?.[1])),
  );
  if (tests !== undefined && failed.has(0) && !failed.has(NaN)) return 'not twice';
  if (tests !== undefined && !failed.has(NaN)) return failed;
  // One of them took all the time: it is in one of the halves.
  const [only, ...others] = mutants;
  if (only !== undefined && others.length === 0)
    return new Set((await isKilledAlone(workspace, only, met, [file])) ? [only.id] : []);
  const middle = mutants.length >> 1;
  const halves = [mutants.slice(0, middle), mutants.slice(middle)];
  const killed: number[] = [];
  for (const half of halves) {
    const found = await runBatch(workspace, file, half, met);
    if (found === 'not twice') return found;
    killed.push(...found);
  }
  return new Set(killed);
}

async function isKilledAlone(
  workspace: Workspace,
  mutant: Mutant,
  met: Met,
  files: readonly string[],
): Promise<boolean> {
  if (files.length === 0) return false;
  const { tests } = await workspace.run(files, { MUTANT: String(mutant.id) }, timeoutFor(files, 1, met), [
    '--bail=1',
    // What they import is loaded once: with the mutant on, for all of them.
    '--no-isolate',
  ]);
  return tests === undefined || tests.some(({ status }) => status === 'failed');
}
