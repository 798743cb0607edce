/**
 * JSON that upstreams publish as evidence: strict (RFC 8259, see strict-json.ts), bounded, and of the shape that a
 * schema says. Whatever is wrong with it is a refusal with a code, never a SyntaxError.
 */
import type { z } from 'zod';
import { VerificationError } from '../../model/errors.ts';
import { check, formatPath, type Problem } from '../text/problems.ts';
import { parseStrictJson, type JsonOptions } from '../text/strict-json.ts';
import { checkShape, type Shape } from './shape.ts';

/**
 * Untrusted bytes to the schema's type; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED` (before
 * anything is parsed) and `EVIDENCE_MALFORMED`.
 */
export function parseEvidenceJson<Out>(
  schema: z.ZodType<Out> | Shape<Out>,
  bytes: Uint8Array,
  what: string,
  options: EvidenceLimits,
): Out {
  return checkEvidence(schema, readEvidenceJson(bytes, what, options), what);
}

type EvidenceLimits = { readonly maxBytes: number } & JsonOptions;

/** Untrusted bytes to JSON of any shape. Throws as `parseEvidenceJson` does. */
export function readEvidenceJson(
  bytes: Uint8Array,
  what: string,
  { maxBytes, numbers = 'rounded' }: EvidenceLimits,
): unknown {
  requireSize(bytes, maxBytes, what);
  return parseStrictJson(
    bytes,
    (message, line, column) => malformed(what, `${message} (line ${line}, column ${column})`),
    { numbers },
  );
}

/** Parsed JSON to the schema's type. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function checkEvidence<Out>(schema: z.ZodType<Out> | Shape<Out>, value: unknown, what: string): Out {
  const problems: Problem[] = [];
  const checked =
    typeof schema === 'function' ? checkShape(schema, value, problems) : check(schema, value, [], problems);
  const [first] = problems;
  if (first !== undefined) throw malformed(what, [formatPath(first.path), first.message].join(' ').trim());
  return checked as Out;
}

/** Throws VerificationError `LIMIT_EXCEEDED`. */
export function requireSize(bytes: Uint8Array, maxBytes: number, what: string): void {
  if (bytes.length <= maxBytes) return;
  throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxBytes} bytes`, {
    hint: 'No file of this kind is that large: is it the right one?',
    context: { maxBytes },
  });
}

export function malformed(what: string, problem: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `${what}: ${problem}`, {
    hint: 'The file is damaged, cut short or of another kind: fetch it again, from its origin.',
  });
}
