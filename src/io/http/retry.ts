/**
 * Trying again: only what is marked retryable, after a pause that doubles, with jitter, or that the server
 * asked for (Retry-After, RFC 9110, section 10.2.3); bounded in number and in time.
 */
import { TransportError } from '../../model/errors.ts';
import type { RetryEvent, RetryPolicy, Timing } from './options.ts';

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly timing: Timing;
  /** Ends a pause when the fetcher is closed. */
  readonly signal: AbortSignal;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
}

/** What else bounds the attempts at one thing. */
export interface Bounds {
  /** Did the attempt that just failed get further than all before it? */
  readonly madeProgress?: () => boolean;
  /** The error to end with, where there is no time for an attempt that begins so late. */
  readonly overdue?: (afterMs: number) => TransportError | undefined;
}

/**
 * Runs `attempt` until it returns, throws what is not retryable, or the policy is used up. Progress renews the policy's
 * `attempts` and `totalMs`, never `absoluteAttempts`.
 */
export async function withRetries<T>(
  context: RetryContext,
  url: string,
  attempt: () => Promise<T>,
  { madeProgress, overdue }: Bounds = {},
): Promise<T> {
  const { policy, timing, signal, onRetry } = context;
  let startedMs = timing.elapsedMs();
  let failures = 0;
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransportError) || !error.retryable) throw error;
      if (madeProgress?.() === true) {
        startedMs = timing.elapsedMs();
        failures = 0;
      }
      failures++;
      const remainingMs = Math.max(0, policy.totalMs - (timing.elapsedMs() - startedMs));
      const delayMs = Math.max(error.retryAfterMs ?? 0, backOffMs(policy, failures, timing.random()));
      const isLast = failures >= policy.attempts || attempts >= policy.absoluteAttempts;
      if (isLast || delayMs > remainingMs) throw exhausted(error, attempts, remainingMs, timing.now());
      const tooLate = overdue?.(delayMs);
      if (tooLate !== undefined) throw tooLate;
      onRetry?.({ url, attempt: attempts, delayMs, error });
      await pause(timing, delayMs, signal, error);
    }
  }
}

/** Between half and all of base × 2^(failures-1), which is at most `maxDelayMs`. `random` in [0, 1). */
export function backOffMs(policy: RetryPolicy, failures: number, random: number): number {
  const fullMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (failures - 1));
  return Math.round(fullMs / 2 + (fullMs / 2) * random);
}

async function pause(timing: Timing, ms: number, signal: AbortSignal, error: TransportError): Promise<void> {
  try {
    await timing.sleep(ms, signal);
  } catch (cause) {
    if (signal.aborted) throw error;
    throw cause;
  }
  if (signal.aborted) throw error;
}

/** The last error, saying also that and why there is no further attempt. */
function exhausted(
  error: TransportError,
  attempts: number,
  remainingMs: number,
  nowMs: number,
): TransportError {
  const askedMs = error.retryAfterMs;
  const tried = `gave up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const why =
    askedMs !== undefined && askedMs > remainingMs
      ? `; the server asks to wait until ${new Date(nowMs + askedMs).toISOString()}, ` +
        `longer than the ${Math.ceil(remainingMs / 1000)} s left for retries`
      : '';
  return new TransportError(error.code, `${error.message} (${tried}${why})`, {
    hint: error.hint,
    context: { ...error.context, attempts },
    retryable: true,
    retryAfterMs: askedMs,
    cause: error.cause,
  });
}
