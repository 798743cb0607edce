/**
 * Whatever the libraries throw at hostile material (their own errors, TypeErrors, OpenSSL's) is a refusal with a
 * code of ours. Decided by class and code of theirs, never by message.
 */
import { ValidationError } from '@sigstore/bundle';
import { VerificationError as LibraryError } from '@sigstore/verify';
import { AssayError, VerificationError, type VerificationCode } from '../../model/errors.ts';

/** Of what it is asked: entries of a log. */
const codes: Readonly<Record<string, readonly [VerificationCode, string]>> = {
  TLOG_INCLUSION_PROOF_ERROR: [
    'SIGNATURE_INVALID',
    'its proof of inclusion, or the checkpoint, does not hold',
  ],
  TLOG_INCLUSION_PROMISE_ERROR: [
    'SIGNATURE_INVALID',
    'its log entry is not signed by a log of the trusted root',
  ],
  TLOG_BODY_ERROR: ['SUBJECT_MISMATCH', 'its log entry is about another signature or digest'],
};

const unread = ['EVIDENCE_MALFORMED', 'it cannot be read'] as const;

/** Runs a step of the libraries; what it throws becomes a VerificationError. `what` is for messages. */
export function refusing<T>(what: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw asRefusal(error, what);
  }
}

/** What a step gives, or why it refuses. What else it throws is a mistake, and is thrown. */
export function orRefusal<T>(step: () => T): T | VerificationError {
  try {
    return step();
  } catch (error) {
    if (error instanceof VerificationError) return error;
    throw error;
  }
}

function asRefusal(error: unknown, what: string): AssayError {
  if (error instanceof AssayError) return error;
  if (error instanceof LibraryError) {
    const [code, found] = codes[error.code] ?? unread;
    return new VerificationError(code, `${what}: ${found} (${error.message})`, { cause: error });
  }
  const fields = error instanceof ValidationError ? ` (${error.fields.join(', ')})` : '';
  return new VerificationError('EVIDENCE_MALFORMED', `${what} cannot be read${fields}`, { cause: error });
}
