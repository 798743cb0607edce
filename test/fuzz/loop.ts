/**
 * One target, for so long: mutants of what it was given, in batches; a mutant that reaches code which none before it has
 * reached becomes one to begin from.
 */
import { AssayError } from '../../src/model/errors.ts';
import type { Coverage } from './coverage.ts';
import { Reached } from './coverage.ts';
import { maxMutantBytes, mutate } from './mutate.ts';
import { Random } from './random.ts';
import { BrokenPromise, type Input, type Target } from './target.ts';

/** What 1 MB may take, in milliseconds of the processor's time. */
const maxTimeMs = 1000;
/** A message that is longer is no message. */
const maxMessageLength = 20_000;
const defaultBatch = 100;
const maxShrinkMs = 30_000;
/** Longer mutants are no beginnings: each try would take as long. */
const maxKeptBytes = 64 << 10;

export interface Finding {
  readonly target: string;
  readonly problem: string;
  readonly input: Input;
}

export interface Outcome {
  readonly tries: number;
  /** Mutants that reached more, and those that were read without an error. */
  readonly corpus: number;
  readonly accepted: number;
  readonly finding: Finding | undefined;
}

export interface Fuzzing {
  readonly seed: number;
  /** Until when, or how many batches. */
  readonly until: { readonly deadlineMs: number } | { readonly batches: number };
  /** Without, only what was given is begun from. */
  readonly coverage?: Coverage | undefined;
  /** Without, nothing takes too long: where others keep the machine busy, time says little. */
  readonly isTimed?: boolean;
  /** Called before each try: whoever watches knows what hangs. */
  readonly trying?: (input: Input) => void;
}

export async function fuzz(target: Target, given: Fuzzing): Promise<Outcome> {
  const { seed, until, coverage, isTimed = true, trying } = given;
  const random = new Random(seed, target.name);
  const corpus = [...(await target.seeds())];
  const reached = new Reached();
  let tries = 0;
  let accepted = 0;
  const attempt = async (input: Input): Promise<string | undefined> => {
    trying?.(input);
    const told = await (isTimed && target.startsPrograms === undefined
      ? tryOne(target, input)
      : outcomeOf(target, input));
    if (told === 'accepted') accepted += 1;
    return told === 'accepted' || told === 'refused' ? undefined : told.problem;
  };
  const isOver = () => 'deadlineMs' in until && Date.now() >= until.deadlineMs;
  const all = async (inputs: readonly Input[]): Promise<Finding | undefined> => {
    for (const input of inputs) {
      if (isOver()) return undefined;
      const problem = await attempt(input);
      tries += 1;
      if (problem !== undefined) return { target: target.name, problem, input };
    }
    return undefined;
  };
  const first = await all(corpus);
  if (first !== undefined) return { tries, accepted, corpus: corpus.length, finding: first };
  reached.add(coverage?.take() ?? []);
  for (let batch = 0; !isOver() && !('batches' in until && batch >= until.batches); batch += 1) {
    const inputs = Array.from({ length: target.batch ?? defaultBatch }, () => mutant(corpus, random));
    const finding = await all(inputs);
    if (finding !== undefined) return { tries, accepted, corpus: corpus.length, finding };
    if (coverage !== undefined && target.startsPrograms === undefined && !isOver())
      corpus.push(...(await reachingMore(inputs, target, coverage, reached)));
  }
  return { tries, accepted, corpus: corpus.length, finding: undefined };
}

function mutant(corpus: readonly Input[], random: Random): Input {
  // The latest ones more often: what they reach is new.
  const from = random.oneIn(3) ? corpus.slice(-10) : corpus;
  const input = random.of(from)!;
  const changed = input.length === 1 ? 0 : random.below(input.length);
  const isAlso = (index: number) => index === changed || random.oneIn(8);
  return input.map((part, index) => {
    if (!isAlso(index)) return part;
    const others = corpus.map((one) => one[index]).filter((one) => one !== undefined);
    if (input.length > 1 && random.oneIn(20)) return undefined;
    if (input.length > 1 && random.oneIn(8)) return random.of(others);
    return mutate(part ?? random.of(others) ?? new Uint8Array(), random, others);
  });
}

