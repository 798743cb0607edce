/** The last link of every chain: bytes against the digest that was vouched for. */
import { createHash } from 'node:crypto';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import { VerificationError } from '../model/errors.ts';
import { assertMinted } from '../model/minted.ts';
import type { Verified } from '../model/verification.ts';

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
  const hash = createHash(digestAlgorithm(digest));
  let sizeBytes = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    sizeBytes += chunk.length;
    if (wanted !== undefined && sizeBytes > wanted) throw otherSize(what, wanted, `more than ${wanted}`);
    hash.update(chunk);
  }
  if (wanted !== undefined && sizeBytes !== wanted) throw otherSize(what, wanted, String(sizeBytes));
  const found = hash.digest('hex');
  if (found === digestHex(digest)) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${what} has the digest ${digestAlgorithm(digest)}:${found}, expected ${digest}`,
    {
      hint: 'The bytes are not those that were vouched for: a mirror out of step, or an attack.',
      context: { expected: digest, found: `${digestAlgorithm(digest)}:${found}` },
    },
  );
}

function otherSize(what: string, expected: number, found: string): VerificationError {
  return new VerificationError('SIZE_MISMATCH', `${what} has ${found} bytes, expected ${expected}`, {
    context: { expected, found },
  });
}
