/**
 * Makes a directory the mirror of some manifests: files first, each hashed while it is written or where it stands,
 * then the manifests whose files are all there. Whoever reads a manifest of the mirror finds what it names.
 */
import { hasLayout } from '../../formats/own/mirror-layout.ts';
import { AssayError } from '../../model/errors.ts';
import type { MirrorTree } from '../../model/mirror-tree.ts';
import type { Fetcher, Reporter } from '../../model/ports.ts';
import { isExpected, verifyFound } from '../../verify/digest.ts';
import type { MirroredManifest, MirrorPlan } from './mirror-plan.ts';
import { stageFile } from './stage-file.ts';
import { stage, type StagingFailure } from './stage.ts';
import type { StagingItem } from './staging-items.ts';

export interface MirrorInput {
  readonly plan: MirrorPlan;
  readonly tree: MirrorTree;
  readonly fetcher: Fetcher;
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

export interface MirrorResult {
  readonly files: readonly MirroredFile[];
  readonly failures: readonly StagingFailure[];
  /** `held`: one of its files failed, and what stood there stands there still. */
  readonly manifests: readonly {
    readonly manifest: MirroredManifest;
    readonly status: 'kept' | 'written' | 'held';
  }[];
  /** Removed, in this order. */
  readonly pruned: readonly string[];
}

/** One file's failure holds back the manifests that name it, and nothing else. Throws UsageError. */
export async function mirror(input: MirrorInput): Promise<MirrorResult> {
  const { plan, tree } = input;
  const { first, again } = byContent(plan.files);
  const { staged, failures } = await stage({ ...input, items: first, directory: tree });
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
  const standing = new Set(files.map(({ item }) => item.name));
  const manifests: MirrorResult['manifests'][number][] = [];
  for (const manifest of plan.manifests) {
    const isComplete = manifest.needs.every((path) => standing.has(path));
    manifests.push({ manifest, status: isComplete ? await putManifest(manifest, tree) : 'held' });
  }
  // What failed may be needed by a manifest that stands there still.
  const isWhole = plan.files.every(({ name }) => standing.has(name));
  const pruned = input.prune && isWhole ? await prune(plan, tree) : [];
  const position = new Map(plan.files.map(({ name }, index) => [name, index]));
  const byPlan = (a: { item: StagingItem }, b: { item: StagingItem }) =>
    (position.get(a.item.name) ?? 0) - (position.get(b.item.name) ?? 0);
  return { files: files.sort(byPlan), failures: failed.sort(byPlan), manifests, pruned };
}

/** Content that is wanted under several paths is fetched for the first of them. */
function byContent(files: readonly StagingItem[]): {
  readonly first: readonly StagingItem[];
  readonly again: readonly { readonly item: StagingItem; readonly of: StagingItem }[];
} {
  const firsts = new Map<string, StagingItem>();
  const again: { item: StagingItem; of: StagingItem }[] = [];
  for (const item of files) {
    const content = `${item.digest} ${item.sizeBytes}`;
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
  { tree, fetcher }: MirrorInput,
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

async function putManifest(
  { path, bytes, digest }: MirroredManifest,
  tree: MirrorTree,
): Promise<'kept' | 'written'> {
  const expected = { digest, sizeBytes: bytes.length };
  if (await isRight({ name: path, ...expected }, tree)) return 'kept';
  const file = await tree.receive(path, expected);
  try {
    await file.restart();
    await file.write([bytes]);
    verifyFound(await file.finish(), expected, path);
    await file.commit();
  } finally {
    await file.discard();
  }
  return 'written';
}

/** Manifests before what they name, as they are listed. Only what has the layout of a mirror is removed. */
async function prune(plan: MirrorPlan, tree: MirrorTree): Promise<readonly string[]> {
  const wanted = new Set([...plan.files.map(({ name }) => name), ...plan.manifests.map(({ path }) => path)]);
  const stray = (await tree.list())
    .map(({ name }) => name)
    .filter((path) => !wanted.has(path) && hasLayout(path));
  for (const path of stray) await tree.remove(path);
  return stray;
}
