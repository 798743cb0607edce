/** Errors in what commands print for machines: by themselves, and within other documents. */
import { z } from 'zod';

/** What a command makes of an `AssayError`. */
export const errorSchema = z.strictObject({
  code: z.string().describe('stable, as docs/operations.md lists them: match this'),
  message: z.string().describe('for people, and may be of several lines: never match it'),
  hint: z.string().optional().describe('what to do next'),
  exitCode: z
    .int()
    .min(2)
    .max(6)
    .describe('2 usage, 4 network, 5 refused by a check, 6 refused until a person decides'),
});

export type PrintedError = z.output<typeof errorSchema>;

/** Of several things, one that failed. */
export const failureOfSchema = z.strictObject({ name: z.string(), error: errorSchema });

export const failureSchema = z.strictObject({
  verified: z.literal(false),
  error: errorSchema.describe('why there is no other document: the command ended by it'),
});

/** An error of the library: what `JSON.stringify` makes of an `AssayError`. */
export const libraryErrorSchema = z.strictObject({
  name: z
    .enum(['UsageError', 'TransportError', 'VerificationError', 'PolicyError'])
    .describe('the class, which says who has to do something'),
  code: errorSchema.shape.code,
  message: errorSchema.shape.message,
  hint: errorSchema.shape.hint,
  context: z
    .record(z.string(), z.unknown())
    .describe('the facts of the message as data: URLs, digests, sizes in bytes'),
  get cause() {
    return z
      .union([libraryErrorSchema, z.strictObject({ name: z.string(), message: z.string() })])
      .optional()
      .describe('of an error that is none of ours its name and message alone');
  },
});
