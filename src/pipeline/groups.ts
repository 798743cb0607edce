/** Entries of a source that have one version: they change together, or not at all. No I/O. */
import type { Catalogue } from '../formats/catalogue.ts';
import { PolicyError } from '../model/errors.ts';
import type { Assembled, Refusal } from './assemble.ts';
import { sourceKinds } from '../sources/registry.ts';
import { entryAt } from './slots.ts';
import type { Target } from './targets.ts';

/** Do all entries of this source have one version? */
export function movesTogether(catalogue: Catalogue, sourceName: string): boolean {
  const source = catalogue.sources[sourceName];
  return source !== undefined && sourceKinds[source.type]?.movesTogether === true;
}

/** These entries, and those that must stay as they are if these do. */
export function withGroups(
  names: readonly string[],
  { dependencies }: Target,
  catalogue: Catalogue,
): ReadonlySet<string> {
  const sources = dependencies
    .filter(({ name, source }) => names.includes(name) && movesTogether(catalogue, source.from))
    .map(({ source }) => source.from);
  const group = dependencies.filter(({ source }) => sources.includes(source.from));
  return new Set([...names, ...group.map(({ name }) => name)]);
}

/** Refuses versions that differ. Of the entries that this run changes: what stood there before is not this run's to judge. */
export function splitGroups({ state, changes }: Assembled, catalogue: Catalogue): readonly Refusal[] {
  const { target, manifest } = state;
  const changed = new Set(changes.map(({ name }) => name));
  const members = target.dependencies.filter(
    ({ source, stub }) => stub !== true && movesTogether(catalogue, source.from),
  );
  return [...Map.groupBy(members, ({ source }) => source.from)].flatMap(([from, group]) => {
    const versions = group.flatMap((dependency) => {
      const entry = entryAt(manifest.vmconfig, dependency);
      return entry === undefined ? [] : [{ name: dependency.name, version: entry.version }];
    });
    const [first] = versions;
    const isWhole = versions.every(({ version }) => version === first?.version);
    if (isWhole || !versions.some(({ name }) => changed.has(name))) return [];
    const listed = versions.map(({ name, version }) => `${name} ${version}`).join(', ');
    const error = new PolicyError(
      'CROSS_CHECK_FAILED',
      `${target.fileName}: what comes from ${from} must have one version, and would be ${listed}`,
      { hint: 'Update all of them in one run.', context: { source: from, versions } },
    );
    return versions.filter(({ name }) => changed.has(name)).map(({ name }) => ({ name, error }));
  });
}
