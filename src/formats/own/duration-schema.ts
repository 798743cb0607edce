/** A length of time in a file. */
import { z } from 'zod';
import { durationPattern, durationRule, parseDuration, toMs } from './duration.ts';

/** A number alone is a slip that has one likely meaning: of what stands in files, days. */
function ruleFor(input: unknown): string {
  return /^[1-9][0-9]*$/.test(String(input)) ? `${durationRule}: write ${String(input)}d` : durationRule;
}

/** The same in a file: text in, milliseconds out. */
export const durationSchema = z
  .string({ error: ({ input }) => (typeof input === 'number' ? ruleFor(input) : undefined) })
  .regex(durationPattern, { error: ({ input }) => ruleFor(input), abort: true })
  .refine((text) => toMs(text) !== undefined, { error: durationRule, abort: true })
  .transform(parseDuration);

/** Of sources whose newest version nobody signs. */
export const maxAgeSchema = durationSchema
  .exactOptional()
  .describe(
    'a length of time: where the newest version is older than that, by its signatures (or, of what nobody signs, since it was seen first), every run says so. It is given up, or somebody holds back what is new',
  );
