/**
 * Runs in vitest's process, before any source is loaded: which mutant is on, and which were met by which test.
 *
 *   MUTANTS_MET=FILE       write what each test met, with no mutant on
 *   MUTANT=N               this one is on, from the beginning; without, `turn` of the batch says which
 */
import { appendFileSync } from 'node:fs';
import { afterAll, beforeEach, expect, vi } from 'vitest';

interface Switch {
  /** Puts this mutant on, and no other; 0 is none. */
  turn: (id: number) => void;
  met: Map<number, Set<string>>;
  /** Whoever is running: a test by its name, or '' while a file is loaded and in its hooks. */
  running: string;
}

declare global {
  var mutants: Switch | undefined;
}

/** An endless loop passes its mutant again and again. As long as a test may take, which could not be told so meanwhile. */
const mostMs = 30_000;

const isRecording = process.env['MUTANTS_MET'] !== undefined;
let active = Number(process.env['MUTANT'] ?? 0);
let passes = 0;
let since = performance.now();
const state: Switch = {
  turn(id) {
    active = id;
    since = performance.now();
  },
  met: new Map(),
  running: '',
};

/** By mutant: in which test it was met last, counted. Most of what is recorded is so already. */
const metIn = new Uint32Array(1 << 16);
let test = 1;
Object.assign(globalThis, {
  mutants: state,
  mutant: isRecording
    ? (id: number): boolean => {
        if (metIn[id] === test) return false;
        metIn[id] = test;
        let tests = state.met.get(id);
        if (tests === undefined) state.met.set(id, (tests = new Set()));
        tests.add(state.running);
        return false;
      }
    : (id: number): boolean => {
        if (id !== active) return false;
        passes += 1;
        if (passes % 256 === 0 && performance.now() - since > mostMs) throw new Error('this does not end');
        return true;
      },
});

beforeEach(() => {
  since = performance.now();
});
if (isRecording) {
  // What one test file has loaded already, the next would not meet while it loads.
  vi.resetModules();
  const file = process.env['MUTANTS_MET'] ?? '';
  beforeEach(() => {
    state.running = expect.getState().currentTestName ?? '';
    test += 1;
  });
  afterAll(() => {
    const met = [...state.met].map(([id, tests]) => [id, [...tests]]);
    appendFileSync(file, JSON.stringify({ path: expect.getState().testPath, met }) + '\n');
    state.met.clear();
    state.running = '';
    test += 1;
  });
}
