/**
 * Digests and sizes of bytes, judged. Used on whole buffers (indexes) and on streams (staging).
 */
import { createHash, hash as hashOf, type Hash } from 'node:crypto';
import { digestAlgorithm, type Digest, type DigestAlgorithm } from '../model/digest.ts';
import { VerificationError } from '../model/errors.ts';
import type { FoundFile } from '../model/staging-ports.ts';

export interface Expected {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export function digestOf(algorithm: DigestAlgorithm, bytes: Uint8Array): Digest {
  return `${algorithm}:${hashOf(algorithm, bytes)}`;
}

export async function digestOfStream(
  algorithm: DigestAlgorithm,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const chunk of chunks) hash.update(chunk);
  return `${algorithm}:${hash.digest('hex')}`;
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
    const digest: Digest = `${digestAlgorithm(this.#expected.digest)}:${this.#hash.digest('hex')}`;
    verifyFound({ sizeBytes: this.#sizeBytes, digest }, this.#expected, this.#what);
  }
}

/**
 * Compares what passes with what is expected of it, and returns its SHA-256, by which registries know it: of one reading,
 * so that both are of the same bytes. Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`.
 */
export async function verifyPieces(
  pieces: AsyncIterable<Uint8Array>,
  expected: Expected,
  what: string,
): Promise<Digest> {
  const check = new StreamCheck(expected, what);
  const hash = createHash('sha256');
  const isOther = digestAlgorithm(expected.digest) !== 'sha256';
  for await (const piece of pieces) {
    check.update(piece);
    if (isOther) hash.update(piece);
  }
  check.finish();
  return isOther ? `sha256:${hash.digest('hex')}` : expected.digest;
}

/** For bytes that are counted here and hashed elsewhere. Throws VerificationError `SIZE_MISMATCH`. */
export function refuseExcess(sizeBytes: number, expected: Expected, what: string): void {
  if (sizeBytes <= expected.sizeBytes) return;
  throw wrongSize(sizeBytes, `more than ${String(expected.sizeBytes)}`, expected, what);
}

export function isExpected(found: FoundFile, { sizeBytes, digest }: Expected): boolean {
  return found.sizeBytes === sizeBytes && found.digest === digest;
}

/** Says nothing about the bytes. Throws VerificationError `SIZE_MISMATCH`. */
export function verifySize(sizeBytes: number, expected: Expected, what: string): void {
  if (sizeBytes === expected.sizeBytes) return;
  throw wrongSize(sizeBytes, String(sizeBytes), expected, what);
}

/** The verdict on bytes that were counted and hashed elsewhere. Throws VerificationError `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
export function verifyFound(found: FoundFile, expected: Expected, what: string): void {
  verifySize(found.sizeBytes, expected, what);
  if (isExpected(found, expected)) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${what} has the digest ${found.digest ?? 'of nothing'}, expected ${expected.digest}`,
    {
      hint: 'The bytes are not those that were vouched for: a mirror out of step, or an attack.',
      context: { expected: expected.digest, found: found.digest },
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
