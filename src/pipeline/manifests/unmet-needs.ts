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
  const own = Map.groupBy(debs, ({ name }) => name);
  const isReplaced = ({ name, architecture }: PackageFacts) =>
    own.get(name)?.some((one) => isSame(one.architecture, architecture, native)) === true;
  // What is installed over a package of the image takes its place.
  const there = byName([...debs, ...(image ?? []).filter((one) => !isReplaced(one))]);
  return debs.flatMap((of) =>
    of.needs.flatMap((need): UnmetNeed[] => {
      if (isMet(need, there, native)) return [];
      const { relations } = need;
      // The image may have what the manifest does not name.
      if (image === undefined && !relations.every(({ name }) => own.has(name))) return [];
      const candidates = relations.flatMap(({ name }) => there.get(name) ?? []);
      const named = (one: PackageFacts) => relations.some(({ name }) => name === one.name);
      return [{ of, need, instead: candidates.filter(named) }];
    }),
  );
}

/** Needs that only the image can meet, and that are not judged where nobody says what it has. */
export function needsOfImage(debs: readonly PackageFacts[], native: string): readonly PackageFacts[] {
  const there = byName(debs);
  return debs.filter(({ needs }) => needs.some((need) => !isMet(need, there, native)));
}

function isMet(
  { relations }: Alternatives,
  there: ReadonlyMap<string, readonly PackageFacts[]>,
  native: string,
): boolean {
  return relations.some((relation) =>
    there.get(relation.name)?.some((one) => satisfies(one, relation, native)),
  );
}

/** Under their own names, and under those that they provide. */
function byName(packages: readonly PackageFacts[]): ReadonlyMap<string, readonly PackageFacts[]> {
  const found = new Map<string, PackageFacts[]>();
  for (const one of packages) {
    for (const name of new Set([one.name, ...one.provides.map((provided) => provided.name)])) {
      const others = found.get(name);
      if (others === undefined) found.set(name, [one]);
      else others.push(one);
    }
  }
  return found;
}

function isSame(one: string, other: string, native: string): boolean {
  const of = (architecture: string) => (architecture === 'all' ? native : architecture);
  return of(one) === of(other);
}
