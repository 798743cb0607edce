import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultRetry } from '../../../../src/io/http/options.ts';
import type { RetryPolicy } from '../../../../src/io/http/options.ts';
import { backOffMs, withRetries, type Bounds } from '../../../../src/io/http/retry.ts';
import { TransportError, VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const broken = (retryAfterMs?: number) =>
  new TransportError('UNREACHABLE', 'no connection', { retryable: true, retryAfterMs });

/** Runs `failures` failing attempts (then success) against a clock that only pauses move. */
function rehearse(policy: Partial<RetryPolicy>, failure: (n: number) => Error, failures = Infinity) {
  const slept: number[] = [];
  const closing = new AbortController();
  let nowMs = Date.UTC(2026, 0, 1);
  let attempts = 0;
  const context = {
    policy: { ...defaultRetry, ...policy },
    timing: {
      now: () => nowMs,
      elapsedMs: () => nowMs - 1_000_000,
      sleep: (ms: number) => {
        slept.push(ms);
        nowMs += ms;
        return Promise.resolve();
      },
      random: () => 1,
    },
    signal: closing.signal,
    onRetry: undefined,
  };
  const run = (bounds: Bounds = {}) =>
    withRetries(
      context,
      'https://h/x',
      () => {
        attempts++;
        return attempts > failures ? Promise.resolve('done') : Promise.reject(failure(attempts));
      },
      bounds,
    );
  return { run, slept, closing, attempts: () => attempts };
}

describe('withRetries', () => {
  it('doubles its pauses up to the longest', async () => {
    const { run, slept } = rehearse({ attempts: 6, baseDelayMs: 100, maxDelayMs: 500 }, () => broken(), 5);
    expect(await run()).toBe('done');
    expect(slept).toEqual([100, 200, 400, 500, 500]);
  });

  it('gives up after its attempts, with the same code', async () => {
    const { run, attempts } = rehearse({ attempts: 3 }, () => broken());
    const error = await refusal(run(), TransportError, 'UNREACHABLE');
    expect(attempts()).toBe(3);
    expect(error.context['attempts']).toBe(3);
  });

  it('gives up when its time is used up', async () => {
    const { run, slept } = rehearse({ attempts: 99, totalMs: 1000, baseDelayMs: 400 }, () => broken());
    await refusal(run(), TransportError, 'UNREACHABLE');
    expect(slept).toEqual([400]);
  });

  it('waits as long as the server asks, though longer than its own longest pause', async () => {
    const { run, slept } = rehearse({ maxDelayMs: 100, baseDelayMs: 10 }, () => broken(30_000), 1);
    await run();
    expect(slept).toEqual([30_000]);
  });

  it('fails at once where the server asks for more than there is, and says until when', async () => {
    const { run, slept } = rehearse({ totalMs: 60_000 }, () => broken(3_600_000));
    const error = await refusal(run(), TransportError, 'UNREACHABLE');
    expect(slept).toEqual([]);
    expect(error.message).toContain('2026-01-01T01:00:00.000Z');
  });

  it('ends with what its bounds say, where the next attempt would come too late', async () => {
    const late = new TransportError('TIMED_OUT', 'too late');
    const { run, slept } = rehearse({ baseDelayMs: 1000 }, () => broken());
    const overdue = (afterMs: number) => (afterMs > 1000 ? late : undefined);
    expect(await refusal(run({ overdue }), TransportError, 'TIMED_OUT')).toBe(late);
    expect(slept).toEqual([1000]);
  });

  it('never repeats what is not retryable', async () => {
    const permanent = rehearse({}, () => new TransportError('NOT_FOUND', 'not there'));
    await refusal(permanent.run(), TransportError, 'NOT_FOUND');
    expect(permanent.attempts()).toBe(1);
  });

  it('never repeats what failed a check, nor a bug', async () => {
    const checked = rehearse({}, () => new VerificationError('SIZE_MISMATCH', 'expected 1, found 2'));
    await refusal(checked.run(), VerificationError, 'SIZE_MISMATCH');
    expect(checked.attempts()).toBe(1);
    const bug = rehearse({}, () => new TypeError('x is undefined'));
    await expect(bug.run()).rejects.toBeInstanceOf(TypeError);
    expect(bug.attempts()).toBe(1);
  });

  it('starts counting anew after progress, but not for ever', async () => {
    const { run, attempts } = rehearse({ attempts: 2, absoluteAttempts: 7, totalMs: 1e9 }, () => broken());
    await refusal(run({ madeProgress: () => true }), TransportError, 'UNREACHABLE');
    expect(attempts()).toBe(7);
  });

  it('makes no further attempt once closed', async () => {
    const { run, closing, attempts } = rehearse({}, () => broken());
    closing.abort();
    await refusal(run(), TransportError, 'UNREACHABLE');
    expect(attempts()).toBe(1);
  });
});

it('backOffMs is between half and all of what is due, and bounded', () => {
  const policy = { ...defaultRetry, baseDelayMs: 100, maxDelayMs: 3000 };
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), random, (failures, dice) => {
      const fullMs = Math.min(3000, 100 * 2 ** (failures - 1));
      const delayMs = backOffMs(policy, failures, dice);
      expect(delayMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(delayMs).toBeLessThanOrEqual(fullMs);
    }),
  );
});
