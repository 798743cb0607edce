/** A small file of a mirror's tree, whole. Nothing vouches for it yet. */
import { VerificationError } from '../../model/errors.ts';
import type { OpenedFile } from '../../model/readable-file.ts';

/** A regular file of the mirror by its path; undefined where there is none. Throws UsageError `FILE_UNREADABLE`. */
export type OpenInMirror = (path: string) => Promise<OpenedFile | undefined>;

/** Undefined where there is none. Throws VerificationError `LIMIT_EXCEEDED`, and as `open` does. */
export async function readSmall(
  open: OpenInMirror,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const file = await open(path);
  if (file === undefined) return undefined;
  try {
    if (file.sizeBytes > maxBytes) {
      throw new VerificationError('LIMIT_EXCEEDED', `${path} has more than ${maxBytes} bytes`);
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of file.read(0, file.sizeBytes)) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  } finally {
    await file.close();
  }
}
