/**
 * Lengths of time as people write them: a whole number and a unit, `90s`, `30m`, `12h`, `30d`, `7w`. A day has
 * 24 hours; there are no months.
 */
import { z } from 'zod';
import { UsageError } from '../../model/errors.ts';

const pattern = /^([1-9][0-9]{0,9})([smhdw])$/;
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** A hundred years: what is longer is a slip, and would leave the range of dates. */
const maxMs = 36_525 * 86_400_000;

function toMs(text: string): number | undefined {
  const [, count, unit] = pattern.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  return ms <= maxMs ? ms : undefined;
}

const rule = 'must be a whole number of s, m, h, d or w (30d), of 100 years at most';

/** Untrusted text to milliseconds. Throws UsageError `USAGE`. */
export function parseDuration(text: string): number {
  const ms = toMs(text);
  if (ms !== undefined) return ms;
  throw new UsageError('USAGE', `not a length of time: ${JSON.stringify(text)}`, {
    hint: 'Write a whole number and one of s, m, h, d and w: 12h, 30d, 7w.',
  });
}

/** A number alone is a slip that has one likely meaning: of what stands in files, days. */
function ruleFor(input: unknown): string {
  return /^[1-9][0-9]*$/.test(String(input)) ? `${rule}: write ${String(input)}d` : rule;
}

/** The same in a file: text in, milliseconds out. */
export const durationSchema = z
  .string({ error: ({ input }) => (typeof input === 'number' ? ruleFor(input) : undefined) })
  .regex(pattern, { error: ({ input }) => ruleFor(input), abort: true })
  .refine((text) => toMs(text) !== undefined, { error: rule, abort: true })
  .transform(parseDuration);

/** Of sources whose newest version nobody signs. */
export const maxAgeSchema = durationSchema
  .exactOptional()
  .describe(
    'a length of time: where the newest version is older than that, by its signatures (or, of what nobody signs, since it was seen first), every run says so. It is given up, or somebody holds back what is new',
  );
