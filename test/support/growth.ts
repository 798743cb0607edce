/** Whether work grows with its input or with the square of it, on a machine that others use as well. */
import { AssayError } from '../../src/model/errors.ts';

export interface Growth {
  /** CPU time of this process, in milliseconds. */
  readonly timeMs: number;
  /** How many times longer four times the input takes. */
  readonly ratio: number;
  readonly outcome: string;
}

/**
 * `work` of an input of this size, and of one four times as large. What it throws must be an error of ours. What seems to
 * grow faster than its input is measured again, twice: the collector and other work on the machine only ever add.
 */
export async function growthOf(work: (size: number) => unknown, size: number): Promise<Growth> {
  // The first one warms up, and loads what is needed.
  await measure(work, size);
  let one = await measure(work, size);
  let four = await measure(work, 4 * size);
  for (let again = 0; again < 2 && four.timeMs > 8 * one.timeMs; again += 1) {
    one = quicker(one, await measure(work, size));
    four = quicker(four, await measure(work, 4 * size));
  }
  return { ...four, ratio: four.timeMs / Math.max(one.timeMs, 1) };
}

/** CPU time of this process for work that does not wait, in milliseconds. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

type Measured = Omit<Growth, 'ratio'>;

function quicker(one: Measured, other: Measured): Measured {
  return other.timeMs < one.timeMs ? other : one;
}

async function measure(work: (size: number) => unknown, size: number): Promise<Measured> {
  const before = process.cpuUsage();
  const outcome = await attempt(work, size);
  const { user, system } = process.cpuUsage(before);
  return { timeMs: (user + system) / 1000, outcome };
}

async function attempt(work: (size: number) => unknown, size: number): Promise<string> {
  try {
    await work(size);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return `${error.code} in ${String(error.message.length)} characters`;
  }
}
