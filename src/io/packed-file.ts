/** A file that is written as its bytes are made, hashed on the way, and in place only when it is whole. */
import { createHash } from 'node:crypto';
import type { Digest } from '../model/digest.ts';
import { createTemporarySibling, type TemporarySibling } from './temporary-file.ts';

export interface PackedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Neither `commit` nor `discard` has been called. */
  readonly file: TemporarySibling;
}

/** SHA-512, as release checksum files have it. Throws UsageError `FILE_UNWRITABLE`, and what `bytes` throws. */
export async function writePackedFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<PackedFile> {
  const file = await createTemporarySibling(path, { mode: 0o644 });
  try {
    const hash = createHash('sha512');
    let sizeBytes = 0;
    for await (const chunk of bytes) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      await file.write(chunk);
    }
    await file.seal();
    return { digest: `sha512:${hash.digest('hex')}`, sizeBytes, file };
  } catch (error) {
    await file.discard();
    throw error;
  }
}
