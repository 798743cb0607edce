/**
 * Hashing on all cores: a thread each (hash-worker.ts), begun when there is work for it. The main thread receives and
 * writes; the threads read back what was written, out of the page cache, a little behind. Nothing is copied between
 * them, and nothing piles up in memory if one of them is slow.
 *
 * SHA-256 and SHA-512 are sequential: a file is hashed by one thread, and the cores are kept busy by files.
 *
 * A program that a bundler made of the library may have left the thread's file behind: then this thread hashes, in turns
 * with all else that it does.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isSea } from 'node:sea';
import { Worker } from 'node:worker_threads';
import type { Digest, DigestAlgorithm } from '../model/digest.ts';
import { answerTo, threadMark, type HashAnswer, type HashRequest } from './hash-worker.ts';
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

interface Waiting {
  resolve(digest: Digest): void;
  reject(error: Error): void;
}

interface Thread {
  post(request: HashRequest): void;
  /** Somebody waits for an answer: the process stays for it. */
  hold(): void;
  end(): Promise<unknown>;
  readonly waiting: Map<number, Waiting>;
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

/** Of all pools: those on the main thread share it. */
let lastId = 0;

/** `code`: a thread's. Without, there are none, and this one hashes. */
export function createHashPool(
  size: number = coreCount(),
  { code }: { readonly code: URL | undefined } = { code: workerCode() },
): HashPool {
  const threads: Thread[] = [];

  function choose(): Thread {
    const idle = threads.find(({ load }) => load === 0);
    if (idle !== undefined) return idle;
    if (threads.length < (code === undefined ? 1 : size)) {
      const thread = code === undefined ? thisThread() : startThread(code);
      threads.push(thread);
      return thread;
    }
    return threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
  }
  return {
    open(fd, algorithm) {
      const thread = choose();
      const id = ++lastId;
      const send = (request: HashRequest) => thread.post(request);
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
            thread.hold();
            send({ type: 'end', id, fd, algorithm, upTo });
          }).finally(leave),
        forget() {
          if (isOpen) send({ type: 'forget', id });
          leave();
        },
      };
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

/**
 * Beside this module, unless a bundler has put that elsewhere: then it may not even say where it is. A thread sees no file
 * that is inside of the single executable: there it is given the text.
 */
function workerCode(): URL | undefined {
  const here = import.meta.url as string | undefined;
  if (here?.startsWith('file:') !== true) return undefined;
  const file = new URL(`./hash-worker.${here.endsWith('.ts') ? 'ts' : 'js'}`, here);
  if (!existsSync(file)) return undefined;
  return isSea() ? new URL(`data:text/javascript,${encodeURIComponent(readFileSync(file, 'utf8'))}`) : file;
}

function startThread(code: URL): Thread {
  const worker = new Worker(code, {
    workerData: threadMark,
    // It holds one buffer and a few numbers: without these, V8 sets much more aside.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    execArgv: [],
  });
  const thread: Thread = {
    ...{ waiting: new Map(), load: 0 },
    post: (request) => worker.postMessage(request),
    hold: () => worker.ref(),
    end: () => worker.terminate(),
  };
  const settle = (id: number) => {
    const waiting = thread.waiting.get(id);
    thread.waiting.delete(id);
    // An idle thread keeps no process alive.
    if (thread.waiting.size === 0) worker.unref();
    return waiting;
  };
  worker.on('message', (answer: HashAnswer) => {
    tell(answer, settle(answer.id));
  });
  worker.on('error', (error) => {
    for (const id of [...thread.waiting.keys()]) {
      settle(id)?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  worker.unref();
  return thread;
}

function thisThread(): Thread {
  const waiting: Thread['waiting'] = new Map();
  return {
    ...{ waiting, load: 0 },
    post(request) {
      setImmediate(() => {
        const answer = answerTo(request);
        if (answer === undefined) return;
        tell(answer, waiting.get(answer.id));
        waiting.delete(answer.id);
      });
    },
    // What is still to be done keeps the process by itself.
    hold: () => undefined,
    end: () => Promise.resolve(),
  };
}

function tell(answer: HashAnswer, waiting: Waiting | undefined): void {
  if ('digest' in answer) waiting?.resolve(answer.digest);
  else waiting?.reject(new HashingFailure(answer.errno));
}
