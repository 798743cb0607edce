/**
 * What the Sigstore library alone makes of a rehearsal's bundle: the judge of scripts/upstream/sigstore, which must
 * not be tested by the product that is tested with it.
 */
import { bundleFromJSON, ValidationError } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, VerificationError, Verifier, type Signer } from '@sigstore/verify';
import type { Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import type { TrustedRootOptions } from '../../scripts/upstream/sigstore/trusted-root.ts';

/** Throws what the library throws. `artifact`: of a blob's bundle. */
export function judgeBundle(
  sigstore: Sigstore,
  bundle: string,
  artifact?: Buffer,
  root?: TrustedRootOptions,
): Signer {
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(sigstore.trustedRoot(root))));
  return new Verifier(material).verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle)), artifact));
}

/** `accepted`, or the code of the library's error. */
export function verdictOf(...given: Parameters<typeof judgeBundle>): string {
  try {
    judgeBundle(...given);
    return 'accepted';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    if (error instanceof ValidationError) return 'VALIDATION_ERROR';
    throw error;
  }
}
