/**
 * The library's public surface: re-exports only.
 *
 * Verification functions take bytes, keys and the time to judge by, and do no I/O of their own; the
 * factories of `io` make the ports that the pipelines need.
 */
export { createCache } from './io/cache.ts';
export { createFileStore } from './io/file-store.ts';
export { createFetcher } from './io/http/fetcher.ts';
export type { FetcherOptions } from './io/http/options.ts';
export { createStagingDirectory, openStagedFiles } from './io/staging-directory.ts';
export { parseManifest, renderManifest, type Manifest } from './formats/own/manifest.ts';
export type { Architecture, Artifact, ArtifactType, Platform } from './model/artifact.ts';
export { isDigest, parseDigest, type Digest, type DigestAlgorithm } from './model/digest.ts';
export {
  AssayError,
  PolicyError,
  TransportError,
  UsageError,
  VerificationError,
  type ErrorCode,
  type PolicyCode,
  type TransportCode,
  type UsageCode,
  type VerificationCode,
} from './model/errors.ts';
export type { Cache, Fetcher, FileStore, Reporter, StagedFiles, StagingDirectory } from './model/ports.ts';
export type {
  Assurance,
  EvidenceDocument,
  Signer,
  VerificationResult,
  Verified,
} from './model/verification.ts';
export { loadCatalogue } from './pipeline/manifests/catalogue.ts';
export { stage } from './pipeline/staging/stage.ts';
export { stagingItems } from './pipeline/staging/staging-items.ts';
export { verifyStaged } from './pipeline/staging/verify-staged.ts';
export { fetchingMissing, readTrust } from './pipeline/trust/anchors.ts';
export { checkTrust } from './pipeline/trust/check-trust.ts';
export { updateManifests } from './pipeline/manifests/update-manifests.ts';
export { updateTrust } from './pipeline/trust/update-trust.ts';
export { frameCleartext } from './verify/openpgp/frame-cleartext.ts';
export { verifyKeyBlock } from './verify/openpgp/key-block.ts';
export { readKeyring, type Keyring } from './verify/openpgp/keyring.ts';
export { verifyCleartext, verifyDetached } from './verify/openpgp/verify-signatures.ts';
export { openTrust, type OpenTrust, type Trust } from './verify/anchors/trust.ts';
export { verifyRelease } from './verify/apt/release.ts';
