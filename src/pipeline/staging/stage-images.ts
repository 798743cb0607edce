/** The container images of a manifest, each as the archive that a node imports. */
import { archiveName } from '../../formats/own/image-archive.ts';
import type { Manifest } from '../../formats/own/manifest-schema.ts';
import { AssayError, UsageError, VerificationError } from '../../model/errors.ts';
import type { ArchiveDirectory } from '../../model/archive-file.ts';
import type { StagedFiles } from '../../model/staging-ports.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { receiveArchive } from './image-archive-file.ts';
import { gatherImage, wantedImages, type WantedImage } from './image-items.ts';
import { inTurns } from '../shared/in-turns.ts';
import { requireSpace, type StageInput, type StageResult } from './stage.ts';
import type { StagingItem } from './staging-items.ts';
import { verifyArchive } from './verify-archive.ts';

/** An image, and what is staged of it: its reference in place of a URL, its manifest's digest in place of the file's. */
export interface ImageItem extends StagingItem {
  readonly wanted: WantedImage;
}

/** Throws UsageError `MANIFEST_INVALID` for an image that no file can be called after. */
export function imageItems(manifest: Manifest): readonly ImageItem[] {
  return wantedImages(manifest).map((wanted) => ({
    name: archiveName(wanted.image.image),
    url: wanted.image.image,
    digest: wanted.image.digest,
    sizeBytes: wanted.image.size,
    wanted,
  }));
}

export interface StageImagesInput extends Pick<
  StageInput,
  'reporter' | 'progress' | 'jobs' | 'onStaged' | 'signal'
> {
  readonly items: readonly ImageItem[];
  readonly directory: ArchiveDirectory;
  readonly store: ImageStore;
}

/** One image's failure does not stop the others. Throws UsageError `NO_SPACE`, before anything is fetched. */
export async function stageImages(input: StageImagesInput): Promise<StageResult> {
  const { items, directory, onStaged, signal } = input;
  const staged: StageResult['staged'][number][] = [];
  const failures: StageResult['failures'][number][] = [];
  const missing: ImageItem[] = [];
  const orFailed = async (item: ImageItem, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof AssayError)) throw error;
      failures.push({ item, error });
    }
    return undefined;
  };
  const done = (item: ImageItem, status: 'kept' | 'staged') => {
    staged.push({ item, status });
    onStaged?.({ item, status });
  };
  await inTurns([...items], input, (item) =>
    orFailed(item, async () => {
      if (await isStaged(item, directory)) done(item, 'kept');
      else missing.push(item);
    }),
  );
  if (missing.length > 0 && signal?.aborted !== true) await requireSpace(missing, directory);
  await inTurns(missing, input, (item) =>
    orFailed(item, async () => {
      await receive(item, input);
      done(item, 'staged');
    }),
  );
  const position = ({ item }: { readonly item: StagingItem }) => items.findIndex((one) => one === item);
  return {
    staged: staged.sort((a, b) => position(a) - position(b)),
    failures: failures.sort((a, b) => position(a) - position(b)),
  };
}

async function receive({ name, wanted }: ImageItem, input: StageImagesInput): Promise<void> {
  const { directory, store, reporter, progress } = input;
  reporter?.step(`staging ${name}`);
  const nowhere = () => Promise.resolve(undefined);
  const { pinned } = await gatherImage(wanted, store, { find: nowhere, withIndex: false });
  await receiveArchive(name, pinned, { directory, store, progress });
}

/** What cannot be read is not known to be right, and is replaced. */
async function isStaged({ name, wanted }: ImageItem, directory: ArchiveDirectory): Promise<boolean> {
  try {
    const isThere = await verifyStagedArchive(name, wanted, directory);
    if (isThere) await directory.settle(name);
    return isThere;
  } catch (error) {
    if (error instanceof VerificationError) return false;
    if (error instanceof UsageError && error.code === 'FILE_UNREADABLE') return false;
    throw error;
  }
}

/** False where there is none. Throws VerificationError for another file than this image's archive. */
export async function verifyStagedArchive(
  name: string,
  wanted: WantedImage,
  files: StagedFiles,
): Promise<boolean> {
  const file = await files.open(name);
  if (file === undefined) return false;
  try {
    await verifyArchive(wanted, file, name);
    return true;
  } finally {
    await file.close();
  }
}
