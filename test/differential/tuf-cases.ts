/**
 * TUF repositories as clients meet them one after another: an honest one, one with something in it that is wrong or rare,
 * and an honest one again, which may be older.
 */
import type { Random } from '../fuzz/random.ts';
import { build, honest, next, rotate, type Files } from './tuf-draft.ts';
import { faults } from './tuf-faults.ts';
import type { Pool } from './tuf-keys.ts';

export interface Scenario {
  /** What is wrong or rare in the second state. */
  readonly name: string;
  /** Has it roots that others sign for some of the roles? */
  readonly isRotated: boolean;
  /** What a client begins from. */
  readonly root: Uint8Array;
  readonly states: readonly Files[];
}

export function makeScenario(time: number, random: Random, pool: Pool, now: Date): Scenario {
  // Each fault once before any of them twice.
  const fault = time < faults.length ? faults[time]! : random.of(faults)!;
  const first = honest(random, pool, now);
  const second = next(first, random, fault.isQuiet === true);
  const isRotated = random.oneIn(3);
  if (isRotated) rotate(second, random, pool);
  fault.apply(second, random, pool);
  const third = random.of([() => next(second, random), () => next(first, random), () => first])!();
  const [start, ...others] = [first, second, third].map(build);
  return {
    name: fault.name,
    isRotated,
    root: start!.roots[0]!,
    states: [start!, ...others].map(({ files }) => files),
  };
}
