/** What dependencies are in a manifest, each in its place. No I/O. */
import { isDeepStrictEqual } from 'node:util';
import {
  entriesOf,
  placeOf,
  type ManifestEntry,
  type SlottedEntry,
} from '../../formats/own/manifest-entries.ts';
import type { Manifest, ManifestDependency, ManifestImage } from '../../formats/own/manifest.ts';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import type { Artifact, ArtifactType } from '../../model/artifact.ts';
import { oncePer } from '../../model/once-per.ts';
import { versionInTag } from '../../sources/tag.ts';

type Vmconfig = Manifest['vmconfig'];

/** What of a dependency, or of a question that was kept, says where its entry stands in a manifest. */
export interface Placed {
  readonly name: string;
  readonly type: ArtifactType;
  /** Of a container image: its reference without the tag, and the tag's template. */
  readonly image?: { readonly repository: string; readonly tag: string };
}

/** Every dependency asks for its entry, some several times: a manifest is gone through once. */
const entriesByPlace = oncePer(
  (vmconfig: Vmconfig): ReadonlyMap<string, SlottedEntry> =>
    // Of two tags of one image, which another program wrote, the first counts.
    new Map(
      entriesOf({ vmconfig })
        .toReversed()
        .map((entry) => [entry.place, entry] as const),
    ),
);

/** Undefined where the manifest has none. */
export function entryAt(vmconfig: Vmconfig, dependency: Placed): ManifestEntry | undefined {
  const found = entriesByPlace(vmconfig).get(placeIn(dependency));
  return found && entryFor(found, dependency);
}

/** What stands there, its version as `dependency` understands it. */
export function entryFor({ slot, entry }: SlottedEntry, { image }: Placed): ManifestEntry {
  if (slot !== 'image') return entry;
  const { version: tag } = entry;
  // A tag of another form is no version of the catalogue's, and is shown as it is.
  return { ...entry, version: versionInTag(tag, image?.tag ?? '') ?? tag };
}

function placeIn({ type, name, image }: Placed): string {
  return placeOf(type, name, image?.repository);
}

/** What a manifest says of an artifact that was verified. */
export function entryOf(artifact: Artifact, providers: readonly string[] | undefined): ManifestEntry {
  const { url, type, digest, sizeBytes, image } = artifact;
  return {
    // Without an epoch: versions stand in file names, where a colon is trouble.
    version: withoutEpoch(artifact.version),
    url,
    type,
    digest,
    size: sizeBytes,
    ...(providers === undefined ? {} : { providers }),
    ...(image === undefined ? {} : { platform: image.platform }),
    ...(image?.index === undefined ? {} : { index: image.index }),
  };
}

/**
 * The manifest with these entries in their places; `entries` has one for each dependency that is known. What the
 * catalogue does not have stays as it is.
 */
export function withEntries(
  vmconfig: Vmconfig,
  dependencies: readonly Placed[],
  entries: ReadonlyMap<string, ManifestEntry>,
): Vmconfig {
  const files: Record<string, ManifestDependency> = {};
  const images: ManifestImage[] = [];
  for (const one of unknownIn(vmconfig, dependencies)) {
    if (one.slot === 'image') images.push(imageOf(one.entry));
    else if (one.slot !== 'os-image') files[one.key] = one.entry as ManifestDependency;
  }
  let { os } = vmconfig;
  for (const dependency of dependencies) {
    const entry = entries.get(dependency.name);
    if (entry === undefined) continue;
    if (dependency.type === 'qcow2') os = withImage(os, entry);
    else if (dependency.type === 'oci-image') images.push(imageOf(entry));
    else files[dependency.name] = entry as ManifestDependency;
  }
  return { ...vmconfig, os, dependencies: files, images };
}

/** Names of what the catalogue does not have for this manifest, container images by reference, as `keep` has them. */
export function unknownEntries(vmconfig: Vmconfig, dependencies: readonly Placed[]): readonly string[] {
  return unknownIn(vmconfig, dependencies).map(({ name }) => name);
}

function unknownIn(vmconfig: Vmconfig, dependencies: readonly Placed[]): readonly SlottedEntry[] {
  const known = new Set(dependencies.map(placeIn));
  // A file whose entry is of another type now, and stands elsewhere, is known as well.
  for (const { name } of dependencies) known.add(placeOf('binary', name));
  return entriesOf({ vmconfig }).filter(({ place }) => !known.has(place));
}

/** `boot` names a kernel and an initrd inside of the image: of another image it would be untrue. */
function withImage({ name, arch, image, boot }: Vmconfig['os'], entry: ManifestEntry): Vmconfig['os'] {
  const next = entry as NonNullable<typeof image>;
  const isSame = image?.digest === next.digest;
  return { name, arch, image: next, ...(isSame && boot !== undefined ? { boot } : {}) };
}

function imageOf({ url, digest, size, platform, index }: ManifestEntry): ManifestImage {
  const parts = { image: url, digest, size, platform, index };
  return Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== undefined),
  ) as ManifestImage;
}

export function isSameEntry(one: ManifestEntry | undefined, other: ManifestEntry): boolean {
  return one !== undefined && isDeepStrictEqual({ ...one }, { ...other });
}
