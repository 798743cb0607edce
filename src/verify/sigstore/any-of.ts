/**
 * Files with several bundles, images with several signatures: one that vouches is enough, as one is for apt, wherever it
 * stands. What is broken, of another kind, or about something else counts for nothing.
 */
import { VerificationError, type VerificationCode } from '../../model/errors.ts';

/**
 * What `verify` says of the first candidate that both it and `accept` take: `verify` asks who vouches, `accept` whether
 * it is for what is wanted. Throws the refusal that came nearest, of equals the first: of a statement about another
 * artifact by the right signer more is to be learnt than of a stranger's. All of them are in `context`. `noun` is for
 * messages, in the plural.
 */
export async function anyOf<C, T>(
  candidates: readonly C[],
  verify: (candidate: C, index: number) => Promise<T>,
  { noun = 'bundles', accept }: { readonly noun?: string; readonly accept?: (verified: T) => unknown } = {},
): Promise<T> {
  const refusals: Refusal[] = [];
  for (const [index, candidate] of candidates.entries()) {
    let isVerified = false;
    try {
      const verified = await verify(candidate, index);
      isVerified = true;
      await accept?.(verified);
      return verified;
    } catch (error) {
      refusals.push(refusalOf(error, isVerified));
    }
  }
  throw nearest(refusals, noun);
}

/** What `verify` says of each candidate that it takes, at least one. Throws as `anyOf` where it takes none. */
export async function allOf<C, T>(
  candidates: readonly C[],
  verify: (candidate: C) => Promise<T>,
): Promise<readonly T[]> {
  const accepted: T[] = [];
  const refusals: Refusal[] = [];
  for (const candidate of candidates) {
    try {
      accepted.push(await verify(candidate));
    } catch (error) {
      refusals.push(refusalOf(error, false));
    }
  }
  if (accepted.length === 0) throw nearest(refusals, 'bundles');
  return accepted;
}

interface Refusal {
  readonly error: VerificationError;
  /** It was verified who vouches, and only not for what is wanted. */
  readonly isVerified: boolean;
}

/** Rethrows what is none. */
function refusalOf(error: unknown, isVerified: boolean): Refusal {
  if (error instanceof VerificationError) return { error, isVerified };
  throw error;
}

function nearest(refusals: readonly Refusal[], noun: string): Error {
  const [first, ...others] = refusals.toSorted((a, b) => progress(b) - progress(a));
  if (first === undefined) return new TypeError(`there are no ${noun} to verify`);
  const { error } = first;
  if (others.length === 0) return error;
  const all = refusals.map(({ error: { code, message } }) => ({ code, message }));
  return new VerificationError(error.code, `none of ${all.length} ${noun} vouches: ${error.message}`, {
    hint: error.hint,
    context: { ...error.context, refusals: all },
    cause: error,
  });
}

/** By how late they come in a verification; what is malformed comes before any of them. */
const order: readonly VerificationCode[] = [
  'EVIDENCE_MISSING',
  'ALGORITHM_REFUSED',
  'DIGEST_MISMATCH',
  'SIGNATURE_INVALID',
  'METADATA_FROM_FUTURE',
  'METADATA_EXPIRED',
  'SIGNER_UNTRUSTED',
  'SUBJECT_MISMATCH',
];

function progress({ error: { code }, isVerified }: Refusal): number {
  return isVerified ? order.length : order.indexOf(code);
}
