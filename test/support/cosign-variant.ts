/** What cosign and assay are both asked about: material, and who is meant to have signed it. */
import type { Tamper } from '../../scripts/upstream/sigstore/rekor-api.ts';

interface Common {
  readonly name: string;
  readonly artifact: Buffer;
  readonly identity: string;
  readonly issuer: string;
}

/** A detached signature, whose log entry is asked of Rekor. */
export interface DetachedVariant extends Common {
  readonly kind: 'detached';
  readonly signature: string;
  readonly certificate: string;
  /** What Rekor does in place of answering honestly. */
  readonly tamper?: Tamper;
}

/** A bundle over the artifact itself, or with a statement about it. */
export interface BundleVariant extends Common {
  readonly kind: 'bundle' | 'path' | 'legacy' | 'attestation';
  readonly bundle: string;
  /** In place of that of the instance that signs the others. */
  readonly trustedRoot?: string;
}

export type Variant = DetachedVariant | BundleVariant;
