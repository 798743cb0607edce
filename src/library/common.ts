/** What every part of the library has in common: its errors, digests, and what a verification says. */
export * from '../model/errors.ts';
export { isDigest, parseDigest, type Digest, type DigestAlgorithm } from '../model/digest.ts';
export type { Minted } from '../model/minted.ts';
export type {
  Assurance,
  BuildClaims,
  EvidenceDocument,
  LogSize,
  Signer,
  VerificationResult,
  Verified,
  Witness,
} from '../model/verification.ts';
