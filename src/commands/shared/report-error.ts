/** How errors look: to people, and to machines. */
import type { PrintedError } from '../../formats/own/documents/error.ts';
import type { AnnotatedPlace } from '../../model/annotation.ts';
import { TransportError, type AssayError } from '../../model/errors.ts';
import type { CommandReporter, Host } from './host.ts';

/** Does the command that runs have this flag (`--dir`)? */
export type HasFlag = (flag: string) => boolean;

/** For `--json`. */
export function errorDocument(error: AssayError, hasFlag: HasFlag): PrintedError {
  const { code, message, exitCode } = error;
  const hint = hintFor(error, hasFlag);
  return { code, message, ...(hint === undefined ? {} : { hint }), exitCode };
}

/** What is wrong and its code, what belongs to it, and what to do next. */
export function linesOf(error: AssayError, hasFlag: HasFlag): readonly string[] {
  const hint = hintFor(error, hasFlag);
  const [first = '', ...more] = error.message.split('\n');
  return [`${first} [${error.code}]`, ...more, ...(hint === undefined ? [] : [hint])];
}

/**
 * The sentences of a hint whose flags the command has. Code below the commands does not know which of them it serves:
 * it names all that helps, a sentence each.
 */
export function hintFor({ hint }: AssayError, hasFlag: HasFlag): string | undefined {
  const sentences = hint?.split(/(?<=[.?!]) (?=[A-Z])/) ?? [];
  const kept = sentences.filter((sentence) =>
    (sentence.match(/(?<![^\s(])--[a-z][a-z-]*/g) ?? []).every(hasFlag),
  );
  return kept.length === 0 ? undefined : kept.join(' ');
}

interface PlacedProblem extends Required<Pick<AnnotatedPlace, 'file' | 'line' | 'column'>> {
  /** As compilers write it: the place first. */
  readonly text: string;
}

/** What is wrong with a file of the user's, each at its place; none of an error that is about no places. */
export function placedProblems({ code, message, context }: AssayError): readonly PlacedProblem[] {
  const { file, problems, ...own } = context;
  if (typeof file !== 'string') return [];
  const listed = Array.isArray(problems) ? (problems as readonly Readonly<Record<string, unknown>>[]) : [own];
  const placed = listed.flatMap(({ line, column, path, message: what = message }) => {
    if (typeof line !== 'number' || typeof column !== 'number') return [];
    const about = typeof path !== 'string' || path === '' ? '' : `${path}: `;
    const place = `${file}:${line}:${column}: `;
    const text = String(what).startsWith(place) ? String(what) : `${place}${about}${String(what)}`;
    return [{ file, line, column, text: `${text} [${code}]` }];
  });
  // All or none: what is left out would not be told at all.
  return placed.length === listed.length ? placed : [];
}

export interface NamedFailure {
  readonly name: string;
  readonly platforms?: readonly string[];
  readonly error: AssayError;
}

/**
 * One error for everything that failed by it: a suite that cannot be read fails all of its packages. `placeOf`: where one
 * of them is asked for.
 */
export function reportFailures(
  failures: readonly NamedFailure[],
  reporter: CommandReporter,
  placeOf: (name: string) => AnnotatedPlace | undefined = () => undefined,
): void {
  const alike = Map.groupBy(failures, ({ platforms, error: { code, message, hint } }) =>
    JSON.stringify([platforms, code, message, hint]),
  );
  for (const group of alike.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const names = group.map((failure) => failure.name).join(', ');
    const where = first.platforms === undefined ? '' : ` (${first.platforms.join(', ')})`;
    reporter.failure(first.error, `${names}${where}`, placeOf(first.name));
  }
}

/** Of a run that puts files in place. That a connection was cut is no news to who cut it. */
export function reportUnfinished(
  failures: readonly NamedFailure[],
  isInterrupted: boolean,
  reporter: CommandReporter,
  { setExitCode }: Pick<Host, 'setExitCode'>,
): void {
  const told = failures.filter(({ error }) => !(isInterrupted && error instanceof TransportError));
  reportFailures(told, reporter);
  if (isInterrupted) reporter.error('interrupted: what is in place is right; run it again to go on');
  if (failures.length > 0) setExitCode(worstExitCode(failures.map(({ error }) => error)));
}

/** Of several failures: a refusal that a person must look at outranks one that may pass by itself. */
export function worstExitCode(errors: readonly AssayError[]): number {
  return errors.reduce((worst, { exitCode }) => Math.max(worst, exitCode), 0);
}
