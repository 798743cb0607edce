/** What a mirror of some manifests holds: their files and themselves. */
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { manifestPath, mirrorPath } from '../../formats/own/mirror-layout.ts';
import type { Digest } from '../../model/digest.ts';
import { PolicyError, UsageError } from '../../model/errors.ts';
import { digestOf } from '../../verify/digest.ts';
import type { StagingItem } from './staging-items.ts';

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
}

export interface MirrorPlan {
  /** Each path once, whatever number of manifests name it. */
  readonly files: readonly StagingItem[];
  readonly manifests: readonly MirroredManifest[];
}

/**
 * Throws PolicyError `ARTIFACT_MUTATED` where two manifests want other bytes under one path, and UsageError
 * `MANIFEST_INVALID` for two that are of the same kind, OS and architecture, or name what no path can be made of.
 */
export function planMirror(
  sources: readonly MirrorSource[],
  { withOsImage }: { readonly withOsImage: boolean },
): MirrorPlan {
  const files = new Map<string, StagingItem & { readonly from: string }>();
  const manifests = new Map<string, MirroredManifest & { readonly from: string }>();
  for (const { file, bytes, manifest } of sources) {
    const items = itemsOf(manifest, file, withOsImage);
    for (const item of items) {
      const other = files.get(item.name);
      if (other === undefined) files.set(item.name, { ...item, from: file });
      else requireSame(item, file, other);
    }
    const path = manifestPath(manifest);
    const digest = digestOf('sha256', bytes);
    const other = manifests.get(path);
    if (other !== undefined && other.digest !== digest) {
      throw new UsageError('MANIFEST_INVALID', `${file} and ${other.from} would both be ${path}`, {
        hint: 'Name one manifest for each kind, OS and architecture.',
        context: { path, files: [other.from, file] },
      });
    }
    manifests.set(path, { path, bytes, digest, needs: items.map(({ name }) => name), from: file });
  }
  return {
    files: [...files.values()].map(({ name, url, digest, sizeBytes }) => ({ name, url, digest, sizeBytes })),
    manifests: [...manifests.values()].map(({ path, bytes, digest, needs }) => ({
      path,
      bytes,
      digest,
      needs,
    })),
  };
}

/** The OS image first. The stub of a vmconfig under development has nothing to mirror. */
function itemsOf(manifest: Manifest, file: string, withOsImage: boolean): readonly StagingItem[] {
  const files = entriesOf(manifest).flatMap((one) =>
    one.slot === 'dependency' || (one.slot === 'os-image' && withOsImage) ? [one] : [],
  );
  const rank = ({ slot }: (typeof files)[number]) => (slot === 'os-image' ? 0 : 1);
  return files
    .toSorted((one, other) => rank(one) - rank(other))
    .map(({ key, entry: { version, url, digest, size } }) => ({
      ...{ name: mirrorPath({ key, version, url }, file), url, digest, sizeBytes: size },
    }));
}

function requireSame(item: StagingItem, file: string, other: StagingItem & { readonly from: string }): void {
  if (item.digest === other.digest && item.sizeBytes === other.sizeBytes) return;
  throw new PolicyError(
    'ARTIFACT_MUTATED',
    `${item.name} would be ${other.digest} (${other.sizeBytes} bytes) after ${other.from}, and ` +
      `${item.digest} (${item.sizeBytes} bytes) after ${file}`,
    {
      hint: 'One version cannot be two files: resolve the manifests together, or mirror them into two directories.',
      context: { path: item.name, files: [other.from, file], digests: [other.digest, item.digest] },
    },
  );
}
