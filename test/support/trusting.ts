/** Trust that holds what a test puts into it: whoever asks for more fails the test. */
import type { TrustSource } from '../../src/verify/method.ts';

export function trusting(known: Partial<TrustSource> = {}): TrustSource {
  const unasked = (): Promise<never> =>
    Promise.reject(new TypeError('nothing of the kind is to be asked for'));
  return { material: unasked, keyring: unasked, trustedRoot: unasked, ...known };
}
