/** What is to be vouched for: an artifact by its digest, and its bytes where they are at hand. */
import { createHash } from 'node:crypto';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf } from '../digest.ts';

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Subject {
  readonly digest: Digest;
  /** Its bytes, where they are at hand. They are hashed again as they stream by, and must have the digest. */
  readonly open?: (() => Chunks) | undefined;
  /** The same in one piece, of a small one. */
  readonly bytes?: Uint8Array | undefined;
}

/** What is in memory. */
export function subjectOfBytes(bytes: Uint8Array): Subject {
  return { digest: digestOf('sha256', bytes), open: () => [bytes], bytes };
}

/** Lower-case hex by algorithm, under its name in-toto: `sha256`. */
export type Digests = Readonly<Record<string, string>>;

/** Hashes that a statement may name; others count for nothing. */
const algorithms = ['sha256', 'sha384', 'sha512'];

/**
 * The artifact's digests by those of `named` that are known: without its bytes only the one that it was given by. Throws
 * VerificationError `DIGEST_MISMATCH` where the bytes are not the artifact's.
 */
export async function digestsOf({ digest, open }: Subject, named: ReadonlySet<string>): Promise<Digests> {
  const given = { [digestAlgorithm(digest)]: digestHex(digest) };
  const missing = algorithms.filter((algorithm) => named.has(algorithm) && !Object.hasOwn(given, algorithm));
  if (open === undefined || missing.length === 0) return given;
  const hashes = [digestAlgorithm(digest), ...missing].map((name) => ({ name, hash: createHash(name) }));
  for await (const chunk of open()) for (const { hash } of hashes) hash.update(chunk);
  const found = Object.fromEntries(hashes.map(({ name, hash }) => [name, hash.digest('hex')]));
  if (found[digestAlgorithm(digest)] === digestHex(digest)) return found;
  throw new VerificationError('DIGEST_MISMATCH', `the artifact has not the digest ${digest} any more`, {
    hint: 'It was changed while it was read.',
  });
}

/** Without the bytes of the artifact there is no verdict. */
export function needsBytes(what: string, found: string): VerificationError {
  return new VerificationError('ALGORITHM_REFUSED', `${what}: ${found}`, {
    hint: 'Give the file itself in place of its digest, or a signature by an ECDSA key over that digest.',
  });
}
