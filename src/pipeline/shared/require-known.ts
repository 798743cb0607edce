/** Names that a user gives on the command line: one that names nothing must not look like success. */
import { nearestOf, show } from '../../formats/text/problems.ts';
import { UsageError } from '../../model/errors.ts';

/** `owner`: who knows the names, for messages. Throws UsageError `USAGE` for a name that is not among `known`. */
export function requireKnown(
  flag: string,
  given: readonly string[] | undefined,
  known: Iterable<string>,
  owner: string,
): void {
  const names = new Set(known);
  const unknown = new Set(given?.filter((name) => !names.has(name)));
  if (unknown.size === 0) return;
  const told = [...unknown].map((name) => ({ name, near: nearestOf(name, names) }));
  const near = told.flatMap((one) => (one.near === undefined ? [] : [show(one.near)]));
  const guess = near.length === 0 ? '' : `; did you mean ${[...new Set(near)].join(' and ')}?`;
  throw new UsageError(
    'USAGE',
    `${flag} names ${told.map(({ name }) => show(name)).join(', ')}, which ${owner} does not have${guess}`,
    { hint: names.size === 0 ? 'It has none.' : `It has: ${[...names].join(', ')}.` },
  );
}
