/**
 * apt repositories: a suite's signed Release, and a package by the whole chain down to its file. Documents come through
 * the function that you give.
 */
export * from './common.ts';
export { verifyContent, type Content, type Digested } from '../verify/verify-content.ts';
export { verifyRelease, type ReleaseRequest } from '../verify/apt/verify-release.ts';
export type { ReleaseExpectation } from '../verify/apt/release.ts';
export { verifyPackage, type PackageRequest } from '../sources/verify-package.ts';
export type { DocumentFetcher, DocumentRequest } from '../sources/document-fetcher.ts';
export { readKeyring, type Keyring, type KeyringFile } from '../verify/openpgp/keyring.ts';
export type { Release, ReleaseFile } from '../formats/upstream/release.ts';
export type { Architecture, Artifact, ArtifactType, Platform } from '../model/artifact.ts';
export type { Cache } from '../model/ports.ts';
