/** Is a file the archive of an image that a manifest pins? Told from the file and the manifest alone. */
import { archivedManifestPath, archiveBytes, archiveParts } from '../../formats/own/image-archive.ts';
import { maxManifestBytes } from '../../formats/upstream/oci-manifest.ts';
import { sizeInUstarHeader, ustarBlockBytes } from '../../formats/upstream/ustar.ts';
import type { Readable } from '../../model/readable-file.ts';
import { VerificationError } from '../../model/errors.ts';
import { readImageContent, requireConfig, type ImageContent } from '../../verify/image/image-content.ts';
import { requirePart } from './image-archive-file.ts';
import type { WantedImage } from './image-items.ts';

/**
 * Every byte is compared, or hashed, and there is none besides. Throws VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH`,
 * and as `readImageContent` and `requireConfig` do; UsageError `FILE_UNREADABLE`.
 */
export async function verifyArchive(
  wanted: WantedImage,
  file: Readable,
  what: string,
): Promise<ImageContent> {
  const { image, architecture } = wanted;
  const pinned = readImageContent(image, architecture, { manifest: await readManifest(wanted, file, what) });
  const parts = archiveParts(pinned);
  const expectedBytes = archiveBytes(parts);
  if (file.sizeBytes !== expectedBytes) {
    const message = `${what} has ${String(file.sizeBytes)} bytes, expected ${String(expectedBytes)}`;
    throw new VerificationError('SIZE_MISMATCH', message, {
      context: { expected: expectedBytes, found: file.sizeBytes },
    });
  }
  let offset = 0;
  for (const part of parts) {
    const name = part.kind === 'blob' ? `${what}: the blob at byte ${String(offset)}` : what;
    await requirePart(part, offset, file, name);
    if (part.kind === 'blob' && part.digest === pinned.config.digest) {
      requireConfig(await readAll(file, offset, part.sizeBytes), pinned);
    }
    offset += part.sizeBytes;
  }
  return pinned;
}

/** The first member, which only the pinned digest can name. */
async function readManifest({ image }: WantedImage, file: Readable, what: string): Promise<Uint8Array> {
  const header = await readAll(file, 0, ustarBlockBytes);
  const sizeBytes = sizeInUstarHeader(header, archivedManifestPath(image.digest));
  if (sizeBytes === undefined || sizeBytes > maxManifestBytes) {
    throw new VerificationError('DIGEST_MISMATCH', `${what} is not the archive of ${image.digest}`, {
      hint: 'Stage it anew.',
      context: { expected: image.digest },
    });
  }
  return readAll(file, ustarBlockBytes, sizeBytes);
}

async function readAll(file: Readable, offset: number, count: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read(offset, count)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}
