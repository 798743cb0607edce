/** The files of a manifest, put into a directory or a mirror: each hashed as it stands there. */
export * from './common.ts';
export { stage, verifyStaged, type StageRequest } from './programs/stage.ts';
export { mirror, type ManifestFile, type Mirrored, type MirrorRequest } from './programs/mirror.ts';
export { createStagingDirectory, openStagedFiles } from '../io/staging-directory.ts';
export type { Closable, StagingOptions } from '../io/staging-directory.ts';
export { openMirrorTree, type MirrorTreeOptions } from '../io/mirror-tree.ts';
export * from './ports.ts';
export type { FileType } from '../model/artifact.ts';
export type { ArchiveDirectory, ArchiveFile } from '../model/archive-file.ts';
export type { MirrorTree } from '../model/mirror-tree.ts';
export type { StagedItem, StageResult, StagingFailure } from '../pipeline/staging/stage.ts';
export type {
  ItemSelection,
  MirrorBase,
  StagingItem,
  StagingSource,
} from '../pipeline/staging/staging-items.ts';
export type { StagedVerdict } from '../pipeline/staging/verify-staged.ts';
