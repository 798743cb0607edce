/** A file that is written as its bytes are made, hashed on the way, and in place only when it is whole. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Digest } from '../model/digest.ts';
import { UsageError } from '../model/errors.ts';
import { orUnreadable } from './files.ts';
import { requireReplaceable } from './replaceable.ts';
import { createTemporarySibling, errnoOf, type TemporarySibling } from './temporary-file.ts';

export interface PackedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Neither `commit` nor `discard` has been called. */
  readonly file: TemporarySibling;
}

/** SHA-512, as release checksum files have it. Throws UsageError `FILE_UNWRITABLE`, and what `bytes` throws. */
export async function writePackedFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<PackedFile> {
  await requireReplaceable(path);
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

/**
 * Is a directory that may not be there yet outside of the tree, by whatever path? Throws UsageError `USAGE` where it is
 * the tree, or below it, and `FILE_UNREADABLE`.
 */
export async function requireOutside(tree: string, directory: string): Promise<void> {
  const within = relative(await orUnreadable(tree, () => realpath(tree)), await realOf(directory));
  if (within === '..' || within.startsWith('../')) return;
  throw new UsageError('USAGE', `cannot write to ${directory}: it is in ${tree}, which is to be packaged`, {
    hint: 'Name an --out that is not in --tree.',
    context: { tree, directory },
  });
}

/** With the links of what is there of it resolved. */
async function realOf(path: string): Promise<string> {
  const full = resolve(path);
  return orUnreadable(path, async () => {
    try {
      return await realpath(full);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || dirname(full) === full) throw error;
      return join(await realOf(dirname(full)), basename(full));
    }
  });
}
