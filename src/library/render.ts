/** Text for machines and people out of a manifest: scripts of a first boot, and chains of trust. Pure. */
export * from './common.ts';
export { parseManifest, renderManifest, type Manifest } from '../formats/own/manifest.ts';
export { defaultFetchOptions, renderFetchScript } from '../render/fetch-script/fetch-script.ts';
export type { ArchivedImage } from '../formats/own/image-archive.ts';
export type { Descriptor } from '../formats/upstream/oci-manifest.ts';
export type { Architecture } from '../model/artifact.ts';
export type { FetchImage } from '../render/fetch-script/image-function.ts';
export type { FetchItem, FetchOptions } from '../render/fetch-script/fetch-script.ts';
export type {
  FetchCredentials,
  FetchRegistry,
  FetchRepository,
} from '../render/fetch-script/registry-lines.ts';
export { renderInstallPlan } from '../render/install-plan.ts';
export { renderUserData, type UserDataInput, type VmconfigTarball } from '../render/user-data.ts';
export { parseUserDataValues } from '../render/user-data-values.ts';
export type { ValueOverrides, ValuesOptions } from '../render/user-data-values.ts';
export type { UserDataValues } from '../render/user-data-schema.ts';
export { renderCloudConfig } from '../render/cloud-config.ts';
export { renderChain, type ChainLine } from '../render/proof-chain.ts';
export type { ProofChain } from '../formats/own/proof-chain.ts';
