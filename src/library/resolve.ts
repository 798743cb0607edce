/** A catalogue into manifests, and why each of their entries is believed. */
export * from './common.ts';
export { resolve, type Resolved, type ResolvedManifest, type ResolveRequest } from './programs/resolve.ts';
export { explain, type Explained, type ExplainRequest } from './programs/explain.ts';
export { memoryFiles } from './programs/memory-files.ts';
export { createFileStore } from '../io/file-store.ts';
export { parseManifest, renderManifest, type Manifest } from '../formats/own/manifest.ts';
export * from './ports.ts';
export type { ManifestName } from '../formats/own/changes.ts';
export type { ProofChain } from '../formats/own/proof-chain.ts';
export type { Architecture } from '../model/artifact.ts';
export type { OwnFiles } from '../model/own-files.ts';
export type { Fault } from '../pipeline/manifests/faults.ts';
export type { Failure, FoundFault } from '../pipeline/manifests/update-manifests.ts';
