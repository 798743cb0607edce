/** What `cosign sign-blob` of the release workflow would write, by a Sigstore that is made for one check and vouches for nothing. */
import { githubActionsIssuer } from '../upstream/sigstore/github-claims.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { blobBundle } from '../upstream/sigstore/renderings.ts';
import { sha256Of, signBlob } from '../upstream/sigstore/signing.ts';

/** The workflow at the tag of `version`, as Fulcio names it. */
export function releaseIdentity(version: string): string {
  return `https://github.com/podplane/assay/.github/workflows/release.yml@refs/tags/v${version}`;
}

export interface ThrowawaySignature {
  readonly bundle: Buffer;
  /** Sigstore's `trusted_root.json`, of the throwaway instance. */
  readonly trustedRoot: string;
}

export function signChecksums(checksums: Uint8Array, version: string): ThrowawaySignature {
  const at = new Date(Date.now() - 60_000);
  const sigstore = createSigstore({ validFrom: new Date(at.getTime() - 86_400_000) });
  const signed = signBlob(sigstore, sha256Of(checksums), {
    ...{ identity: releaseIdentity(version), issuer: githubActionsIssuer, at },
  });
  return { bundle: Buffer.from(blobBundle(signed)), trustedRoot: sigstore.trustedRoot() };
}
