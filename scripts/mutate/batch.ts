/**
 * Runs in vitest's process: one test file again and again, with one mutant on each time; only the tests that met it,
 * and none after the first that fails. What comes of each is told as it comes, since a mutant may take the process with it.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, it, onTestFailed, vi } from 'vitest';
import type { RunnerTask, RunnerTestSuite } from 'vitest';

export interface Batch {
  readonly number: number;
  /** Absolute. */
  readonly testFile: string;
  /** With the names of the tests that met it. */
  readonly mutants: readonly { readonly id: number; readonly tests: readonly string[] }[];
  /** Evaluates all sources anew, with the mutant on: what is done once, when a module is loaded, is done with it. */
  readonly isFresh: boolean;
  /** Where a line goes for each step. */
  readonly told: string;
}

export type Step = 'loads' | 'runs' | 'killed' | 'survived';
export type Line = readonly [batch: number, mutant: number, step: Step];

export function judgeBatch(path: string): void {
  const batch = JSON.parse(readFileSync(path, 'utf8')) as Batch;
  const state = globalThis.mutants;
  if (state === undefined) throw new TypeError('the harness is no setup file here');
  if (!batch.isFresh) {
    // What files share is evaluated once in a process: now, with no mutant on.
    describe.skip('as it is', async () => {
      state.turn(0);
      await import(/* @vite-ignore */ `${batch.testFile}?batch=${batch.number}`);
    });
  }
  for (const { id, tests } of batch.mutants) {
    const tell = (step: Step): void => {
      const line: Line = [batch.number, id, step];
      appendFileSync(batch.told, JSON.stringify(line) + '\n');
    };
    const met = new Set(tests);
    describe(`mutant ${id}`, async () => {
      let whole: Readonly<RunnerTestSuite> | undefined;
      // vitest reads this source text, and wants braces here.
      beforeAll(({}, suite) => {
        whole = suite;
        if (!met.has('')) leaveOut(suite, (name) => !met.has(name));
        tell('runs');
        state.turn(id);
      });
      beforeEach(() => {
        onTestFailed(() => {
          if (whole !== undefined) leaveOut(whole, () => true);
        });
      });
      // Registered first, and so the last of them: what fails in the file's own hooks counts as well.
      afterAll(({}, suite) => {
        state.turn(0);
        tell(isFailed(suite) ? 'killed' : 'survived');
      });
      tell('loads');
      if (batch.isFresh) vi.resetModules();
      // And stays on until the next one loads: what is within the file's `describe` is called after the file was read.
      state.turn(id);
      try {
        await import(/* @vite-ignore */ `${batch.testFile}?mutant=${id}&batch=${batch.number}`);
      } catch (error) {
        it('is loaded', () => {
          throw error;
        });
      }
    });
  }
}

/** Those that have not run yet. `suite` is the outermost one, whose name is no part of theirs. */
function leaveOut(suite: Readonly<RunnerTestSuite>, isLeftOut: (name: string) => boolean, path = ''): void {
  for (const task of suite.tasks) {
    const name = path + task.name;
    if (task.type === 'suite') leaveOut(task, isLeftOut, `${name} > `);
    const isOut = task.type === 'suite' ? task.tasks.every(({ mode }) => mode === 'skip') : isLeftOut(name);
    if (isOut && task.result === undefined) task.mode = 'skip';
  }
}

function isFailed(task: Readonly<RunnerTask>): boolean {
  return task.result?.state === 'fail' || (task.type === 'suite' && task.tasks.some(isFailed));
}
