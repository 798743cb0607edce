/**
 * Makes a directory the mirror of some manifests: files first, each hashed while it is written or where it stands,
 * then the manifests whose files are all there. Whoever reads a manifest of the mirror finds what it names.
 */
import { hasLayout } from '../../formats/own/mirror-layout.ts';
import { AssayError } from '../../model/errors.ts';
import type { MirrorTree } from '../../model/mirror-tree.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { isExpected } from '../../verify/digest.ts';
import type { WantedImage } from './image-items.ts';
import { gatherMirrorImages, putImages, type MirrorImage } from './mirror-images.ts';
import { imageKey, type MirroredManifest, type MirrorPlan } from './mirror-plan.ts';
import { putFile } from './put-file.ts';
import { stageFile } from './stage-file.ts';
import { stage, type StagingFailure } from './stage.ts';
import type { StagingItem } from './staging-items.ts';

export interface MirrorInput {
  readonly plan: MirrorPlan;
  readonly tree: MirrorTree;
  /** Of images; its fetcher is that of every file. */
  readonly store: ImageStore;
  readonly reporter: Reporter;
  /** How many downloads at the same time. */
  readonly jobs: number;
  /** Remove what the plan does not have. */
  readonly prune: boolean;
  /** No file is begun after this. */
  readonly signal?: AbortSignal | undefined;
}

export interface MirroredFile {
  readonly item: StagingItem;
  readonly status: 'kept' | 'staged' | 'linked';
}

export interface MirroredImage {
  readonly wanted: WantedImage;
  /** `held`: it could not be read, or a layer failed. */
  readonly status: 'complete' | 'held';
  /** Its signatures are there, too. */
  readonly isSigned: boolean;
  /** Why nothing of it could be asked for. */
  readonly error?: AssayError;
}

export interface MirrorResult {
  /** Layers of images among them. */
  readonly files: readonly MirroredFile[];
  readonly failures: readonly StagingFailure[];
  readonly images: readonly MirroredImage[];
  /** `held`: one of its files failed, and what stood there stands there still. */
  readonly manifests: readonly {
    readonly manifest: MirroredManifest;
    readonly status: 'kept' | 'written' | 'held';
  }[];
  /** Removed, in this order. */
  readonly pruned: readonly string[];
}

/** A file's or an image's failure holds back the manifests that name it, and nothing else. Throws UsageError. */
export async function mirror(input: MirrorInput): Promise<MirrorResult> {
  const { plan, tree, store } = input;
  const gathered = await gatherMirrorImages(plan.images, input);
  const all = withLayers(plan.files, gathered.images);
  const { files, failures } = await fillFiles(all, { ...input, fetcher: store.fetcher });
  const standing = new Set(files.map(({ item }) => item.name));
  const whole = gathered.images.filter(({ layers }) => layers.every(({ name }) => standing.has(name)));
  // What failed may be needed by a manifest that stands there still.
  const isWhole = all.every(({ name }) => standing.has(name)) && whole.length === plan.images.length;
  const isPruned = input.prune && isWhole;
  const owned = whole.length === 0 ? [] : await putImages({ images: whole, prune: isPruned }, input);
  const complete = new Set(whole.map(({ wanted }) => imageKey(wanted)));
  const manifests: MirrorResult['manifests'][number][] = [];
  for (const manifest of plan.manifests) {
    const isComplete =
      manifest.needs.every((path) => standing.has(path)) &&
      manifest.images.every((one) => complete.has(imageKey(one)));
    manifests.push({ manifest, status: isComplete ? await putFile(manifest, tree) : 'held' });
  }
  const wanted = [...all.map(({ name }) => name), ...owned, ...plan.manifests.map(({ path }) => path)];
  const pruned = isPruned ? await prune(new Set(wanted), tree) : [];
  return {
    ...{ files, failures, manifests, pruned },
    images: plan.images.map((one) => imageResult(one, gathered, complete)),
  };
}

