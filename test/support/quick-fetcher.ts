/**
 * A fetcher for tests: the real one, whose pauses only move a clock of its own. Its time-outs are long, since a machine
 * that is busy is no server that stalls.
 */
import { createFetcher } from '../../src/io/http/fetcher.ts';
import type { FetcherOptions, RetryEvent } from '../../src/io/http/options.ts';
import type { Fetcher } from '../../src/model/ports.ts';

export interface QuickFetcher extends Fetcher {
  close(): Promise<void>;
  /** What it waited for, in place of waiting. */
  readonly retries: readonly RetryEvent[];
}

/** The time at which its clock starts, in milliseconds since 1970. */
export const startMs = Date.UTC(2026, 0, 2, 3, 4, 5);

export function quickFetcher(options: FetcherOptions = {}): QuickFetcher {
  const retries: RetryEvent[] = [];
  let nowMs = startMs;
  const fetcher = createFetcher({
    timeouts: { connectMs: 60_000, headersMs: 60_000, stallMs: 60_000 },
    onRetry: (event) => retries.push(event),
    timing: {
      now: () => nowMs,
      elapsedMs: () => nowMs,
      sleep: (ms) => {
        nowMs += ms;
        return Promise.resolve();
      },
      random: () => 0.5,
    },
    ...options,
  });
  return { ...fetcher, retries };
}

/**
 * For servers that stall. Of a time-out above a second undici counts turns of the event loop, so that a process which was
 * not let run does not take that for the server's silence.
 */
export const impatient = { headersMs: 1_100, stallMs: 1_100 };
