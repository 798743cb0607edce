/**
 * Asks the sources and settles what becomes of the manifests; and once more where a refusal may be the fault of what an
 * earlier run kept. A server that says "not modified" speaks of validators that some earlier answer came with: before
 * that counts as a refusal, everything is fetched whole.
 */
import type { Remembered } from '../../formats/own/evidence.ts';
import { TransportError, type AssayError } from '../../model/errors.ts';
import type { Reporter } from '../../model/ports.ts';
import { ask, type Answers, type AskInput } from './ask.ts';
import type { TargetState } from './manifest-state.ts';
import type { Asking } from './questions.ts';
import { settleAll, type SettleAllInput } from './settle-all.ts';
import type { Settled } from './settle.ts';

export interface Look {
  readonly answers: Answers;
  /** In the order of the states. */
  readonly settled: readonly Settled[];
}

export interface LookInput extends AskInput, Omit<SettleAllInput, 'memo'> {}

export async function lookTwice(
  states: readonly TargetState[],
  questions: readonly Asking[],
  known: Remembered,
  given: LookInput,
): Promise<Look> {
  const input = { ...given, reporter: sayOnce(given.reporter), memo: new Map<string, Promise<unknown>>() };
  const answers = await ask(questions, known, input);
  const settled = await settleAll(states, answers, input);
  const doubtful = [...refusedSources(settled, input)].filter(
    (name) => answers.revalidations.get(name)?.hasReused() === true,
  );
  if (doubtful.length === 0) return { answers, settled };

  input.reporter.step(`refused what the cache holds of ${doubtful.join(', ')}: fetching it whole`);
  for (const name of doubtful) await answers.revalidations.get(name)?.forget();
  const again = await ask(
    questions.filter(({ dependency }) => doubtful.includes(dependency.source.from)),
    // The dates of the first answers bound the second; a log that is asked twice in a breath may answer from a copy.
    { ...answers.remembered, logs: known.logs },
    { ...input, refresh: 'all' },
  );
  const merged: Answers = {
    byKey: new Map([...answers.byKey, ...again.byKey]),
    remembered: {
      dates: again.remembered.dates,
      logs: new Map([...answers.remembered.logs, ...again.remembered.logs]),
    },
    revalidations: new Map([...answers.revalidations, ...again.revalidations]),
  };
  return { answers: merged, settled: await settleAll(states, merged, input) };
}

/** For a run whose results are written: what was verified and used may be asked about by the next one. */
export async function keepValidators(
  { answers, settled }: Look,
  input: Pick<LookInput, 'catalogue'>,
): Promise<void> {
  const failed = failedSources(settled, input, () => true);
  for (const [name, revalidation] of answers.revalidations) {
    if (!failed.has(name)) await revalidation.keep();
  }
}

function refusedSources(settled: readonly Settled[], input: LookInput): ReadonlySet<string> {
  return failedSources(settled, input, isRefusal);
}

/** The sources of the entries that failed, by whatever check. */
function failedSources(
  settled: readonly Settled[],
  { catalogue }: Pick<LookInput, 'catalogue'>,
  counts: (error: AssayError) => boolean,
): ReadonlySet<string> {
  const names = new Set(
    settled.flatMap(({ failures }) => failures.filter(({ error }) => counts(error)).map(({ name }) => name)),
  );
  const failed = catalogue.dependencies.filter(({ name }) => names.has(name));
  return new Set(failed.map(({ source }) => source.from));
}

/** What may pass by itself says nothing about what was fetched before it. */
function isRefusal(error: AssayError): boolean {
  return !(error instanceof TransportError && (error.retryable || error.code === 'RATE_LIMITED'));
}

/** A source that is asked twice has the same things to say. */
function sayOnce(reporter: Reporter): Reporter {
  const said = new Set<string>();
  const once = (say: (message: string) => void) => (message: string) => {
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
  return {
    ...reporter,
    warn: once((message) => reporter.warn(message)),
    info: once((message) => reporter.info(message)),
  };
}
