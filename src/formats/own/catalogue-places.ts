/**
 * The places that entries of the catalogue take in manifests: each has one of its own, and `keep` names those that
 * nobody takes. What is wrong here would be found by the manifest otherwise, after all the work.
 */
import { isInstallable, type ArtifactType, type FileType } from '../../model/artifact.ts';
import type { Catalogue, CatalogueSchemas, Dependency } from './catalogue-schema.ts';
import { placeOf } from './manifest-entries.ts';
import { osImageKey, osImageName, stubKey } from './manifest-schema.ts';
import { stagedName } from './vm-paths.ts';
import type { Problem } from '../text/problems.ts';

export interface Wanted extends Pick<Catalogue, 'sources' | 'dependencies'> {
  /** The keys of all dependencies, those among them that could not be read. */
  readonly names: readonly string[];
}

/** No two entries of a manifest have one place, or one file among the artifacts. */
export function checkPlaces(
  { sources, dependencies }: Pick<Wanted, 'sources' | 'dependencies'>,
  schemas: CatalogueSchemas,
  problems: Problem[],
): void {
  const taken = new Map<string, Dependency[]>();
  const own = dependencies.find((other) => other.name === stubKey && other.enabled);
  for (const dependency of dependencies) {
    const { name, type, stub } = dependency;
    const refuse = (message: string) => problems.push({ path: ['dependencies', name], message, at: 'key' });
    if (stub === true && (name !== stubKey || type !== 'tar.gz')) {
      refuse(`is a stub, which only a tar.gz called ${stubKey} may be`);
    }
    const place = placeTaken(dependency, repositoryOf(dependency, sources, schemas));
    if (type !== 'qcow2' && (name === osImageKey || place === osImageFile))
      refuse('is named as the OS image is');
    if (!dependency.enabled) continue;
    if (!isInstallable(type) && own !== undefined && meet(dependency, own)) refuse(uninstallable(type));
    const others = taken.get(place) ?? [];
    const rival = others.find((other) => meet(dependency, other));
    if (rival !== undefined) refuse(`takes the place of ${rival.name} in a manifest: both are ${place}`);
    taken.set(place, [...others, dependency]);
  }
}

/** The install script of a VM ends at a type that it has no rule for. */
function uninstallable(type: ArtifactType): string {
  return `is of the type ${type}, in a manifest with ${stubKey}: its install script has no rule for one`;
}

const osImageFile = stagedAs(osImageKey, 'qcow2');

/** Of a file the name among the artifacts, where no two may have the same. */
function placeTaken({ type, name }: Dependency, repository: string | undefined): string {
  return type === 'qcow2' || type === 'oci-image' ? placeOf(type, name, repository) : stagedAs(name, type);
}

function stagedAs(key: string, type: FileType): string {
  return `staged as ${stagedName(key, type)}`;
}

/** Is there a manifest that has both of them? */
function meet(one: Dependency, other: Dependency): boolean {
  const platforms = ({ platforms: own }: Dependency) =>
    own?.flatMap(({ os, architectures }) => architectures.map((arch) => `${os} ${arch}`));
  const [mine, theirs] = [platforms(one), platforms(other)];
  return (
    one.kinds.some((kind) => other.kinds.includes(kind)) &&
    (mine === undefined || theirs === undefined || mine.some((platform) => theirs.includes(platform)))
  );
}

function repositoryOf(
  { source }: Dependency,
  sources: Catalogue['sources'],
  schemas: CatalogueSchemas,
): string | undefined {
  const spec = sources[source.from];
  return spec && schemas.sources[spec.type]?.image?.(spec as never, source as never)?.repository;
}

/** What the catalogue has is resolved, and never kept as it is. */
export function checkKeep(
  keep: Readonly<Record<string, string>>,
  { names, sources, dependencies }: Wanted,
  schemas: CatalogueSchemas,
  problems: Problem[],
): void {
  const repositories = new Set(dependencies.map((one) => repositoryOf(one, sources, schemas)));
  const isKnown = (name: string) =>
    names.includes(name) ||
    repositories.has(name.slice(0, name.lastIndexOf(':'))) ||
    (name === osImageName && dependencies.some(({ type }) => type === 'qcow2'));
  for (const name of Object.keys(keep)) {
    if (!isKnown(name)) continue;
    problems.push({ path: ['keep', name], message: 'is for what the catalogue does not have', at: 'key' });
  }
}
