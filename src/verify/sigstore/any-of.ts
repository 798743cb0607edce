/** Files with several bundles: one that vouches is enough, as one good signature is for apt. */
import { VerificationError } from '../../model/errors.ts';
import type { SigstoreBundle } from './bundle.ts';

/**
 * What `verify` says of the first bundle that it accepts. Throws what it refused the first one with: the others are
 * refused for reasons of their own, which are in `context`.
 */
export async function anyOf<T>(
  bundles: readonly SigstoreBundle[],
  verify: (bundle: SigstoreBundle) => Promise<T>,
): Promise<T> {
  const refusals: VerificationError[] = [];
  for (const bundle of bundles) {
    try {
      return await verify(bundle);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      refusals.push(error);
    }
  }
  const [first, ...others] = refusals;
  if (first === undefined) throw new TypeError('there is no bundle to verify');
  if (others.length === 0) throw first;
  throw new VerificationError(first.code, `none of ${refusals.length} bundles vouches: ${first.message}`, {
    hint: first.hint,
    context: { ...first.context, refusals: refusals.map(({ code, message }) => ({ code, message })) },
    cause: first,
  });
}
