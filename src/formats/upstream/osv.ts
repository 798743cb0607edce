/**
 * Records of vulnerabilities in OSV's format, version 1 (https://ossf.github.io/osv-schema/), and answers of its API
 * (https://google.github.io/osv.dev/post-v1-query/), of which no more is read than what is used. Nobody signs them.
 */
import { z } from 'zod';
import { VerificationError } from '../../model/errors.ts';
import { readUtf8 } from '../text/utf8.ts';

const textSchema = z.string().max(1 << 20);

/** One version each, by the specification; older records have two in one event. */
const eventSchema = z.object({
  introduced: textSchema.optional(),
  fixed: textSchema.optional(),
  last_affected: textSchema.optional(),
  limit: textSchema.optional(),
});

const rangeSchema = z.object({ type: z.string(), events: z.array(eventSchema).nullish() });

const affectedSchema = z.object({
  /** Of a repository that is no package there is none. */
  package: z.object({ ecosystem: textSchema, name: textSchema }).optional(),
  ranges: z.array(rangeSchema).nullish(),
  versions: z.array(textSchema).nullish(),
});

const recordSchema = z.object({
  id: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/, { error: 'must be an identifier, such as CVE-2026-1234' }),
  aliases: z.array(textSchema).nullish(),
  summary: textSchema.optional(),
  details: textSchema.optional(),
  withdrawn: z.string().optional(),
  affected: z.array(affectedSchema).nullish(),
  database_specific: z.looseObject({ severity: z.unknown().optional() }).nullish(),
});

/** Strict, since nothing of it has to be there: another service's answer would say that there is nothing. */
const answerSchema = z.strictObject({
  vulns: z.array(recordSchema).optional(),
  next_page_token: z.string().max(10_000).optional(),
});

export type OsvRecord = z.output<typeof recordSchema>;
export type OsvAffected = z.output<typeof affectedSchema>;
export type OsvEvent = z.output<typeof eventSchema>;

export interface OsvPage {
  readonly records: readonly OsvRecord[];
  /** What the next page is asked for by. Undefined: there is none. */
  readonly nextPageToken: string | undefined;
}

/** Untrusted bytes; `what` is for messages. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parseOsvAnswer(bytes: Uint8Array, what: string): OsvPage {
  const { vulns = [], next_page_token: token = '' } = parse(answerSchema, bytes, what);
  return { records: vulns, nextPageToken: token === '' ? undefined : token };
}

/**
 * A record, a list of them, or an answer of the API. Throws VerificationError `EVIDENCE_MALFORMED`, also for an answer
 * that has further pages: what is in those would count as nothing.
 */
export function parseOsvFile(bytes: Uint8Array, what: string): readonly OsvRecord[] {
  const file = parse(z.union([z.array(recordSchema), recordSchema, answerSchema]), bytes, what);
  if (Array.isArray(file)) return file;
  if ('id' in file) return [file];
  if ((file.next_page_token ?? '') === '') return file.vulns ?? [];
  throw new VerificationError('EVIDENCE_MALFORMED', `${what} is one page of an answer that has more`, {
    hint: 'Ask for the others by its next_page_token, and name the folder that all of them are in.',
  });
}

function parse<S extends z.ZodType>(schema: S, bytes: Uint8Array, what: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(readUtf8(bytes) ?? ''));
  } catch (cause) {
    throw malformed(what, cause);
  }
}

function malformed(what: string, cause: unknown): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what} is not what OSV writes`, {
    hint: "Expected JSON: a record with an id, a list of them, or an answer of OSV's API.",
    cause,
  });
}
