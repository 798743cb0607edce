/** Whether work grows with its input or with the square of it, on a machine that others use as well. */
import { AssayError } from '../../src/model/errors.ts';

export interface Growth {
  /** CPU time of this process, in milliseconds. */
  readonly timeMs: number;
  /** How many times longer four times the input takes. */
  readonly ratio: number;
  readonly outcome: string;
}

/** `work` of an input of this size, and of one four times as large. What it throws must be an error of ours. */
export async function growthOf(work: (size: number) => unknown, size: number): Promise<Growth> {
  // The first one warms up, and loads what is needed.
  await measure(work, size);
  const one = await quickest(work, size);
  const four = await quickest(work, 4 * size);
  return { ...four, ratio: four.timeMs / Math.max(one.timeMs, 1) };
}

/** Of three: the collector and other work on the machine only ever add. */
async function quickest(work: (size: number) => unknown, size: number): Promise<Omit<Growth, 'ratio'>> {
  const all = [await measure(work, size), await measure(work, size), await measure(work, size)];
  return all.reduce((best, one) => (one.timeMs < best.timeMs ? one : best));
}

async function measure(work: (size: number) => unknown, size: number): Promise<Omit<Growth, 'ratio'>> {
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
