/** Files with several bundles, images with several signatures: one that vouches is enough, as one is for apt. */
import { VerificationError, type VerificationCode } from '../../model/errors.ts';

/**
 * What `verify` says of the first candidate that it accepts. Throws the refusal that came furthest, of equals the
 * first: of a bundle for another artifact by the right signer more is to be learnt than of a stranger's. The others
 * are in `context`. `noun` is for messages, in the plural.
 */
export async function anyOf<C, T>(
  candidates: readonly C[],
  verify: (candidate: C, index: number) => Promise<T>,
  noun = 'bundles',
): Promise<T> {
  const refusals: VerificationError[] = [];
  for (const [index, candidate] of candidates.entries()) {
    try {
      return await verify(candidate, index);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...others] = refusals.toSorted((a, b) => progress(b) - progress(a));
  if (first === undefined) throw new TypeError(`there are no ${noun} to verify`);
  if (others.length === 0) throw first;
  throw new VerificationError(first.code, `none of ${refusals.length} ${noun} vouches: ${first.message}`, {
    hint: first.hint,
    context: { ...first.context, refusals: refusals.map(({ code, message }) => ({ code, message })) },
    cause: first,
  });
}

const last: readonly VerificationCode[] = [
  'SIGNATURE_INVALID',
  'METADATA_EXPIRED',
  'SIGNER_UNTRUSTED',
  'SUBJECT_MISMATCH',
];

/** How late in a verification a refusal of this code comes. */
function progress({ code }: VerificationError): number {
  return last.indexOf(code);
}
