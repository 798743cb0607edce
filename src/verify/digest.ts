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
    if (this.#sizeBytes > this.#expected.sizeBytes) throw this.#wrongSize('more');
    this.#hash.update(chunk);
  }

  /** For a download that starts over. */
  restart(): void {
    this.#hash = createHash(digestAlgorithm(this.#expected.digest));
    this.#sizeBytes = 0;
  }

  /** Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`. Call it once, at the end. */
  finish(): void {
    if (this.#sizeBytes !== this.#expected.sizeBytes) throw this.#wrongSize('less');
    const found = this.#hash.digest();
    if (timingSafeEqual(found, Buffer.from(digestHex(this.#expected.digest), 'hex'))) return;
    const digest = `${digestAlgorithm(this.#expected.digest)}:${found.toString('hex')}`;
    throw new VerificationError(
      'DIGEST_MISMATCH',
      `${this.#what} has the digest ${digest}, expected ${this.#expected.digest}`,
      {
        hint: 'The bytes are not those that were vouched for: a mirror out of step, or an attack.',
        context: { expected: this.#expected.digest, found: digest },
      },
    );
  }

  #wrongSize(how: 'more' | 'less'): VerificationError {
    const expected = this.#expected.sizeBytes;
    const found = how === 'more' ? `more than ${String(expected)}` : String(this.#sizeBytes);
    return new VerificationError(
      'SIZE_MISMATCH',
      `${this.#what} has ${found} bytes, expected ${String(expected)}`,
      { context: { expected, found: this.#sizeBytes } },
    );
  }
}
