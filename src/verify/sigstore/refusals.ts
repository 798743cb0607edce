/**
 * Whatever the libraries throw at hostile material (their own errors, TypeErrors, OpenSSL's) is a refusal with a
 * code of ours. Decided by class and code of theirs, never by message.
 */
import { ValidationError } from '@sigstore/bundle';
import { PolicyError, VerificationError as LibraryError } from '@sigstore/verify';
import { AssayError, VerificationError, type VerificationCode } from '../../model/errors.ts';

const codes: Readonly<Record<LibraryError['code'], readonly [VerificationCode, string]>> = {
  NOT_IMPLEMENTED_ERROR: ['ALGORITHM_REFUSED', 'it uses what is not supported'],
  TLOG_ERROR: ['EVIDENCE_MISSING', 'its log entries do not suffice'],
  TLOG_INCLUSION_PROOF_ERROR: [
    'SIGNATURE_INVALID',
    'its proof of inclusion, or the checkpoint, does not hold',
  ],
  TLOG_INCLUSION_PROMISE_ERROR: [
    'SIGNATURE_INVALID',
    'its log entry is not signed by a log of the trusted root',
  ],
  TLOG_MISSING_INCLUSION_ERROR: ['EVIDENCE_MISSING', 'its log entry has no proof of inclusion'],
  TLOG_BODY_ERROR: ['SUBJECT_MISMATCH', 'its log entry is about another signature or digest'],
  CERTIFICATE_ERROR: ['SIGNER_UNTRUSTED', 'its certificate is not vouched for by the trusted root'],
  PUBLIC_KEY_ERROR: ['SIGNER_UNTRUSTED', 'its key is not the one that is trusted'],
  SIGNATURE_ERROR: ['SIGNATURE_INVALID', 'its signature does not verify'],
  TIMESTAMP_ERROR: ['SIGNATURE_INVALID', 'its timestamp does not hold'],
};

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
    const [code, found] = codes[error.code];
    return new VerificationError(code, `${what}: ${found} (${error.message})`, { cause: error });
  }
  if (error instanceof PolicyError) {
    return new VerificationError('SIGNER_UNTRUSTED', `${what}: ${error.message}`, { cause: error });
  }
  const fields = error instanceof ValidationError ? ` (${error.fields.join(', ')})` : '';
  return new VerificationError('EVIDENCE_MALFORMED', `${what} cannot be read${fields}`, { cause: error });
}
