import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverWaitMs } from '../../../../src/io/http/status.ts';

const nowMs = Date.UTC(2026, 5, 1, 12, 0, 0);

describe('serverWaitMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['Mon, 01 Jun 2026 12:00:30 GMT', 30_000],
    ['Mon, 01 Jun 2026 11:00:00 GMT', 0],
  ])('reads Retry-After: %s', (value, expectedMs) => {
    expect(serverWaitMs({ headers: { 'retry-after': value } }, nowMs)).toBe(expectedMs);
  });

  it.each(['', 'soon', '-5', '1.5', '1e3', '2026-06-01', 'Mon, 99 Foo 2026 12:00:30 GMT'])(
    'does not believe Retry-After: %j',
    (value) => {
      expect(serverWaitMs({ headers: { 'retry-after': value } }, nowMs)).toBeUndefined();
    },
  );

  it('reads GitHub’s reset time, only where nothing remains', () => {
    const reset = String(nowMs / 1000 + 90);
    expect(
      serverWaitMs({ headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } }, nowMs),
    ).toBe(90_000);
    expect(
      serverWaitMs({ headers: { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': reset } }, nowMs),
    ).toBe(undefined);
  });

  it.each([
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '45' }, 45_000],
    [{ 'ratelimit-remaining': '0;w=21600', 'ratelimit-reset': String(nowMs / 1000 + 45) }, 45_000],
    [{ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '45' }, 45_000],
    [{ 'ratelimit-remaining': '10', 'ratelimit-reset': '45' }, undefined],
    [{ 'ratelimit-remaining': '0' }, undefined],
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' }, undefined],
  ])('reads the allowances of others: %j', (headers, expectedMs) => {
    expect(serverWaitMs({ headers }, nowMs)).toBe(expectedMs);
  });

  it('is a time that a Date can hold, whatever the header', () => {
    const values = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,400}$/));
    fc.assert(
      fc.property(values, values, (retryAfter, reset) => {
        const headers = {
          'retry-after': retryAfter,
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': reset,
        };
        const waitMs = serverWaitMs({ headers }, nowMs) ?? 0;
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(new Date(nowMs + waitMs).toISOString()).toMatch(/^20/);
      }),
    );
  });
});
