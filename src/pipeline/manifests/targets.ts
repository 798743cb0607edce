/**
 * Which manifests a run is about, and which of their entries: the catalogue seen through the user's
 * filters. No I/O.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Catalogue, Dependency } from '../../formats/own/catalogue.ts';
import { anchorsNamedIn } from '../../formats/own/catalogue-anchors.ts';
import type { Question } from '../../formats/own/evidence.ts';
import { manifestFileName } from '../../formats/own/manifest.ts';
import type { Ordering } from '../../formats/own/version-order.ts';
import type { Architecture, Platform } from '../../model/artifact.ts';
import { UsageError } from '../../model/errors.ts';
import { oncePer } from '../../model/once-per.ts';
import { sourceKinds } from '../../sources/registry.ts';
import { anchorKinds } from '../../verify/anchors/registry.ts';
import type { Expectation, Known } from '../../sources/source.ts';
import { requireKnown } from '../shared/require-known.ts';
import type { Placed } from '../shared/slots.ts';

export interface Filters {
  /** Dependency keys; undefined for all. */
  readonly only?: readonly string[] | undefined;
  /** Dependency keys that are to be resolved again: no filter, and looked at as one. */
  readonly refresh?: readonly string[] | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly os?: readonly string[] | undefined;
  readonly architectures?: readonly string[] | undefined;
}

/** A dependency as a manifest has it. */
export interface TargetDependency extends Dependency, Pick<Placed, 'image'> {
  /** How its source orders versions. */
  readonly ordering: Ordering;
}

/** One manifest to be. */
export interface Target {
  readonly kind: string;
  readonly platform: Platform;
  /** For example `knc.debian-13.amd64.json`. */
  readonly fileName: string;
  /** All that belongs into it. */
  readonly dependencies: readonly TargetDependency[];
  /** Those of them that this run may change. */
  readonly selected: ReadonlySet<string>;
}

/** Throws UsageError `USAGE` for a filter that names nothing: a typing error must not look like success. */
export function targetsOf(catalogue: Catalogue, filters: Filters): readonly Target[] {
  const platforms = catalogue.platforms.flatMap(({ os, architectures }) =>
    architectures.map((arch: Architecture): Platform => ({ os, arch })),
  );
  const names = catalogue.dependencies.map((dependency) => dependency.name);
  const { only, refresh, kinds, os, architectures } = filters;
  const values = (key: 'os' | 'arch') => platforms.map((platform) => platform[key]);
  requireKnown('--only', only, names, 'the catalogue');
  requireKnown('--refresh', refresh, names, 'the catalogue');
  requireKnown('--kind', kinds, catalogue.kinds, 'the catalogue');
  requireKnown('--os', os, values('os'), 'the catalogue');
  requireKnown('--arch', architectures, values('arch'), 'the catalogue');
  refuseDisabled(catalogue, [...(only ?? []), ...(refresh ?? [])]);

  const isWanted = (wanted: readonly string[] | undefined, name: string) => wanted?.includes(name) ?? true;
  const targets = catalogue.kinds
    .filter((kind) => isWanted(filters.kinds, kind))
    .flatMap((kind) =>
      platforms
        .filter(({ os, arch }) => isWanted(filters.os, os) && isWanted(filters.architectures, arch))
        .map((platform) => {
          const dependencies = catalogue.dependencies
            .filter((one) => belongs(one, kind, platform))
            .map((one) => asTarget(one, catalogue));
          const selected = dependencies.map((one) => one.name).filter((name) => isWanted(filters.only, name));
          const fileName = manifestFileName(kind, platform.os, platform.arch);
          return { kind, platform, fileName, dependencies, selected: new Set(selected) };
        }),
    );
  requireSelected(targets, filters);
  return targets;
}

/** Each filter names something, and together they must not name nothing. Throws UsageError `USAGE`. */
function requireSelected(targets: readonly Target[], { only, refresh }: Filters): void {
  const hint = 'Leave out --kind, --os or --arch, or name another.';
  if (targets.length === 0) {
    throw new UsageError('USAGE', 'no manifest is of this kind, OS and architecture', { hint });
  }
  for (const [flag, given] of Object.entries({ '--only': only, '--refresh': refresh })) {
    const missing = given?.filter((name) => !targets.some(({ selected }) => selected.has(name))) ?? [];
    if (missing.length === 0) continue;
    throw new UsageError(
      'USAGE',
      `${flag} names ${missing.join(', ')}, which is in none of the manifests of this run`,
      { hint },
    );
  }
}

