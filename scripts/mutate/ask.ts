/** Asks test files about mutants: many in one process, which is begun again without whatever brought it to a halt. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Batch, Line } from './batch.ts';
import { control, Group, type Question } from './group.ts';
import type { Workspace } from './workspace.ts';

/** The more there are before a control, the more is asked again when one of them brings the process to a halt. */
const mostInGroup = 40;
/** Each has all sources of its own in memory. */
const mostInFreshGroup = 12;
/** To start; and what a mutant may make slower. */
const [startMs, slower] = [35_000, 3];

interface Asking {
  readonly workspace: Workspace;
  /** So many processes at a time. */
  readonly workers: number;
  /** By test file, in milliseconds. */
  readonly durations: ReadonlyMap<string, number>;
  /** Told of each, as soon as it is certain. */
  readonly answer: (question: Question, isKilled: boolean) => void;
}

/** `isFresh`: sources are evaluated for each mutant anew. */
export async function ask(asking: Asking, questions: readonly Question[], isFresh: boolean): Promise<void> {
  const size = isFresh ? mostInFreshGroup : mostInGroup;
  const ofFiles = [...Map.groupBy(questions, ({ file }) => file)]
    .map(([file, ofFile]) => ({ ofFile, ms: asking.durations.get(file) ?? 0 }))
    .sort((a, b) => a.ms - b.ms);
  const groups = ofFiles.flatMap(({ ofFile }) => inParts(ofFile, Math.ceil(ofFile.length / size)));
  await Promise.all(
    inParts(groups, Math.min(asking.workers, groups.length)).map((part, worker) =>
      askInTurn(asking, part, isFresh, worker),
    ),
  );
}

function inParts<T>(all: readonly T[], count: number): T[][] {
  const size = Math.ceil(all.length / count);
  return Array.from({ length: count }, (_, n) => all.slice(n * size, (n + 1) * size));
}

async function askInTurn(
  asking: Asking,
  all: readonly (readonly Question[])[],
  isFresh: boolean,
  worker: number,
): Promise<void> {
  const alone: Question[] = [];
  for (let left = all; left.length > 0;) {
    const groups = left.map((questions) => new Group(questions));
    await askTogether(asking, groups, isFresh, worker);
    if (groups.every(({ steps }) => steps.size === 0)) throw new Error('vitest asks none of the groups');
    alone.push(...groups.flatMap((group) => group.doubtful()));
    left = groups.map((group) => group.unanswered()).filter(({ length }) => length > 0);
  }
  for (const question of alone) {
    const { file, mutant } = question;
    const { tests } = await asking.workspace.run([file], { MUTANT: String(mutant) }, limitMs(file, asking), [
      '--bail=1',
    ]);
    asking.answer(question, tests === undefined || tests.some(({ status }) => status === 'failed'));
  }
}

/** More where others use the machine. */
function limitMs(file: string, { durations }: Asking): number {
  const busy = Math.max(1, (loadavg()[0] ?? 1) / availableParallelism());
  return Math.ceil(busy * (startMs + slower * (durations.get(file) ?? 0)));
}

/** In one process, which is stopped when nothing has come from it for too long. */
async function askTogether(
  asking: Asking,
  groups: readonly Group[],
  isFresh: boolean,
  worker: number,
): Promise<void> {
  const { workspace, answer } = asking;
  const directory = `batches-${worker}`;
  rmSync(join(workspace.directory, directory), { recursive: true, force: true });
  mkdirSync(join(workspace.directory, directory));
  const told = join(workspace.directory, directory, 'told');
  writeFileSync(told, '');
  groups.forEach(({ file, questions }, number) => {
    const batch: Batch = {
      number,
      testFile: join(workspace.directory, file),
      mutants: [...questions, control].map(({ mutant: id, tests }) => ({ id, tests })),
      isFresh,
      told,
    };
    const path = join(workspace.directory, directory, `${number}.json`);
    writeFileSync(path, JSON.stringify(batch));
    const text = `import { judgeBatch } from '../scripts/mutate/batch.ts';\njudgeBatch('${path}');\n`;
    writeFileSync(join(workspace.directory, directory, `${number}.test.ts`), text);
  });
  let read = 0;
  let file = '';
  const readTold = (): boolean => {
    // What follows the last line feed is still being written.
    const lines = readFileSync(told, 'utf8').split('\n').slice(read, -1);
    read += lines.length;
    for (const line of lines) {
      const [number, mutant, step] = JSON.parse(line) as Line;
      const group = groups[number];
      if (group === undefined) continue;
      group.steps.set(mutant, step);
      ({ file } = group);
      if (mutant !== control.mutant || step !== 'survived') continue;
      for (const question of group.questions) {
        answer(question, group.steps.get(question.mutant) === 'killed');
      }
    }
    return lines.length > 0;
  };
  const stop = new AbortController();
  let heard = Date.now();
  const watch = setInterval(() => {
    if (readTold()) heard = Date.now();
    if (Date.now() - heard > limitMs(file, asking)) stop.abort();
  }, 500);
  await workspace.runBatches(`${directory}/`, stop.signal);
  clearInterval(watch);
  readTold();
}
