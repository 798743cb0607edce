/**
 * What a JSON value has to be, as a function that gives it back as it is understood: for the few documents that are read
 * whenever a Sigstore signature is verified. To load zod and to make their schemas of it takes an eighth of such a process
 * (docs/benchmarks.md). All else is zod's, above all what people write, whose mistakes are told at once: here the first
 * one is, in the same words.
 *
 * Protobuf's JSON writes `null` for a field that is absent, whatever its type; one that must be there is refused as
 * `null`, as it is without.
 */
import { Buffer } from 'node:buffer';
import { decodeBase64 } from '../text/base64.ts';
import { didYouMean, oneOf, tellFound, type Problem } from '../text/problems.ts';

/** Throws ShapeError. */
export type Shape<Out> = (value: unknown, path: Path) => Out;
export type Shaped<S> = S extends Shape<infer Out> ? Out : never;

type Path = readonly PropertyKey[];
type Fields = Readonly<Record<string, Shape<unknown>>>;
type Read<F extends Fields> = { readonly [K in keyof F]: Shaped<F[K]> };

/** What is wrong, and where. */
export class ShapeError extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/** As `check` of problems.ts does: undefined where there is a problem, which is added to `problems`. */
export function checkShape<Out>(shape: Shape<Out>, value: unknown, problems: Problem[]): Out | undefined {
  try {
    return shape(value, []);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    problems.push(error);
    return undefined;
  }
}

/** Whatever it is, it is there. */
export const anything: Shape<unknown> = (value, path) => {
  if (value === undefined) throw new ShapeError(path, 'is missing');
  return value;
};

/** A whole number that is exact, not below 0. */
export const natural: Shape<number> = (value, path) => {
  if (typeof value !== 'number') throw ofType('int', value, path);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ShapeError(path, `must be a whole number from 0 on${tellFound(value)}`);
};

export const text: Shape<string> = (value, path) => {
  if (typeof value === 'string') return value;
  throw ofType('string', value, path);
};

export function choice<const Choice extends string>(...choices: readonly Choice[]): Shape<Choice> {
  return (value, path) => {
    const found = choices.find((one) => one === value);
    if (found !== undefined) return found;
    if (value === undefined) throw new ShapeError(path, 'is missing');
    throw new ShapeError(path, `must be ${oneOf(choices)}${tellFound(value, choices)}`);
  };
}

export function list<Out>(item: Shape<Out>): Shape<Out[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw ofType('array', value, path);
    return value.map((one: unknown, index) => item(one, [...path, index]));
  };
}

/** Names that are anything, of values that are not. */
export function record<Out>(item: Shape<Out>): Shape<Readonly<Record<string, Out>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(membersOf(value, path)).map(([name, one]) => [name, item(one, [...path, name])]),
    );
}

/** Other fields are ignored. */
export function known<F extends Fields>(fields: F): Shape<Read<F>> {
  const shapes = Object.entries(fields);
  return (value, path) => {
    const members = membersOf(value, path);
    return Object.fromEntries(
      shapes.map(([name, shape]) => [
        name,
        shape(Object.hasOwn(members, name) ? members[name] : undefined, [...path, name]),
      ]),
    ) as Read<F>;
  };
}

/** Other fields are named, for the reader to judge. */
export function open<F extends Fields>(fields: F): Shape<Read<F> & { readonly others: readonly string[] }> {
  const read = known(fields);
  return (value, path) => ({ ...read(value, path), others: othersIn(value, fields) });
}

/** Other fields are refused. */
export function strict<F extends Fields>(fields: F): Shape<Read<F>> {
  const read = known(fields);
  return (value, path) => {
    const found = read(value, path);
    const [other] = othersIn(value, fields);
    if (other === undefined) return found;
    throw new ShapeError([...path, other], `is not a known key${didYouMean(other, Object.keys(fields))}`);
  };
}

/** Undefined where it is absent. */
export function absent<Out>(shape: Shape<Out>): Shape<Out | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path));
}

export function absentAs<Out>(shape: Shape<Out>, instead: Out): Shape<Out> {
  return (value, path) => (value === undefined || value === null ? instead : shape(value, path));
}

/** `message`: what it must be. */
export function where<Out>(shape: Shape<Out>, holds: (value: Out) => boolean, message: string): Shape<Out> {
  return (value, path) => {
    const read = shape(value, path);
    if (holds(read)) return read;
    throw new ShapeError(path, `${message}${tellFound(value)}`);
  };
}

/** Of text or a list. */
export function filled<Out extends string | readonly unknown[]>(shape: Shape<Out>): Shape<Out> {
  return where(shape, ({ length }) => length > 0, 'must not be empty');
}

export function atMost<Out>(count: number, item: Shape<Out>): Shape<Out[]> {
  return where(list(item), ({ length }) => length <= count, `must have at most ${String(count)} members`);
}

export function as<Out, Made>(shape: Shape<Out>, make: (value: Out) => Made): Shape<Made> {
  return (value, path) => make(shape(value, path));
}

/** Some bytes, in canonical base64: it stays text, so that a decoder that is told to do so may decode it. */
export const base64 = where(
  filled(text),
  (found) => decodeBase64(found) !== undefined,
  'must be base64 in its canonical form',
);

export const bytes = as(base64, (found) => Buffer.from(found, 'base64'));

function membersOf(value: unknown, path: Path): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw ofType('object', value, path);
  return value as Readonly<Record<string, unknown>>;
}

function othersIn(value: unknown, fields: Fields): readonly string[] {
  return Object.keys(value as object).filter((name) => !Object.hasOwn(fields, name));
}

/** The error of a value that is of another type. */
export function ofType(type: string, value: unknown, path: Path): ShapeError {
  return new ShapeError(
    path,
    value === undefined ? 'is missing' : `must be of type ${type}${tellFound(value)}`,
  );
}
