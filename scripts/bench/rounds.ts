/**
 * Interleaved rounds (A B C, A B C, …): what disturbs the machine for a while disturbs all that is compared.
 * The first round is a warm-up and does not count. Figures are medians, with the least and the most.
 */
import { measure, type Command, type Measurement, type MemoryMethod } from './measure.ts';

export interface Contender {
  readonly name: string;
  readonly command: Command;
  /** Outside of the measured time. */
  readonly prepare?: () => Promise<void>;
  /** Outside of it too: throws where the run did not do its work. */
  readonly check?: () => Promise<void>;
}

export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Result {
  readonly name: string;
  readonly wallMs: Figures;
  readonly peakBytes: Figures | undefined;
  readonly cpuMs: Figures | undefined;
}

export interface RoundOptions {
  readonly counted: number;
  readonly memory: MemoryMethod;
  /** A file that may be overwritten. */
  readonly scratch: string;
}

/** In the order of `contenders`. */
export async function runRounds(
  contenders: readonly Contender[],
  { counted, memory, scratch }: RoundOptions,
): Promise<Result[]> {
  const measured = new Map<Contender, Measurement[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= counted; round += 1) {
    for (const [contender, measurements] of measured) {
      await contender.prepare?.();
      const measurement = await measure(contender.command, memory, scratch);
      await contender.check?.();
      if (round > 0) measurements.push(measurement);
    }
    process.stderr.write(`round ${round} of ${counted}: ${contenders.map(({ name }) => name).join(', ')}\n`);
  }
  return [...measured].map(([{ name }, measurements]) => ({
    name,
    wallMs: figuresOf(measurements.map(({ wallMs }) => wallMs)),
    peakBytes: figuresOfAll(measurements.map(({ peakBytes }) => peakBytes)),
    cpuMs: figuresOfAll(measurements.map(({ cpuMs }) => cpuMs)),
  }));
}

/** Undefined where one of them is. */
function figuresOfAll(values: readonly (number | undefined)[]): Figures | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? figuresOf(known) : undefined;
}

export function figuresOf(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (min === undefined || max === undefined || upper === undefined || lower === undefined) {
    throw new TypeError('no figures of nothing');
  }
  return { median: (lower + upper) / 2, min, max };
}
