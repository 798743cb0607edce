/** What becomes of a signature whose authorities' certificates are otherwise than they should be. */
import { createSigstore, type SigstoreOptions } from '../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../scripts/upstream/sigstore/renderings.ts';
import type { SigningRequest } from '../../scripts/upstream/sigstore/signing.ts';
import type { VerifiedMessage } from '../../src/verify/sigstore/verify-bundle.ts';
import { judge, rootOf, sign, validFrom } from './throwaway-sigstore.ts';

/** Signed by an instance of its own, and verified with that instance's trusted root. */
export async function judgeWith(
  options: Omit<SigstoreOptions, 'validFrom'>,
  request: Partial<SigningRequest> = {},
  identity?: { readonly identity: string; readonly issuer: string },
): Promise<VerifiedMessage> {
  const instance = createSigstore({ validFrom, ...options });
  const bundle = blobBundle(sign({ ...identity, ...request }, undefined, instance));
  const signer = identity === undefined ? {} : { signer: { certificate: identity } };
  return judge(bundle, { root: rootOf(instance), ...signer });
}
