/** Entries of a source that have one version: they change together, or not at all. No I/O. */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { PolicyError } from '../../model/errors.ts';
import type { Assembled, Refusal } from './assemble.ts';
import { sourceKinds } from '../../sources/registry.ts';
import { entryAt } from '../shared/slots.ts';
import type { Target, TargetDependency } from './targets.ts';

/** Do all entries of this source have one version? */
export function movesTogether(catalogue: Catalogue, sourceName: string): boolean {
  const source = catalogue.sources[sourceName];
  return source !== undefined && sourceKinds[source.type]?.movesTogether !== undefined;
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

/**
 * What moves together in all manifests of a run: of each server that has one version for several entries (Kubernetes),
 * and of each architecture where those have versions of their own. By entry and manifest the name of its group;
 * undefined where there is nothing that could get ahead.
 */
export function groupAcross(
  targets: readonly Target[],
  catalogue: Catalogue,
): (dependency: TargetDependency, target: Target) => string | undefined {
  const nameOf = ({ source: { from } }: TargetDependency, { platform }: Target) => {
    const source = catalogue.sources[from];
    const isByArchitecture = source && sourceKinds[source.type]?.isByArchitecture?.(source as never);
    return isByArchitecture === true ? `${from} ${platform.arch}` : from;
  };
  const isAcross = ({ source: { from } }: TargetDependency) =>
    sourceKinds[catalogue.sources[from]?.type ?? '']?.movesTogether === 'in all manifests';
  const members = new Map<string, Set<string>>();
  for (const target of targets) {
    for (const dependency of target.dependencies) {
      if (dependency.stub === true || !isAcross(dependency)) continue;
      const group = nameOf(dependency, target);
      members.set(group, (members.get(group) ?? new Set()).add(dependency.name));
    }
  }
  return (dependency, target) => {
    const group = nameOf(dependency, target);
    return (members.get(group)?.size ?? 0) > 1 ? group : undefined;
  };
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
