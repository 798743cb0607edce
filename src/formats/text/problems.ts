/**
 * What is wrong with a file that a person wrote: all of it at once, each with the path of its field.
 * Turns zod's issues into sentences for people ("must be …, found …", "did you mean …").
 */
import type { z } from 'zod';
import { asRecord } from './record.ts';

export interface Problem {
  /** From the document's root. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** What may be shown of the path, where that is not all of it: a key can be a secret in the wrong place. */
  readonly shownPath?: readonly PropertyKey[];
  /** Where to point: at the value (default) or at the key itself, as for a key that nobody knows. */
  readonly at?: 'key' | 'value';
}

/** From 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is told of one value: past that many the cause is one, and elsewhere. */
const maxProblems = 1000;

export interface CheckOptions {
  /** False where values are secrets: messages then say what is wanted, and not what was found. */
  readonly showsValues?: boolean;
}

/**
 * Checks an untrusted value against a schema. Problems are added to `problems`, under `base`; the result is
 * undefined if there are any, so that the caller can go on and find the next ones.
 */
export function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  base: readonly PropertyKey[],
  problems: Problem[],
  { showsValues = true }: CheckOptions = {},
): z.output<S> | undefined {
  // What the schema knows, by the object that it was looked for in: zod's issues do not say it.
  const knownKeys = new Map<unknown, readonly string[]>();
  try {
    const result = schema.safeParse(value, {
      reportInput: showsValues,
      error: (issue) => {
        if (issue.code === 'unrecognized_keys') knownKeys.set(issue.input, shapeKeys(issue.inst));
        return describe(issue);
      },
    });
    if (result.success) return result.data;
    const most = problems.length + maxProblems;
    for (const problem of fromIssues(result.error.issues, base, { knownKeys, showsValues })) {
      if (problems.push(problem) === most) break;
    }
  } catch (error) {
    // zod hands issues up by spreading them, which ends its stack where there are hundreds of thousands.
    if (!(error instanceof RangeError)) throw error;
    problems.push({ path: base, message: 'has more mistakes than can be listed' });
  }
  return undefined;
}

interface Telling extends Required<CheckOptions> {
  /** By the object that a key was looked for in. */
  readonly knownKeys: ReadonlyMap<unknown, readonly string[]>;
}

/** As they are asked for: a list of a million is never made. */
function* fromIssues(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[],
  telling: Telling,
): Generator<Problem> {
  for (const issue of issues) yield* fromIssue(issue, base, telling);
}

function* fromIssue(
  issue: z.core.$ZodIssue,
  base: readonly PropertyKey[],
  telling: Telling,
): Generator<Problem> {
  const path = [...base, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = telling.knownKeys.get(issue.input) ?? [];
      for (const key of issue.keys) {
        yield { path: [...path, key], message: `is not a known key${didYouMean(key, known)}`, at: 'key' };
      }
      return;
    }
    case 'invalid_key': {
      const reason = issue.issues[0]?.message ?? issue.message;
      yield { path, message: `${reason}${telling.showsValues ? tellFound(path.at(-1)) : ''}`, at: 'key' };
      return;
    }
    case 'invalid_union': {
      // The alternative that was nearly met is the one that was meant: never one of another type altogether.
      const isOtherType = (errors: readonly z.core.$ZodIssue[]) =>
        Number(errors.some(({ code, path: inner }) => code === 'invalid_type' && inner.length === 0));
      const [nearest] = [...issue.errors].sort(
        (a, b) => isOtherType(a) - isOtherType(b) || a.length - b.length,
      );
      if (nearest === undefined) yield { path, message: `${issue.message}${foundTag(issue)}` };
      else yield* fromIssues(nearest, path, telling);
      return;
    }
    default:
      yield { path, message: `${issue.message}${tellFound(issue.input, choicesOf(issue))}` };
  }
}

function choicesOf(issue: z.core.$ZodIssue): readonly unknown[] {
  return issue.code === 'invalid_value' ? issue.values : [];
}

/** The field that says which alternative it is. */
function foundTag({ discriminator, input, ...issue }: z.core.$ZodIssueInvalidUnion): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? (issue.options as unknown[]) : [];
  return discriminator === undefined ? '' : tellFound(asRecord(input)[discriminator], options);
}

/** Undefined leaves the message to the schema or to zod. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be of type ${issue.expected}`;
    case 'invalid_value':
      return issue.input === undefined ? 'is missing' : `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? undefined : `must be ${oneOf(issue.options)}`;
    default:
      return undefined;
  }
}

/** `"apt" or "github"`. */
export function oneOf(values: unknown): string {
  return Array.isArray(values) ? values.map(show).join(' or ') : '';
}

function shapeKeys(inst: unknown): readonly string[] {
  const shape = (inst as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

/** `choices`: what could have been meant. */
export function tellFound(input: unknown, choices: readonly unknown[] = []): string {
  if (input === undefined || (typeof input === 'object' && input !== null)) return '';
  const words = choices.filter((choice) => typeof choice === 'string');
  return `, found ${show(input)}${typeof input === 'string' ? didYouMean(input, words) : ''}`;
}

const shownLength = 80;

/** A value on one line, cut short, with control characters escaped: safe to print. */
export function show(value: unknown): string {
  const shown = typeof value === 'string' ? value.slice(0, shownLength + 1) : value;
  const text = (JSON.stringify(shown) as string | undefined) ?? String(value);
  const printable = text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return printable.length > shownLength ? `${printable.slice(0, shownLength)}…` : printable;
}

/** `dependencies.libpq5.kinds[0]`; keys that would read ambiguously are quoted. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w+-]{1,100}$/.test(String(step))) text += `${text === '' ? '' : '.'}${String(step)}`;
    else text += `[${show(String(step))}]`;
  }
  return text;
}

/** `; did you mean "debian"?`, or nothing where no option is near. */
export function didYouMean(word: string, options: Iterable<string>): string {
  const best = nearestOf(word, options);
  return best === undefined ? '' : `; did you mean ${show(best)}?`;
}

/** Of several equally near ones the first; capital letters are no difference, where nothing is nearer. */
export function nearestOf(word: string, options: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  const small = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const option of options) {
    const isSameButForCase = option !== word && option.toLowerCase() === small;
    const distance = isSameButForCase ? 0.5 : editDistance(word, option);
    if (distance < bestDistance) [best, bestDistance] = [option, distance];
  }
  return best;
}

/** Damerau's distance (optimal string alignment): letters added, left out, replaced, or two of them swapped. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  const at = (cells: readonly number[], index: number): number => cells[index] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replaced, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    [before, row] = [row, next];
  }
  return at(row, b.length);
}
