/**
 * Digests as the OCI image specification writes them: `sha256:<64 lower-case hex>`, `sha512:<128>`.
 */
import { UsageError } from './errors.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** `sha256:…` or `sha512:…`, lower-case hex of the right length. Only `parseDigest` and friends make one. */
export type Digest = `${DigestAlgorithm}:${string}`;

const pattern = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** Throws UsageError `USAGE` for anything but a well-formed digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new UsageError('USAGE', `not a digest: ${JSON.stringify(text)}`, {
    hint: 'Write sha256: and 64 lower-case hex digits, or sha512: and 128.',
  });
}

/** A digest from its algorithm and bare hex (upper case is accepted); undefined if the length is wrong. */
export function digestFromHex(algorithm: DigestAlgorithm, hex: string): Digest | undefined {
  const digest = `${algorithm}:${hex.toLowerCase()}`;
  return isDigest(digest) ? digest : undefined;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha256:') ? 'sha256' : 'sha512';
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
