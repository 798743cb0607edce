/** The last link of every chain: bytes against the digest that was vouched for. */
import { createHash } from 'node:crypto';
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import { assertMinted } from '../model/minted.ts';
import type { Verified } from '../model/verification.ts';
import { refuseExcess, verifyFound } from './digest.ts';

/** Bytes in memory, or as they come: of a file, of a response. */
export type Content = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What has a digest, and a size where that was vouched for, too. */
export interface Digested {
  readonly digest: Digest;
  /** In bytes. Most signatures say nothing about it. */
  readonly sizeBytes?: number;
}

/**
 * Compares untrusted content with what was vouched for, and reads no further than its size. Use what was compared, and
 * not what is read again from the same place.
 *
 * Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`, and TypeError for a `verified` that no function of this
 * library made. `what` is for messages.
 */
export async function verifyContent(
  verified: Verified<Digested>,
  content: Content,
  what = 'the content',
): Promise<void> {
  assertMinted(verified, 'Verified');
  const { digest, sizeBytes: wanted } = verified.subject;
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let sizeBytes = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    sizeBytes += chunk.length;
    if (wanted !== undefined) refuseExcess(sizeBytes, { digest, sizeBytes: wanted }, what);
    hash.update(chunk);
  }
  const found = { sizeBytes, digest: `${algorithm}:${hash.digest('hex')}` } as const;
  verifyFound(found, { digest, sizeBytes: wanted ?? sizeBytes }, what);
}