function belongs(dependency: Dependency, kind: string, platform: Platform): boolean {
  if (!dependency.enabled || !dependency.kinds.includes(kind)) return false;
  return (
    dependency.platforms?.some(
      ({ os, architectures }) => os === platform.os && architectures.includes(platform.arch),
    ) ?? true
  );
}

function refuseDisabled(catalogue: Catalogue, named: readonly string[]): void {
  const disabled = catalogue.dependencies.find((one) => !one.enabled && named.includes(one.name));
  if (disabled === undefined) return;
  throw new UsageError(
    'USAGE',
    `${disabled.name} is not enabled in the catalogue: ${disabled.reason ?? ''}`,
    {
      hint: 'Remove "enabled: false" from its entry once the reason is gone.',
    },
  );
}

function asTarget(dependency: Dependency, catalogue: Catalogue): TargetDependency {
  const source = catalogue.sources[dependency.source.from];
  const kind = source && sourceKinds[source.type];
  if (kind === undefined) throw new TypeError(`no source ${dependency.source.from}`);
  const ordering = kind.ordering(source as never);
  const image =
    dependency.type === 'oci-image' ? kind.image?.(source as never, dependency.source as never) : undefined;
  return { ...dependency, ordering, ...(image === undefined ? {} : { image }) };
}

/** The trust anchors, by name, that the entries rest on which a run with these filters may change. */
export function anchorsWanted(catalogue: Catalogue, filters: Filters): ReadonlySet<string> {
  const wanted = targetsOf(catalogue, filters).flatMap(({ dependencies, selected }) =>
    dependencies.filter(({ name, stub }) => selected.has(name) && stub !== true),
  );
  // Many entries share a source.
  const sources = new Set(wanted.map(({ source }) => catalogue.sources[source.from]));
  const values = [...sources, ...wanted.map(({ verification }) => verification)];
  return new Set(anchorsNamedIn(values, anchorKinds).map(({ name }) => name));
}

/** What follows from the catalogue for an entry that is known. Throws as `SourceKind.expect` does. */
export function expectationOf(
  catalogue: Catalogue,
  dependency: TargetDependency,
  { platform, kind }: Target,
  known: Known,
): Expectation {
  const source = catalogue.sources[dependency.source.from];
  const sourceKind = source && sourceKinds[source.type];
  if (sourceKind === undefined) throw new TypeError(`no source ${dependency.source.from}`);
  const { name, type } = dependency;
  const entry = dependency.source as never;
  return sourceKind.expect(
    source as never,
    { name, type, platform, kind: kindOf(dependency, kind), entry },
    known,
  );
}

/** The kind that a question is about: undefined where the answer is the same for all kinds. */
export function kindOf(dependency: Dependency, kind: string): string | undefined {
  return namesKind(dependency) ? kind : undefined;
}

const namesKind = oncePer(({ source, verification }: Dependency) =>
  JSON.stringify([source, verification]).includes('{kind}'),
);

/** Names what is asked of a source once, however many kinds want it. */
export function questionKey(name: string, platform: Platform, kind?: string): string {
  return [name, platform.os, platform.arch, ...(kind === undefined ? [] : [kind])].join(' ');
}

/** All that the catalogue says of an entry: when it says something else, the entry is resolved again. */
export function questionAbout(
  dependency: Dependency,
  { platform, kind }: Pick<Target, 'platform' | 'kind'>,
): Question {
  const { name, type, providers, asked } = dependency;
  const own = kindOf(dependency, kind);
  return {
    ...{ name, type, ...platform },
    ...(own === undefined ? {} : { kind: own }),
    ...(providers === undefined ? {} : { providers }),
    source: { ...asked.source },
    entry: { ...asked.entry },
    verification: { ...asked.verification },
  };
}

export function isSameQuestion(one: Question | undefined, other: Question): boolean {
  return isDeepStrictEqual(one, other);
}

export function isSamePlatform(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.arch === other.arch;
}
