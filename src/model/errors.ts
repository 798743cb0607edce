/**
 * What can go wrong, sorted by what the user does next (reference: `docs/errors.md`).
 *
 * A message says what was checked, what was expected and what was found; `hint` says what to do next;
 * `context` carries the same facts as data. Code decides by class and `code`, never by message.
 */

import { escapeLineFeeds } from './printable.ts';

/*
 * Stable names of errors, by the class that carries them: part of the public interface, safe to match in scripts.
 */

export type UsageCode =
  | 'USAGE'
  | 'CATALOGUE_INVALID'
  | 'MANIFEST_INVALID'
  | 'TRUST_INVALID'
  | 'STATE_INVALID'
  | 'TREE_INVALID'
  | 'VALUES_INVALID'
  | 'CREDENTIALS_INVALID'
  | 'TOOL_MISSING'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  | 'NO_SPACE'
  | 'LOCKED';

export type TransportCode =
  | 'UNREACHABLE'
  | 'TIMED_OUT'
  | 'HTTP_STATUS'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'TRUNCATED'
  | 'TOO_LARGE'
  | 'REDIRECT_REFUSED'
  | 'URL_REFUSED'
  | 'RANGE_MISMATCH';

export type VerificationCode =
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'TYPE_MISMATCH'
  | 'FILE_MISSING'
  | 'FILE_UNEXPECTED'
  | 'SIGNATURE_INVALID'
  | 'SIGNER_UNTRUSTED'
  | 'SUBJECT_MISMATCH'
  | 'METADATA_EXPIRED'
  | 'METADATA_FROM_FUTURE'
  | 'RELEASE_MISMATCH'
  | 'EVIDENCE_MISSING'
  | 'EVIDENCE_MALFORMED'
  | 'ALGORITHM_REFUSED'
  | 'LIMIT_EXCEEDED'
  | 'METADATA_ROLLBACK'
  | 'PIN_MISMATCH'
  | 'TREE_MISMATCH';

export type PolicyCode =
  | 'SIGNER_CHANGED'
  | 'TRUST_CHANGED'
  | 'ASSURANCE_LOWERED'
  | 'METHOD_CHANGED'
  | 'WITNESS_CHANGED'
  | 'ISSUER_CHANGED'
  | 'SOURCE_CHANGED'
  | 'HOST_CHANGED'
  | 'BUILD_CHANGED'
  | 'ARTIFACT_MUTATED'
  | 'VERSION_DOWNGRADED'
  | 'CROSS_CHECK_FAILED'
  | 'VERSION_UNAVAILABLE'
  | 'VERSION_TOO_YOUNG'
  | 'UNTRUSTED_MIRROR';

export type ErrorCode = UsageCode | TransportCode | VerificationCode | PolicyCode;

export interface ErrorDetails {
  /** What to do next, a sentence for each way: one that names a flag is shown where the command has it. */
  readonly hint?: string | undefined;
  /** The facts of the message as data: URLs, digests, sizes in bytes, field paths. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** Lines of the message below its first one, such as a list of problems. */
  readonly lines?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** In characters: more of what somebody wrote is no line that one could read, and `context` has it whole. */
const maxLineLength = 4000;

function cut(line: string): string {
  return line.length <= maxLineLength ? line : `${line.slice(0, maxLineLength).toWellFormed()}…`;
}

export abstract class AssayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  abstract readonly exitCode: number;

  protected constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, lines = [] } = details;
    // Messages quote what others wrote: only `lines` begin a line.
    const text = [message, ...lines].map((line) => escapeLineFeeds(cut(line))).join('\n');
    super(text, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = details.hint;
    this.context = details.context ?? {};
    this.name = new.target.name;
  }

  /** What `JSON.stringify` writes: class, code, message, hint, facts, and what caused it. No stack. */
  toJSON(): ErrorDocument {
    const { name, code, message, hint, context, cause } = this;
    return {
      ...{ name, code, message },
      ...(hint === undefined ? {} : { hint }),
      context,
      ...(cause instanceof Error ? { cause: causeOf(cause) } : {}),
    };
  }
}

/** An error as data: what `toJSON` gives. */
export interface ErrorDocument {
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly context: Readonly<Record<string, unknown>>;
  /** Of an error that is not one of ours its name and message alone. */
  readonly cause?: ErrorDocument | { readonly name: string; readonly message: string };
}

function causeOf(cause: Error): NonNullable<ErrorDocument['cause']> {
  return cause instanceof AssayError ? cause.toJSON() : { name: cause.name, message: cause.message };
}

/** Wrong flags, or a file of the user's that does not parse or cannot be read or written. Exit code 2. */
export class UsageError extends AssayError {
  declare readonly code: UsageCode;
  readonly exitCode = 2;

  constructor(code: UsageCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}

export interface TransportDetails extends ErrorDetails {
  /** True where the same request may succeed later; only such errors are ever retried. */
  readonly retryable?: boolean;
  /** How long the server asked to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What the server that was asked wants to be told first (401, `WWW-Authenticate`), as it wrote it. */
  readonly challenge?: string | undefined;
}

/** Unreachable, rate-limited, not found, truncated, too large. Exit code 4. The only class ever retried. */
export class TransportError extends AssayError {
  declare readonly code: TransportCode;
  readonly exitCode = 4;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly challenge: string | undefined;

  constructor(code: TransportCode, message: string, details: TransportDetails = {}) {
    super(code, message, details);
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.challenge = details.challenge;
  }
}

/** Does a server say that it has no such thing? Object stores say 403 for it to whoever may not list what they have. */
export function isNotThere(error: unknown): error is TransportError {
  if (!(error instanceof TransportError)) return false;
  return error.code === 'NOT_FOUND' || (error.code === 'HTTP_STATUS' && error.context['status'] === 403);
}

/** A signature, digest, identity, subject or freshness check failed. Exit code 5. Never retried. */
export class VerificationError extends AssayError {
  declare readonly code: VerificationCode;
  readonly exitCode = 5;

  constructor(code: VerificationCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}

/** Verified, but refused until a person decides. Exit code 6. */
export class PolicyError extends AssayError {
  declare readonly code: PolicyCode;
  readonly exitCode = 6;

  constructor(code: PolicyCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
