/** Work on many things, some of them at the same time. */

export interface Turns {
  /** How many at the same time. */
  readonly jobs: number;
  /** Nothing is begun after this. */
  readonly signal?: AbortSignal | undefined;
}

/** What a thing leaves to be done beside the next one. */
export interface Rest {
  readonly rest: Promise<unknown>;
  /** Of little weight: many of them may go on at the same time, and finish together. */
  readonly isSmall?: boolean;
}

/** Each may hold a file open. */
const maxSmall = 128;

/**
 * Calls `act` for each of a queue, which is emptied by it. What it hands back goes on beside the next one of its
 * turn, and beside no other: the network need not wait for the disk, nor be far ahead of it. Throws what `act` throws, and what
 * it hands back.
 */
export async function inTurns<T>(
  queue: T[],
  { jobs, signal }: Turns,
  act: (one: T) => Promise<Rest | undefined>,
): Promise<void> {
  const small = new Set<Promise<unknown>>();
  const work = async () => {
    let rest: Promise<unknown> = Promise.resolve();
    try {
      for (let one = queue.shift(); one !== undefined && signal?.aborted !== true; one = queue.shift()) {
        const next = await act(one);
        if (next?.isSmall === true) {
          // One that fails stays: whoever waits for them next throws its error.
          const ended: Promise<unknown> = next.rest.then(() => small.delete(ended));
          ended.catch(() => undefined);
          small.add(ended);
          while (small.size >= maxSmall) await Promise.race(small);
          continue;
        }
        await rest;
        rest = next?.rest ?? Promise.resolve();
        // It is awaited by the next turn: until then it is nobody's unhandled rejection.
        rest.catch(() => undefined);
      }
    } finally {
      await rest;
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await Promise.allSettled(small);
  }
  await Promise.all(small);
}
