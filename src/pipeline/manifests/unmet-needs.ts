/**
 * Do the .debs of a manifest have what they depend on: each other, and what the OS image is declared to have? Where that
 * is not declared, only what the manifest itself decides is judged. No I/O.
 */
import { satisfies, type Alternatives, type PackageFacts } from '../../formats/upstream/debian-relations.ts';

export interface UnmetNeed {
  readonly of: PackageFacts;
  readonly need: Alternatives;
  /** What there is under the names that it gives, and does not do. */
  readonly instead: readonly PackageFacts[];
}

/** `image`: undefined where nobody says what it has. */
export function findUnmetNeeds(
  debs: readonly PackageFacts[],
  image: readonly PackageFacts[] | undefined,
  native: string,
): readonly UnmetNeed[] {
  const isReplaced = (one: PackageFacts) =>
    debs.some(
      ({ name, architecture }) => name === one.name && isSame(architecture, one.architecture, native),
    );
  // What is installed over a package of the image takes its place.
  const there = [...debs, ...(image ?? []).filter((one) => !isReplaced(one))];
  return debs.flatMap((of) =>
    of.needs.flatMap((need): UnmetNeed[] => {
      const { relations } = need;
      if (there.some((one) => relations.some((relation) => satisfies(one, relation, native)))) return [];
      const named = (one: PackageFacts) => relations.some(({ name }) => name === one.name);
      // The image may have what the manifest does not name.
      const isDecided = relations.every(({ name }) => debs.some((one) => one.name === name));
      return image === undefined && !isDecided ? [] : [{ of, need, instead: there.filter(named) }];
    }),
  );
}

/** Needs that only the image can meet, and that are not judged where nobody says what it has. */
export function needsOfImage(debs: readonly PackageFacts[], native: string): readonly PackageFacts[] {
  return debs.filter(({ needs }) =>
    needs.some(
      ({ relations }) => !debs.some((one) => relations.some((relation) => satisfies(one, relation, native))),
    ),
  );
}

function isSame(one: string, other: string, native: string): boolean {
  const of = (architecture: string) => (architecture === 'all' ? native : architecture);
  return of(one) === of(other);
}
