/**
 * Where a dependency stands in a manifest: among the dependencies, as the OS image, or among the container images.
 * Its type decides. No I/O.
 */
import { isDeepStrictEqual } from 'node:util';
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import {
  osBootName,
  osImageName,
  type Manifest,
  type ManifestDependency,
} from '../../formats/own/manifest.ts';
import type { Artifact, ArtifactType } from '../../model/artifact.ts';
import { versionInTag } from '../../sources/tag.ts';
import type { TargetDependency } from './targets.ts';

type Vmconfig = Manifest['vmconfig'];
type ManifestImage = Vmconfig['images'][number];

/** An entry of a manifest, wherever it stands. */
export interface ManifestEntry {
  readonly version: string;
  /** Of a container image its reference. */
  readonly url: string;
  readonly type: ArtifactType;
  /** Empty for the stub. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
  readonly providers?: readonly string[];
  /** Of container images. */
  readonly platform?: string;
  readonly index?: string;
}

/** Undefined where the manifest has none. */
export function entryAt(vmconfig: Vmconfig, dependency: TargetDependency): ManifestEntry | undefined {
  if (dependency.type === 'qcow2') return vmconfig.os.image;
  if (dependency.type !== 'oci-image') return vmconfig.dependencies[dependency.name];
  const found = vmconfig.images.find(({ image }) => isImageOf(image, dependency));
  return found && entryOfImage(found, dependency);
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

/** What stands in place of a file that is still being developed. */
export function stubOf(dependency: TargetDependency): ManifestEntry {
  const { type, providers } = dependency;
  return { version: 'dev', url: '', type, digest: '', size: 0, ...(providers && { providers }) };
}

/**
 * The manifest with these entries in their places; `entries` has one for each dependency that is known. What the
 * catalogue does not have stays as it is.
 */
export function withEntries(
  vmconfig: Vmconfig,
  dependencies: readonly TargetDependency[],
  entries: ReadonlyMap<string, ManifestEntry>,
): Vmconfig {
  const files: Record<string, ManifestDependency> = { ...unknownDependencies(vmconfig, dependencies) };
  const images = vmconfig.images.filter(({ image }) => !dependencies.some((one) => isImageOf(image, one)));
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
export function unknownEntries(
  vmconfig: Vmconfig,
  dependencies: readonly TargetDependency[],
): readonly string[] {
  const images = vmconfig.images.filter(({ image }) => !dependencies.some((one) => isImageOf(image, one)));
  return [
    ...Object.keys(unknownDependencies(vmconfig, dependencies)),
    ...images.map(({ image }) => image),
    ...(vmconfig.os.image === undefined || dependencies.some(({ type }) => type === 'qcow2')
      ? []
      : [osImageName]),
    // Another program's: nothing here makes it, or can judge it.
    ...(vmconfig.os.boot === undefined ? [] : [osBootName]),
  ];
}

function unknownDependencies(
  vmconfig: Vmconfig,
  dependencies: readonly TargetDependency[],
): Record<string, ManifestDependency> {
  const known = new Set(dependencies.map(({ name }) => name));
  return Object.fromEntries(Object.entries(vmconfig.dependencies).filter(([name]) => !known.has(name)));
}

/** `boot` names a kernel and an initrd inside of the image: of another image it would be untrue. */
function withImage({ name, arch, image, boot }: Vmconfig['os'], entry: ManifestEntry): Vmconfig['os'] {
  const next = entry as NonNullable<typeof image>;
  const isSame = image?.digest === next.digest;
  return { name, arch, image: next, ...(isSame && boot !== undefined ? { boot } : {}) };
}

function isImageOf(reference: string, { image }: TargetDependency): boolean {
  return reference.slice(0, reference.lastIndexOf(':')) === image?.repository;
}

function entryOfImage(
  { image, digest, size, platform, index }: ManifestImage,
  dependency: TargetDependency,
): ManifestEntry {
  const tag = image.slice(image.lastIndexOf(':') + 1);
  return {
    // A tag of another form is no version of the catalogue's, and is shown as it is.
    version: versionInTag(tag, dependency.image?.tag ?? '') ?? tag,
    url: image,
    type: 'oci-image',
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
    ...(index === undefined ? {} : { index }),
  };
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
