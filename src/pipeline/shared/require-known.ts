/** Names that a user gives on the command line: one that names nothing must not look like success. */
import { didYouMean, show } from '../../formats/text/problems.ts';
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
  const [first] = unknown;
  if (first === undefined) return;
  const guess = unknown.size === 1 ? didYouMean(first, names) : '';
  throw new UsageError(
    'USAGE',
    `${flag} names ${[...unknown].map(show).join(', ')}, which ${owner} does not have${guess}`,
    { hint: names.size === 0 ? 'It has none.' : `It has: ${[...names].join(', ')}.` },
  );
}