function imageResult(
  wanted: WantedImage,
  { images, failures }: Awaited<ReturnType<typeof gatherMirrorImages>>,
  complete: ReadonlySet<string>,
): MirroredImage {
  const error = failures.find((one) => one.wanted === wanted)?.error;
  const found = images.find((one) => one.wanted === wanted);
  return {
    wanted,
    status: complete.has(imageKey(wanted)) ? 'complete' : 'held',
    isSigned: found?.signatures !== undefined,
    ...(error === undefined ? {} : { error }),
  };
}

/** Layers that several images share are one file. */
function withLayers(files: readonly StagingItem[], images: readonly MirrorImage[]): readonly StagingItem[] {
  const layers = new Map(images.flatMap((image) => image.layers.map((layer) => [layer.name, layer])));
  return [...files, ...layers.values()];
}

async function fillFiles(
  planned: readonly StagingItem[],
  input: MirrorInput & { readonly fetcher: Fetcher },
): Promise<Pick<MirrorResult, 'files' | 'failures'>> {
  const { first, again } = byContent(planned);
  const { staged, failures } = await stage({ ...input, items: first, directory: input.tree });
  const files: MirroredFile[] = [...staged];
  const failed = [...failures];
  for (const { item, of } of again) {
    const failure = failures.find((one) => one.item === of);
    if (failure !== undefined) {
      failed.push({ item, error: failure.error });
      continue;
    }
    if (!staged.some((one) => one.item === of)) continue;
    try {
      files.push({ item, status: await shareFile(item, of, input) });
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      failed.push({ item, error });
    }
  }
  const position = new Map(planned.map(({ name }, index) => [name, index]));
  const byPlan = (a: { item: StagingItem }, b: { item: StagingItem }) =>
    (position.get(a.item.name) ?? 0) - (position.get(b.item.name) ?? 0);
  return { files: files.sort(byPlan), failures: failed.sort(byPlan) };
}

/** Content that is wanted under several paths is fetched for the first of them, and judged as each type it is to be. */
function byContent(files: readonly StagingItem[]): {
  readonly first: readonly StagingItem[];
  readonly again: readonly { readonly item: StagingItem; readonly of: StagingItem }[];
} {
  const firsts = new Map<string, StagingItem>();
  const again: { item: StagingItem; of: StagingItem }[] = [];
  for (const item of files) {
    const content = `${item.digest} ${item.sizeBytes} ${item.type ?? ''}`;
    const of = firsts.get(content);
    if (of === undefined) firsts.set(content, item);
    else again.push({ item, of });
  }
  return { first: [...firsts.values()], again };
}

/** A hard link to a file that has just been verified; a download where the file system has no links. */
async function shareFile(
  item: StagingItem,
  of: StagingItem,
  { tree, fetcher }: MirrorInput & { readonly fetcher: Fetcher },
): Promise<MirroredFile['status']> {
  if (await tree.isLinked(of.name, item.name)) return 'kept';
  if (await isRight(item, tree)) return 'kept';
  return (await tree.link(of.name, item.name)) ? 'linked' : stageFile(item, tree, fetcher);
}

async function isRight(
  { name, digest, sizeBytes }: Pick<StagingItem, 'name' | 'digest' | 'sizeBytes'>,
  tree: MirrorTree,
): Promise<boolean> {
  const found = await tree.find(name, { digest, sizeBytes });
  return found !== undefined && isExpected(found, { digest, sizeBytes });
}

/** Manifests before what they name, as they are listed. Only what has the layout of a mirror is removed. */
async function prune(wanted: ReadonlySet<string>, tree: MirrorTree): Promise<readonly string[]> {
  const stray = (await tree.list())
    .map(({ name }) => name)
    .filter((path) => !wanted.has(path) && hasLayout(path));
  for (const path of stray) await tree.remove(path);
  return stray;
}
