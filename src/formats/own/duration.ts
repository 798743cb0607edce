/**
 * Lengths of time as people write them: a whole number and a unit, `90s`, `30m`, `12h`, `30d`, `7w`. A day has
 * 24 hours; there are no months.
 */
import { UsageError } from '../../model/errors.ts';

export const durationPattern = /^([1-9][0-9]{0,9})([smhdw])$/;
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** A hundred years: what is longer is a slip, and would leave the range of dates. */
const maxMs = 36_525 * 86_400_000;

/** Undefined for what is none. */
export function toMs(text: string): number | undefined {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  return ms <= maxMs ? ms : undefined;
}

export const durationRule = 'must be a whole number of s, m, h, d or w (30d), of 100 years at most';

/** Untrusted text to milliseconds. Throws UsageError `USAGE`. */
export function parseDuration(text: string): number {
  const ms = toMs(text);
  if (ms !== undefined) return ms;
  throw new UsageError('USAGE', `not a length of time: ${JSON.stringify(text)}`, {
    hint: 'Write a whole number and one of s, m, h, d and w: 12h, 30d, 7w.',
  });
}
