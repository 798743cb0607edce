/**
 * One test file again and again, with one mutant on each time; only the tests that met it, and none after the first
 * that fails. Its sources are loaded once: that is what most of a mutant's time would be.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';

interface Batch {
  /** Absolute. */
  readonly testFile: string;
  /** With the names of the tests that met it. */
  readonly mutants: readonly { readonly id: number; readonly tests: readonly string[] }[];
}

const batch = JSON.parse(readFileSync(process.env['MUTANTS_BATCH'] ?? '', 'utf8')) as Batch;
const state = globalThis.mutants;
if (state === undefined) throw new TypeError('the harness is no setup file here');

for (const { id, tests } of batch.mutants) {
  const title = `mutant ${id}`;
  const met = new Set(tests);
  describe(title, async () => {
    let hasFailed = false;
    beforeAll(() => {
      state.active = id;
    });
    beforeEach((context) => {
      const name = (expect.getState().currentTestName ?? '').slice(title.length + ' > '.length);
      if (hasFailed || !(met.has(name) || met.has(''))) context.skip();
      onTestFailed(() => {
        hasFailed = true;
      });
    });
    afterAll(() => {
      state.active = 0;
    });
    state.active = id;
    try {
      await import(/* @vite-ignore */ `${batch.testFile}?mutant=${id}`);
    } catch (error) {
      it('is loaded', () => {
        throw error;
      });
    }
    state.active = 0;
  });
}
