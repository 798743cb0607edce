/** `mirror`: what `assay mirror` does, by ports. */
import { parseManifest } from '../../formats/own/manifest.ts';
import type { AssayError } from '../../model/errors.ts';
import type { Digest } from '../../model/digest.ts';
import type { MirrorTree } from '../../model/mirror-tree.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import { mirror as fillMirror } from '../../pipeline/staging/mirror.ts';
import { planMirror } from '../../pipeline/staging/mirror-plan.ts';
import type { StagingFailure } from '../../pipeline/staging/stage.ts';
import type { MirrorBase, StagingItem } from '../../pipeline/staging/staging-items.ts';
import { silent } from '../../sources/document-fetcher.ts';
import { ImageStore } from '../../sources/image-store.ts';

/** A manifest as a file: trusted, it vouches for everything. */
export interface ManifestFile {
  /** For messages: its path. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface MirrorRequest {
  readonly manifests: readonly ManifestFile[];
  /** Older manifests that VMs still go by: what they name belongs to the mirror, they themselves do not. */
  readonly keep?: readonly ManifestFile[];
  readonly tree: MirrorTree;
  readonly fetcher: Fetcher;
  /** Another mirror to fetch from. */
  readonly mirror?: MirrorBase;
  /** Without the images that VMs start from; without container images. */
  readonly withoutOsImage?: boolean;
  readonly withoutImages?: boolean;
  /** Remove what none of the manifests names. */
  readonly prune?: boolean;
  /** How many downloads at the same time. */
  readonly jobs?: number;
  /** No file is begun after this. */
  readonly signal?: AbortSignal;
  readonly reporter?: Reporter;
}

export interface Mirrored {
  readonly files: readonly { readonly item: StagingItem; readonly status: 'kept' | 'staged' | 'linked' }[];
  readonly failures: readonly StagingFailure[];
  /** Container images. `held`: it could not be read, or a layer failed. */
  readonly images: readonly {
    readonly image: string;
    readonly digest: Digest;
    readonly architecture: string;
    readonly status: 'complete' | 'held';
    readonly error?: AssayError;
  }[];
  /** `held`: one of its files failed, and what stood there stands there still. */
  readonly manifests: readonly { readonly path: string; readonly status: 'kept' | 'written' | 'held' }[];
  /** Removed, in this order. */
  readonly pruned: readonly string[];
}

/**
 * Fills a tree that any static server can publish: files first, each hashed, then the manifests whose files are all there.
 * One file's failure holds back the manifests that name it, and nothing else.
 *
 * Throws UsageError `MANIFEST_INVALID`, and PolicyError `ARTIFACT_MUTATED` where two manifests want other bytes in one place.
 */
export async function mirror(request: MirrorRequest): Promise<Mirrored> {
  const { manifests, keep = [], tree, fetcher, jobs = 6, prune = false, signal } = request;
  const { mirror: base, withoutOsImage = false, withoutImages = false, reporter = silent } = request;
  const read = (one: ManifestFile) => ({ ...one, manifest: parseManifest(one.bytes, one.file) });
  const scope = { withOsImage: !withoutOsImage, withImages: !withoutImages, kept: keep.map(read), base };
  const plan = planMirror(manifests.map(read), scope);
  const store = new ImageStore({ fetcher, reporter }, base);
  const result = await fillMirror({ plan, tree, store, reporter, jobs, prune, signal });
  const { files, failures, pruned } = result;
  return {
    ...{ files, failures, pruned },
    images: result.images.map(({ wanted: { image, architecture }, status, error }) => ({
      ...{ image: image.image, digest: image.digest, architecture, status },
      ...(error === undefined ? {} : { error }),
    })),
    manifests: result.manifests.map(({ manifest: { path }, status }) => ({ path, status })),
  };
}
