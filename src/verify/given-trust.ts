/** Trust that is given by value: on a command line, or to the library. */
import type { TrustSource } from './method.ts';
import type { Keyring } from './openpgp/keyring.ts';
import type { TrustedRoot } from './sigstore/trusted-root.ts';

/** What was opened, and nothing else: the user's own trust has no pins and no scopes. */
export function trustOf(opened: {
  readonly keyring?: Keyring;
  readonly trustedRoot?: TrustedRoot;
}): TrustSource {
  return {
    keyring: () => given(opened.keyring),
    trustedRoot: () => given(opened.trustedRoot),
    material: () => given<never>(undefined),
  };
}

async function given<T>(opened: T | undefined): Promise<T> {
  if (opened === undefined) throw new TypeError('a chain asks for trust that its command has no flag for');
  return Promise.resolve(opened);
}
