/** What is pushed for some manifests: to one repository, each under a tag of its own, and images beside it. */
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import type { Manifest, ManifestImage } from '../../formats/own/manifest.ts';
import { mirrorPath } from '../../formats/own/mirror-layout.ts';
import { mirroredImage, type MirroredImage } from '../../formats/own/mirrored-image.ts';
import { pushedTag, pushedTitle } from '../../formats/own/pushed-manifest.ts';
import { stagedName } from '../../formats/own/vm-paths.ts';
import type { Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';

export interface PushSource {
  /** For messages. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What `bytes` says. */
  readonly manifest: Manifest;
  /** By their paths beside the manifest; none where it goes without. */
  readonly evidence: readonly TitledBytes[];
}

export interface TitledBytes {
  readonly title: string;
  readonly bytes: Uint8Array;
}

export interface PushItem {
  /** As it is staged. */
  readonly title: string;
  /** Where a mirror has it. */
  readonly path: string;
  /** At the origin. */
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PlannedArtifact extends Pick<PushSource, 'file' | 'bytes' | 'evidence'> {
  /** `<kind>.<os>.<arch>.json`. */
  readonly title: string;
  readonly tag: string;
  readonly items: readonly PushItem[];
  /** By the names that the manifest has for them. */
  readonly images: readonly string[];
}

/** One tag of a repository of images, for all manifests that name it. */
export interface PlannedImage extends MirroredImage {
  /** One for each platform. */
  readonly members: readonly ManifestImage[];
}

export interface PushPlan {
  readonly artifacts: readonly PlannedArtifact[];
  readonly images: readonly PlannedImage[];
}

export interface PushSelection {
  readonly withOsImage: boolean;
  readonly withImages: boolean;
}

/** Throws UsageError `MANIFEST_INVALID` for two of one kind, OS and architecture, and as `mirrorPath` and `mirroredImage` do. */
export function planPush(
  sources: readonly PushSource[],
  { withOsImage, withImages }: PushSelection,
): PushPlan {
  const artifacts = new Map<string, PlannedArtifact>();
  const images = new Map<string, PlannedImage>();
  for (const source of sources) {
    const { file, bytes, manifest, evidence } = source;
    const tag = pushedTag(manifest);
    const other = artifacts.get(tag);
    if (other !== undefined) {
      throw new UsageError('MANIFEST_INVALID', `${file} and ${other.file} would both be tagged ${tag}`, {
        hint: 'Name one manifest for each kind, OS and architecture.',
        context: { tag, files: [other.file, file] },
      });
    }
    const wanted = withImages ? manifest.vmconfig.images : [];
    artifacts.set(tag, {
      ...{ file, title: pushedTitle(manifest), bytes, evidence, tag, items: itemsOf(source, withOsImage) },
      images: wanted.map(({ image }) => image),
    });
    for (const image of wanted) {
      const mirrored = mirroredImage(image, file);
      const planned = images.get(mirrored.image);
      const members = [...(planned?.members ?? []), image];
      const unlike = members.find(({ index }) => index !== image.index);
      if (unlike !== undefined) throw twoImages(mirrored.image, file);
      images.set(mirrored.image, { ...mirrored, members });
    }
  }
  return { artifacts: [...artifacts.values()], images: [...images.values()] };
}

/** The stub of a vmconfig under development has nothing to be pushed. */
function itemsOf({ manifest, file }: PushSource, withOsImage: boolean): readonly PushItem[] {
  return entriesOf(manifest).flatMap((one): readonly PushItem[] => {
    if (one.slot !== 'dependency' && !(one.slot === 'os-image' && withOsImage)) return [];
    const { key, entry } = one;
    const { version, url, type, digest, size } = entry;
    const path = mirrorPath({ key, version, url }, file);
    return [{ title: stagedName(key, type), path, url, digest, sizeBytes: size }];
  });
}

function twoImages(image: string, file: string): UsageError {
  return new UsageError(
    'MANIFEST_INVALID',
    `${file} has another image as ${image} than a manifest before it`,
    {
      hint: 'A tag leads to one image: resolve the manifests together.',
      context: { image, file },
    },
  );
}
