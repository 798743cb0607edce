/**
 * Puts manifests, their files, their evidence and their images into a registry: blobs first, then what names them, tags
 * last of all. A push that is cut leaves nothing that a tag names, and the next one goes on where it ended.
 */
import type { PushedFile } from '../../formats/own/pushed-manifest.ts';
import { AssayError } from '../../model/errors.ts';
import type { Fetcher, Progress, Reporter } from '../../model/ports.ts';
import type { Expected } from '../../verify/digest.ts';
import { inTurns, type Turns } from '../shared/in-turns.ts';
import { pushArtifact, type PushedArtifact } from './push-artifact.ts';
import { BlobPusher, type BlobCounts } from './push-blobs.ts';
import { pushImage, type PushedImage } from './push-images.ts';
import type { PlannedArtifact, PushItem, PushPlan } from './push-plan.ts';
import type { PushedBytes } from './push-sources.ts';

export interface PushInput extends Turns {
  readonly plan: PushPlan;
  /** The host of the registry, and the repository of the artifacts in it. */
  readonly registry: string;
  readonly repository: string;
  readonly source: PushedBytes;
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  readonly progress?: Progress | undefined;
}

export interface PushFailure {
  /** Of a file, an image or a manifest. */
  readonly name: string;
  readonly error: AssayError;
}

export interface PushResult {
  readonly artifacts: readonly PushedArtifact[];
  /** What was not tagged, since something of it failed. */
  readonly held: readonly PlannedArtifact[];
  readonly images: readonly PushedImage[];
  readonly blobs: BlobCounts;
  readonly failures: readonly PushFailure[];
}

/** What fails holds back the manifests that name it, and nothing else. Throws UsageError. */
export async function push(input: PushInput): Promise<PushResult> {
  const { plan, repository, signal } = input;
  const pusher = new BlobPusher(input);
  const failures: PushFailure[] = [];
  const orFailed = async <T>(name: string, action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      failures.push({ name, error });
      return undefined;
    }
  };
  const known = new Map<string, Expected>();
  await inTurns(byContent(plan.artifacts), input, async (item) => {
    const pushed = await orFailed(item.title, () => pusher.push(repository, item));
    if (pushed !== undefined) known.set(item.digest, pushed);
    return undefined;
  });
  const images: PushedImage[] = [];
  await inTurns([...plan.images], input, async (image) => {
    const pushed = await orFailed(image.image, () => pushImage(image, { pusher, source: input.source }));
    if (pushed !== undefined) images.push(pushed);
    return undefined;
  });
  const artifacts: PushedArtifact[] = [];
  for (const artifact of plan.artifacts) {
    const hasImages = artifact.images.every((name) => images.some(({ image }) => image.image === name));
    const files = hasImages ? filesOf(artifact, known) : undefined;
    if (files === undefined || signal?.aborted === true) continue;
    const ports = { ...input, pusher };
    const pushed = await orFailed(artifact.title, () => pushArtifact(artifact, files, ports));
    if (pushed !== undefined) artifacts.push(pushed);
  }
  const held = plan.artifacts.filter((one) => artifacts.every(({ artifact }) => artifact !== one));
  const position = ({ image }: PushedImage) => plan.images.indexOf(image);
  images.sort((one, other) => position(one) - position(other));
  return { artifacts, held, images, blobs: pusher.counts, failures };
}

/** Each content once, the largest first: begun last, it would be waited for alone. */
function byContent(artifacts: readonly PlannedArtifact[]): PushItem[] {
  const items = new Map(artifacts.flatMap((one) => one.items.map((item) => [item.digest, item] as const)));
  return [...items.values()].sort((one, other) => other.sizeBytes - one.sizeBytes);
}

/** Undefined where one of them did not get there. */
function filesOf(
  { items }: PlannedArtifact,
  known: ReadonlyMap<string, Expected>,
): readonly PushedFile[] | undefined {
  const files: PushedFile[] = [];
  for (const { title, digest } of items) {
    const pushed = known.get(digest);
    if (pushed === undefined) return undefined;
    files.push({ title, digest: pushed.digest, sizeBytes: pushed.sizeBytes });
  }
  return files;
}
