/** Files read by those who have a use for a part of one, or for its bytes as they pass. */
import { createHash, hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Digest, DigestAlgorithm } from '../model/digest.ts';
import { openRegularFile, orUnreadable, readChunks, readIfSmall } from './files.ts';

/** The digest of a regular file, in constant memory; follows symbolic links. Throws UsageError `FILE_UNREADABLE`. */
export async function hashFile(path: string, algorithm: DigestAlgorithm): Promise<Digest> {
  const small = await readIfSmall(path, Infinity);
  if (small !== undefined) return `${algorithm}:${hash(algorithm, small)}`;
  const file = await openRegularFile(path, 'followed');
  return orUnreadable(path, async (): Promise<Digest> => {
    try {
      const hashing = createHash(algorithm);
      for await (const chunk of readChunks(file)) hashing.update(chunk);
      return `${algorithm}:${hashing.digest('hex')}`;
    } finally {
      await file.close();
    }
  });
}

/** A regular file of at most `maxBytes`; undefined for a larger one. Throws UsageError `FILE_UNREADABLE`. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const small = await readIfSmall(path, maxBytes);
  if (small !== undefined) return small;
  const file = await openRegularFile(path, 'followed');
  return orUnreadable(path, async () => {
    try {
      if ((await file.stat()).size > maxBytes) return undefined;
      const bytes = await readUpTo(file, maxBytes + 1);
      return bytes.byteLength > maxBytes ? undefined : bytes;
    } finally {
      await file.close();
    }
  });
}

/**
 * The first bytes of a file, at most `maxBytes`: for who refuses larger ones with a reason of their own. Throws
 * UsageError `FILE_UNREADABLE`.
 */
export async function readFileStart(path: string, maxBytes: number): Promise<Uint8Array> {
  const small = await readIfSmall(path, maxBytes);
  if (small !== undefined) return small;
  return orUnreadable(path, async () => {
    const file = await open(path, constants.O_RDONLY);
    try {
      return await readUpTo(file, maxBytes);
    } finally {
      await file.close();
    }
  });
}

async function readUpTo(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let missing = maxBytes;
  for await (const chunk of readChunks(file)) {
    chunks.push(Uint8Array.from(chunk.subarray(0, missing)));
    missing -= Math.min(missing, chunk.byteLength);
    if (missing === 0) break;
  }
  return Buffer.concat(chunks);
}

/** A file's bytes as they are read, each chunk valid until the next. Throws UsageError `FILE_UNREADABLE`. */
export async function* streamFile(path: string): AsyncGenerator<Uint8Array, void, void> {
  const file = await orUnreadable(path, () => open(path, constants.O_RDONLY));
  try {
    yield* readChunks(file);
  } finally {
    await file.close();
  }
}
