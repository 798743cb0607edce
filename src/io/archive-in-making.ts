/**
 * An archive in the making, beside the partial files of other downloads and by the same rules (partial-file.ts): in the
 * private directory, under a name that is the same in every run for this content. What is in it is judged by reading it
 * back, stretch by stretch; no version stands beside it, since each stretch has a digest of its own.
 */
import { rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveFile } from '../model/archive-file.ts';
import type { Digest } from '../model/digest.ts';
import { openBlockWriter } from './block-writer.ts';
import { openPlain, partialName, type PartialPlace } from './partial-file.ts';
import { readStretch } from './readable-file.ts';
import { orUnwritable, syncDirectory } from './temporary-file.ts';

/** Throws UsageError `FILE_UNWRITABLE` or `NO_SPACE`. */
export async function openArchiveFile(
  { directory, name, finalPath }: PartialPlace,
  digest: Digest,
): Promise<ArchiveFile> {
  const path = join(directory, partialName(name, digest));
  const attempt = <T>(action: Promise<T>) => orUnwritable(finalPath, action);
  const file = await attempt(openPlain(path));
  const writer = openBlockWriter(file, (await file.stat()).size);
  let isOpen = true;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  }
  async function discard(): Promise<void> {
    if (!isOpen) return;
    await close().catch(() => undefined);
    await unlink(path).catch(() => undefined);
  }
  async function commit(): Promise<void> {
    try {
      await writer.flush();
      await close();
      await rename(path, finalPath);
    } catch (error) {
      await close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
    await syncDirectory(dirname(finalPath));
  }
  return {
    get sizeBytes() {
      return writer.sizeBytes;
    },
    read: (offset, count) => readStretch(finalPath, file, offset, count),
    append: (pieces) => attempt(writer.append(pieces)),
    truncate: (sizeBytes) => attempt(writer.truncate(sizeBytes)),
    commit: () => attempt(commit()),
    async keep() {
      if (writer.sizeBytes === 0 || !(await writer.isSound())) return discard();
      return close().catch(() => undefined);
    },
    discard,
  };
}
