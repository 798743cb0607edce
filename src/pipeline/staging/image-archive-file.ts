/**
 * The archive of an image on its way into a directory: stretch after stretch, each hashed as it stands in the file. What
 * an earlier run left is gone on from at the first stretch that is not whole.
 */
import { archiveBytes, archiveParts, type ArchivePart } from '../../formats/own/image-archive.ts';
import type { ArchiveDirectory, ArchiveFile } from '../../model/archive-file.ts';
import type { Readable } from '../../model/readable-file.ts';
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { Progress } from '../../model/ports.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { refuseExcess, StreamCheck } from '../../verify/digest.ts';
import type { ImageContent } from '../../verify/image/image-content.ts';

export interface ArchiveReceiving {
  readonly directory: ArchiveDirectory;
  readonly store: ImageStore;
  readonly progress?: Progress | undefined;
}

/** Throws TransportError, VerificationError `DIGEST_MISMATCH` and `SIZE_MISMATCH`, and UsageError. */
export async function receiveArchive(
  name: string,
  pinned: ImageContent,
  { directory, store, progress }: ArchiveReceiving,
): Promise<void> {
  const parts = archiveParts(pinned);
  const file = await directory.receiveArchive(name, pinned.manifest.digest);
  try {
    const left = await countRight(parts, file);
    const leftBytes = archiveBytes(parts.slice(0, left));
    await file.truncate(leftBytes);
    progress?.start(name, archiveBytes(parts), leftBytes);
    for (const part of parts.slice(left)) {
      const offset = file.sizeBytes;
      let what = name;
      if (part.kind === 'made') await file.append([part.bytes]);
      else
        what = await fetchBlob(part, file, {
          store,
          pinned,
          advance: (count) => progress?.advance(name, count),
        });
      await requirePart(part, offset, file, what);
    }
    await file.commit();
  } catch (error) {
    // What a server did not finish sending is of use to the next run; what is wrong is not.
    if (error instanceof TransportError) await file.keep();
    throw error;
  } finally {
    progress?.end(name);
    await file.discard();
  }
}

interface BlobFetching {
  readonly store: ImageStore;
  readonly pinned: ImageContent;
  readonly advance: (count: number) => void;
}

/** From the first source that can be had, whose URL is returned. */
async function fetchBlob(
  part: Extract<ArchivePart, { kind: 'blob' }>,
  file: ArchiveFile,
  { store, pinned, advance }: BlobFetching,
): Promise<string> {
  const { digest, sizeBytes } = part;
  const start = file.sizeBytes;
  const sources = store.sources(pinned.repository, digest);
  for (const [at, { url, isMirror }] of sources.entries()) {
    const sink = {
      write: (pieces: readonly Uint8Array[]) => {
        const count = pieces.reduce((sum, piece) => sum + piece.byteLength, file.sizeBytes - start);
        refuseExcess(count, part, url);
        return file.append(pieces);
      },
      restart: () => file.truncate(start),
    };
    try {
      await store.fetcher.download({ url, sizeBytes, mayBePlain: isMirror, onBytes: advance }, sink);
      return url;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      // Half a blob is of no use to the next run: it begins with whole ones.
      await file.truncate(start);
      if (at === sources.length - 1) throw error;
    }
  }
  throw new TypeError(`${digest} has no source`);
}

/** How many parts stand in the file as they should, from the first one on. */
async function countRight(parts: readonly ArchivePart[], file: Readable): Promise<number> {
  let offset = 0;
  for (const [index, part] of parts.entries()) {
    try {
      await requirePart(part, offset, file, '');
    } catch (error) {
      if (error instanceof VerificationError) return index;
      throw error;
    }
    offset += part.sizeBytes;
  }
  return parts.length;
}

/** Throws VerificationError `DIGEST_MISMATCH` and `SIZE_MISMATCH` for what is not in the file as it should be. */
export async function requirePart(
  part: ArchivePart,
  offset: number,
  file: Readable,
  what: string,
): Promise<void> {
  if (part.kind === 'blob') {
    const check = new StreamCheck(part, what);
    for await (const chunk of file.read(offset, part.sizeBytes)) check.update(chunk);
    check.finish();
    return;
  }
  let at = 0;
  for await (const chunk of file.read(offset, part.sizeBytes)) {
    if (!Buffer.from(part.bytes.buffer, part.bytes.byteOffset + at, chunk.byteLength).equals(chunk)) at = NaN;
    at += chunk.byteLength;
  }
  if (at === part.sizeBytes) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${what} is not the archive of this image, at byte ${String(offset)}`,
    {
      hint: 'A name, an index or a header in it was changed, or it is cut short. Stage it anew.',
      context: { offset },
    },
  );
}
