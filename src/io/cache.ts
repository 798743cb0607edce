/**
 * Bytes by digest, on disk: `<directory>/blobs/<algorithm>/<hex>`, as in an OCI image layout. The name is
 * what makes an entry right: every read hashes, so a damaged or planted file is a miss, never an answer.
 */
import { hash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestAlgorithm, digestHex } from '../model/digest.ts';
import type { Digest } from '../model/digest.ts';
import type { Cache } from '../model/ports.ts';
import { ensureDirectory, readRegularFile } from './files.ts';
import { createTemporarySibling } from './temporary-file.ts';
import { unlessRefused } from './lenient.ts';

/** What is larger is neither kept nor read: it would be held in memory. */
const maxBlobBytes = 256 * 1024 * 1024;

/** `directory` need not exist. Its files may vanish or change at any time. */
export function createCache(directory: string): Cache {
  const blobPath = (digest: Digest) => join(directory, 'blobs', digestAlgorithm(digest), digestHex(digest));
  return {
    async read(digest) {
      const path = blobPath(digest);
      const bytes = await unlessRefused(readRegularFile(path, maxBlobBytes, 'refused'));
      if (bytes === undefined || hasDigest(bytes, digest)) return bytes;
      await unlink(path).catch(() => undefined);
      return undefined;
    },
    async write(digest, bytes) {
      // Not hashed here: bytes under a digest that is not theirs are thrown away by the next read.
      if (bytes.byteLength > maxBlobBytes) return;
      await unlessRefused(writeCacheFile(blobPath(digest), bytes));
    },
  };
}

/**
 * Whole or not at all, in place of what stands there: it is the cache's own. Not flushed to disk, so its reader must tell
 * what a power cut left half-written.
 */
export async function writeCacheFile(path: string, bytes: Uint8Array): Promise<void> {
  await ensureDirectory(dirname(path), 0o700);
  const temporary = await createTemporarySibling(path, { mode: 0o600, isDurable: false });
  try {
    await temporary.write(bytes);
    await temporary.commit();
  } finally {
    await temporary.discard();
  }
}

function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  return hash(digestAlgorithm(digest), bytes) === digestHex(digest);
}
