/** What a mirror of some manifests holds: their files and themselves. */
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { manifestPath, mirrorPath } from '../../formats/own/mirror-layout.ts';
import type { Digest } from '../../model/digest.ts';
import { PolicyError, UsageError } from '../../model/errors.ts';
import { digestOf } from '../../verify/digest.ts';
import { wantedImages, type WantedImage } from './image-items.ts';
import { sourcesAt, type MirrorBase, type StagingItem } from './staging-items.ts';

export interface MirrorSource {
  /** For messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What `bytes` says. */
  readonly manifest: Manifest;
}

export interface MirroredManifest {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** The paths of what it names: all of them come first. */
  readonly needs: readonly string[];
  /** So do these. */
  readonly images: readonly WantedImage[];
}

export interface MirrorPlan {
  /** Each path once, whatever number of manifests name it. */
  readonly files: readonly StagingItem[];
  /** Each once, of each architecture. */
  readonly images: readonly WantedImage[];
  readonly manifests: readonly MirroredManifest[];
}

export interface MirrorScope {
  readonly withOsImage: boolean;
  /** Container images; with them, unless it is false. */
  readonly withImages?: boolean;
  /** Older manifests that VMs still go by: what they name belongs to the mirror, they themselves do not. */
  readonly kept?: readonly MirrorSource[];
  /** A mirror to fetch from. */
  readonly base?: MirrorBase | undefined;
}

/** With the manifest that it is after. */
interface Planned<T> {
  readonly of: T;
  readonly from: string;
}

/**
 * Throws PolicyError `ARTIFACT_MUTATED` where two manifests want other bytes under one path, and UsageError
 * `MANIFEST_INVALID` for two that are of the same kind, OS and architecture, or name what no path can be made of.
 */
export function planMirror(sources: readonly MirrorSource[], scope: MirrorScope): MirrorPlan {
  const files = new Map<string, Planned<StagingItem>>();
  const images = new Map<string, Planned<WantedImage>>();
  const manifests = new Map<string, Planned<MirroredManifest>>();
  const planFiles = (source: MirrorSource) => {
    const items = itemsOf(source, scope);
    for (const item of items) {
      const other = files.get(item.name);
      if (other === undefined) files.set(item.name, { of: item, from: source.file });
      else requireSame(item, source.file, other);
    }
    return items;
  };
  const planImages = ({ file, manifest }: MirrorSource) => {
    const wanted = wantedImages(manifest);
    for (const one of wanted) addImage(images, one, file);
    return wanted;
  };
  for (const source of sources) {
    const { file, bytes, manifest } = source;
    const items = planFiles(source);
    const wanted = scope.withImages === false ? [] : planImages(source);
    const path = manifestPath(manifest);
    const digest = digestOf('sha256', bytes);
    const other = manifests.get(path);
    if (other !== undefined && other.of.digest !== digest) {
      throw new UsageError('MANIFEST_INVALID', `${file} and ${other.from} would both be ${path}`, {
        hint: 'Name one manifest for each kind, OS and architecture.',
        context: { path, files: [other.from, file] },
      });
    }
    const needs = items.map(({ name }) => name);
    manifests.set(path, { of: { path, bytes, digest, needs, images: wanted }, from: file });
  }
  for (const source of scope.kept ?? []) {
    planFiles(source);
    if (scope.withImages !== false) planImages(source);
  }
  const planned = <T>(all: Map<string, Planned<T>>) => [...all.values()].map(({ of }) => of);
  return { files: planned(files), images: planned(images), manifests: planned(manifests) };
}

/** By reference and architecture; manifests of several kinds may pin the same. */
export function imageKey({ image: { image }, architecture }: WantedImage): string {
  return `${image} ${architecture}`;
}

/** A name leads to one image of each platform, and to one index over them or to none. */
function addImage(images: Map<string, Planned<WantedImage>>, wanted: WantedImage, from: string): void {
  const { image, digest, index } = wanted.image;
  for (const other of images.values()) {
    if (other.of.image.image !== image) continue;
    const isSamePlatform = other.of.architecture === wanted.architecture;
    if (other.of.image.index === index && (!isSamePlatform || other.of.image.digest === digest)) continue;
    const [one, two] = [other.of.image, wanted.image].map((each) => each.index ?? each.digest);
    throw new PolicyError(
      'ARTIFACT_MUTATED',
      `${image} would be ${one ?? ''} after ${other.from}, and ${two ?? ''} after ${from}`,
      {
        hint: 'One tag cannot be two images: resolve the manifests together, or mirror them into two directories.',
        context: { image, files: [other.from, from], digests: [one, two] },
      },
    );
  }
  images.set(imageKey(wanted), { of: wanted, from });
}

/** The OS image first. The stub of a vmconfig under development has nothing to mirror. */
function itemsOf(
  { manifest, file }: MirrorSource,
  { withOsImage, base }: MirrorScope,
): readonly StagingItem[] {
  const files = entriesOf(manifest).flatMap((one) =>
    one.slot === 'dependency' || (one.slot === 'os-image' && withOsImage) ? [one] : [],
  );
  const rank = ({ slot }: (typeof files)[number]) => (slot === 'os-image' ? 0 : 1);
  return files
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ key, entry: { version, url, type, digest, size } }) => ({
      ...{ name: mirrorPath({ key, version, url }, file), url, type, digest, sizeBytes: size },
      ...sourcesAt(base, { key, version, url }),
    }));
}

function requireSame(item: StagingItem, file: string, { of, from }: Planned<StagingItem>): void {
  if (item.digest === of.digest && item.sizeBytes === of.sizeBytes) return;
  throw new PolicyError(
    'ARTIFACT_MUTATED',
    `${item.name} would be ${of.digest} (${of.sizeBytes} bytes) after ${from}, and ` +
      `${item.digest} (${item.sizeBytes} bytes) after ${file}`,
    {
      hint: 'One version cannot be two files: resolve the manifests together, or mirror them into two directories.',
      context: { path: item.name, files: [from, file], digests: [of.digest, item.digest] },
    },
  );
}
