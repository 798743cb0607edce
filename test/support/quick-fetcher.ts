/**
 * A fetcher for tests: the real one, with short time-outs and pauses that only move a clock of its own.
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
    timeouts: { connectMs: 500, headersMs: 200, stallMs: 200 },
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

/** For servers that answer, on a machine that may be busy: no time-out comes in between. */
export const patient = { connectMs: 10_000, headersMs: 10_000, stallMs: 10_000 };
