/**
 * A thread that hashes files, given as open descriptors (threads of a process share them). Of a file that is still
 * being written it is told how far it is: what is hashed is what stands in the file, not what was meant to.
 *
 * Runs as `src/io/hash-worker.ts`, `dist/io/hash-worker.js`, and `dist/hash-worker.js` beside the bundled command line; and
 * on the main thread where a bundler has left it behind (hash-pool.ts).
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Digest, DigestAlgorithm } from '../model/digest.ts';

/** To the thread, in the order in which they count. */
export type HashRequest =
  | {
      readonly type: 'extend' | 'end';
      readonly id: number;
      readonly fd: number;
      readonly algorithm: DigestAlgorithm;
      /** The file's bytes up to here are written. */
      readonly upTo: number;
    }
  | { readonly type: 'forget'; readonly id: number };

/** The answer to `end`; `errno` where reading failed, `ENDED` where the file is shorter than it was said to be. */
export type HashAnswer =
  { readonly id: number; readonly digest: Digest } | { readonly id: number; readonly errno: string };

interface Hashing {
  readonly hash: Hash;
  at: number;
  errno: string | undefined;
}

/** What the pool starts a thread with: a program that is a thread itself may have this module among its own. */
export const threadMark = 'assay: hash';

/** Small enough to stay in a core's cache between reading and hashing. */
const bufferBytes = 256 * 1024;
let buffer: Buffer | undefined;
const files = new Map<number, Hashing>();

if (workerData === threadMark) {
  parentPort?.on('message', (request: HashRequest) => {
    const answer = answerTo(request);
    if (answer !== undefined) parentPort?.postMessage(answer);
  });
}

/** `id`: of this thread's files alone. */
export function answerTo(request: HashRequest): HashAnswer | undefined {
  if (request.type === 'forget') {
    files.delete(request.id);
    return undefined;
  }
  const { id, fd, algorithm, upTo } = request;
  const file = files.get(id) ?? { hash: createHash(algorithm), at: 0, errno: undefined };
  files.set(id, file);
  advance(file, fd, upTo);
  if (request.type === 'extend') return undefined;
  files.delete(id);
  return file.errno === undefined
    ? { id, digest: `${algorithm}:${file.hash.digest('hex')}` }
    : { id, errno: file.errno };
}

function advance(file: Hashing, fd: number, upTo: number): void {
  buffer ??= Buffer.allocUnsafeSlow(bufferBytes);
  try {
    while (file.errno === undefined && file.at < upTo) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, upTo - file.at), file.at);
      if (count === 0) file.errno = 'ENDED';
      file.hash.update(count === buffer.length ? buffer : buffer.subarray(0, count));
      file.at += count;
    }
  } catch (error) {
    file.errno = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  }
}
