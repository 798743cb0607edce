/** `keep` of the catalogue: entries of manifests that nobody wants any more, and that stay for a reason. */
import type { Catalogue, CatalogueSchemas } from './catalogue-schema.ts';
import { osImageName } from './manifest-schema.ts';
import type { Problem } from '../text/problems.ts';

export interface Wanted extends Pick<Catalogue, 'sources' | 'dependencies'> {
  /** The keys of all dependencies, those among them that could not be read. */
  readonly names: readonly string[];
}

/** What the catalogue has is resolved, and never kept as it is. */
export function checkKeep(
  keep: Readonly<Record<string, string>>,
  { names, sources, dependencies }: Wanted,
  schemas: CatalogueSchemas,
  problems: Problem[],
): void {
  const repositories = new Set(
    dependencies.flatMap(({ source }) => {
      const spec = sources[source.from];
      const image = spec && schemas.sources[spec.type]?.image?.(spec as never, source as never);
      return image?.repository ?? [];
    }),
  );
  const isKnown = (name: string) =>
    names.includes(name) ||
    repositories.has(name.slice(0, name.lastIndexOf(':'))) ||
    (name === osImageName && dependencies.some(({ type }) => type === 'qcow2'));
  for (const name of Object.keys(keep)) {
    if (!isKnown(name)) continue;
    problems.push({ path: ['keep', name], message: 'is for what the catalogue does not have', at: 'key' });
  }
}
