/**
 * Digests and sizes of bytes, judged. Used on whole buffers (indexes) and on streams (staging).
 */
import { createHash, timingSafeEqual, type Hash } from 'node:crypto';
import { digestAlgorithm, digestHex, type Digest, type DigestAlgorithm } from '../model/digest.ts';
import { VerificationError } from '../model/errors.ts';

export interface Expected {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export function digestOf(algorithm: DigestAlgorithm, bytes: Uint8Array): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
export function verifyBytes(bytes: Uint8Array, expected: Expected, what: string): void {
  const check = new StreamCheck(expected, what);
  check.update(bytes);
  check.finish();
}

/** Hashes while bytes pass: `update` throws at the first byte too many, `finish` gives the verdict. */
export class StreamCheck {
  readonly #expected: Expected;
  readonly #what: string;
  #hash: Hash;
  #sizeBytes = 0;

  constructor(expected: Expected, what: string) {
    this.#expected = expected;
    this.#what = what;
    this.#hash = createHash(digestAlgorithm(expected.digest));
  }

  /** Throws VerificationError `SIZE_MISMATCH`. */
  update(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    refuseExcess(this.#sizeBytes, this.#expected, this.#what);
    this.#hash.update(chunk);
  }

  /** For a download that starts over. */
  restart(): void {
    this.#hash = createHash(digestAlgorithm(this.#expected.digest));
    this.#sizeBytes = 0;
  }

  /** Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`. Call it once, at the end. */
  finish(): void {
    const found = { sizeBytes: this.#sizeBytes, hex: this.#hash.digest('hex') };
    verifyFound(found, this.#expected, this.#what);
  }
}

/** For bytes that are counted here and hashed elsewhere. Throws VerificationError `SIZE_MISMATCH`. */
export function refuseExcess(sizeBytes: number, expected: Expected, what: string): void {
  if (sizeBytes <= expected.sizeBytes) return;
  throw wrongSize(sizeBytes, `more than ${String(expected.sizeBytes)}`, expected, what);
}

/**
 * The verdict on bytes that were counted and hashed elsewhere; `hex` is that of the expected digest's algorithm, and
 * is not looked at where the size is wrong. Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`.
 */
export function verifyFound(
  found: { readonly sizeBytes: number; readonly hex: string },
  expected: Expected,
  what: string,
): void {
  if (found.sizeBytes !== expected.sizeBytes) {
    throw wrongSize(found.sizeBytes, String(found.sizeBytes), expected, what);
  }
  const [own, wanted] = [Buffer.from(found.hex, 'hex'), Buffer.from(digestHex(expected.digest), 'hex')];
  if (own.length === wanted.length && timingSafeEqual(own, wanted)) return;
  const digest = `${digestAlgorithm(expected.digest)}:${found.hex}`;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${what} has the digest ${digest}, expected ${expected.digest}`,
    {
      hint: 'The bytes are not those that were vouched for: a mirror out of step, or an attack.',
      context: { expected: expected.digest, found: digest },
    },
  );
}

function wrongSize(sizeBytes: number, found: string, expected: Expected, what: string): VerificationError {
  return new VerificationError(
    'SIZE_MISMATCH',
    `${what} has ${found} bytes, expected ${String(expected.sizeBytes)}`,
    { context: { expected: expected.sizeBytes, found: sizeBytes } },
  );
}
