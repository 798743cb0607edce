/**
 * Hashing on all cores: a thread each (hash-worker.ts), begun when there is work for it. The main thread receives and
 * writes; the threads read back what was written, out of the page cache, a little behind. Nothing is copied between
 * them, and nothing piles up in memory if one of them is slow.
 *
 * SHA-256 and SHA-512 are sequential: a file is hashed by one thread, and the cores are kept busy by files.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { Digest, DigestAlgorithm } from '../model/digest.ts';
import type { HashAnswer, HashRequest } from './hash-worker.ts';
import { errnoOf } from './temporary-file.ts';

/** The hash of one file, from its beginning on. */
export interface FileHashing {
  /** The bytes up to here can be read. */
  extend(upTo: number): void;
  /** The digest of the bytes up to here. Rejects with `HashingFailure`. */
  end(upTo: number): Promise<Digest>;
  /** Nobody asks any more: before the descriptor is closed, or the file begun anew. */
  forget(): void;
}

export interface HashPool {
  /** `fd` must stay open until `end` has answered, or `forget` was called. */
  open(fd: number, algorithm: DigestAlgorithm): FileHashing;
  close(): Promise<void>;
}

/** `errno`: a system error's code, or `ENDED`: the file has become shorter. */
export class HashingFailure extends Error {
  readonly errno: string;
  constructor(errno: string) {
    super(`hashing failed: ${errno}`);
    this.errno = errno;
  }
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve(digest: Digest): void; reject(error: Error): void }>;
  /** Files that it is at. */
  load: number;
}

/** Of the first `sizeBytes` that a small file holds, on this thread. Throws HashingFailure. */
export function hashSmall(fd: number, sizeBytes: number, algorithm: DigestAlgorithm): Digest {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  try {
    for (let done = 0; done < sizeBytes;) {
      const count = readSync(fd, bytes, done, sizeBytes - done, done);
      if (count === 0) throw new HashingFailure('ENDED');
      done += count;
    }
  } catch (error) {
    throw error instanceof HashingFailure ? error : new HashingFailure(errnoOf(error) ?? 'EIO');
  }
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function coreCount(): number {
  return availableParallelism();
}

export function createHashPool(size: number = coreCount()): HashPool {
  const threads: Thread[] = [];
  let lastId = 0;

  function choose(): Thread {
    const idle = threads.find(({ load }) => load === 0);
    if (idle !== undefined) return idle;
    if (threads.length < size) {
      const thread = startThread();
      threads.push(thread);
      return thread;
    }
    return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
  }
  return {
    open(fd, algorithm) {
      const thread = choose();
      const id = ++lastId;
      const send = (request: HashRequest) => thread.worker.postMessage(request);
      let isOpen = true;
      thread.load++;
      const leave = () => {
        if (isOpen) thread.load--;
        isOpen = false;
      };
      return {
        extend: (upTo) => send({ type: 'extend', id, fd, algorithm, upTo }),
        end: (upTo) =>
          new Promise<Digest>((resolve, reject) => {
            thread.waiting.set(id, { resolve, reject });
            thread.worker.ref();
            send({ type: 'end', id, fd, algorithm, upTo });
          }).finally(leave),
        forget() {
          if (isOpen) send({ type: 'forget', id });
          leave();
        },
      };
    },
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

/** A thread sees no file that is inside of the single executable: there it is given the text. */
function workerCode(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const file = new URL(`./hash-worker.${extension}`, import.meta.url);
  return isSea() ? new URL(`data:text/javascript,${encodeURIComponent(readFileSync(file, 'utf8'))}`) : file;
}

function startThread(): Thread {
  const worker = new Worker(workerCode(), {
    // It holds one buffer and a few numbers: without these, V8 sets much more aside.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    execArgv: [],
  });
  const thread: Thread = { worker, waiting: new Map(), load: 0 };
  const settle = (id: number) => {
    const waiting = thread.waiting.get(id);
    thread.waiting.delete(id);
    // An idle thread keeps no process alive.
    if (thread.waiting.size === 0) worker.unref();
    return waiting;
  };
  worker.on('message', (answer: HashAnswer) => {
    const waiting = settle(answer.id);
    if ('digest' in answer) waiting?.resolve(answer.digest);
    else waiting?.reject(new HashingFailure(answer.errno));
  });
  worker.on('error', (error) => {
    for (const id of [...thread.waiting.keys()]) {
      settle(id)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  worker.unref();
  return thread;
}