/** Those of a batch that reach what nothing has reached before, looked for in the half that does. */
async function reachingMore(
  inputs: readonly Input[],
  target: Target,
  coverage: Coverage,
  reached: Reached,
): Promise<readonly Input[]> {
  const kept: Input[] = [];
  const search = async (some: readonly Input[]): Promise<void> => {
    for (const input of some) await outcomeOf(target, input);
    const taken = coverage.take();
    if (reached.wouldAdd(taken) === 0) return;
    if (some.length > 1) {
      const middle = some.length >> 1;
      await search(some.slice(0, middle));
      await search(some.slice(middle));
    } else {
      kept.push(...some);
      reached.add(taken);
    }
  };
  const taken = coverage.take();
  const isShort = (input: Input) => input.every((part) => (part?.length ?? 0) <= maxKeptBytes);
  if (reached.wouldAdd(taken) > 0) await search(inputs.filter(isShort));
  reached.add(taken);
  return kept;
}

type Told = 'accepted' | 'refused' | { readonly problem: string };

/** What came of it. What takes too long is tried again, since others use the machine, too. */
export async function tryOne(target: Target, input: Input, timeMs = maxTimeMs): Promise<Told> {
  const startMs = performance.now();
  const told = await outcomeOf(target, input);
  const bytes = input.reduce((sum, part) => sum + (part?.length ?? 0), 0);
  const allowedMs = timeMs * Math.max(1, bytes / maxMutantBytes);
  if (performance.now() - startMs < allowedMs) return told;
  const timesMs: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const before = process.cpuUsage();
    await outcomeOf(target, input);
    const { user, system } = process.cpuUsage(before);
    timesMs.push((user + system) / 1000);
  }
  const leastMs = Math.min(...timesMs);
  return leastMs < allowedMs
    ? told
    : { problem: `${String(Math.round(leastMs))} ms for ${String(bytes)} bytes` };
}

async function outcomeOf(target: Target, input: Input): Promise<Told> {
  const given = input.map((part) => part && Buffer.from(part));
  try {
    await target.run(given);
    const isSame = given.every(
      (part, index) => part === undefined || part.equals(input[index] ?? Buffer.alloc(0)),
    );
    return isSame ? 'accepted' : { problem: 'it changes the document that it reads' };
  } catch (error) {
    if (error instanceof BrokenPromise) return { problem: error.message };
    if (target.expects?.(error) === true) return 'refused';
    if (!(error instanceof AssayError)) return { problem: `no error of ours: ${untyped(error)}` };
    if (error.message.length <= maxMessageLength) return 'refused';
    return { problem: `a message of ${String(error.message.length)} characters` };
  }
}

function untyped(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /src\/[^:)]+:\d+/.exec(error.stack ?? '')?.[0] ?? '';
  return `${error.name}: ${error.message.slice(0, 200)} ${place}`;
}

/** Pieces are taken out for as long as the same is wrong with it; at most so many tries, and half a minute. */
export async function shrunk(
  target: Target,
  { input, problem, ...finding }: Finding,
  most = target.startsPrograms === undefined ? 1000 : 50,
): Promise<Finding> {
  const kindOf = (text: string) => text.replace(/\d+/g, '').slice(0, 60);
  let best = input;
  // Whoever watches takes long silence for a hang.
  const untilMs = Date.now() + maxShrinkMs;
  let left = most;
  for (let index = 0; index < best.length; index += 1) {
    for (let size = (best[index]?.length ?? 0) >> 1; size > 0 && left > 0; size >>= 1) {
      for (
        let at = 0;
        at + size <= (best[index]?.length ?? 0) && left > 0 && Date.now() < untilMs;
        left -= 1
      ) {
        const part = Buffer.from(best[index]!);
        const shorter = Buffer.concat([part.subarray(0, at), part.subarray(at + size)]);
        const next = best.with(index, shorter);
        const told = await tryOne(target, next);
        if (typeof told === 'object' && kindOf(told.problem) === kindOf(problem)) best = next;
        else at += size;
      }
    }
  }
  return { ...finding, problem, input: best };
}
