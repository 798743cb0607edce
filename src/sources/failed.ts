/** What becomes of a request that could not be answered. */
import { AssayError, VerificationError } from '../model/errors.ts';
import type { Resolution } from './source.ts';

/**
 * Of what upstreams do wrong, the answer to one request; the others go on. So is a stack or a length that ran out: what
 * an upstream serves was too much for a parser. Everything else is thrown: a bug, which no answer may hide.
 */
export function failed(error: unknown): Extract<Resolution, { status: 'failed' }> {
  if (error instanceof AssayError) return { status: 'failed', error };
  if (!(error instanceof RangeError)) throw error;
  const refusal = new VerificationError(
    'LIMIT_EXCEEDED',
    `what upstream serves is too large, or nested too deeply, to be judged: ${error.message}`,
    { hint: 'No file of this kind is that large: use nothing of it, and tell the publisher.', cause: error },
  );
  return { status: 'failed', error: refusal };
}
