/** `stage`, `verifyStaged`: what `assay stage` and `assay verify --staged` do, by ports. */
import { parseManifest } from '../../formats/own/manifest.ts';
import type { Fetcher, Progress, Reporter } from '../../model/ports.ts';
import type { StagedFiles, StagingDirectory } from '../../model/staging-ports.ts';
import { stage as stageItems, type StagedItem, type StageResult } from '../../pipeline/staging/stage.ts';
import {
  allItems,
  stagingItems,
  type ItemSelection,
  type MirrorBase,
} from '../../pipeline/staging/staging-items.ts';
import { verifyStaged as verifyItems, type StagedVerdict } from '../../pipeline/staging/verify-staged.ts';

export interface StageRequest extends ItemSelection {
  /** The bytes of `<kind>.<os>.<arch>.json`, which vouches for everything: trusted. */
  readonly manifest: Uint8Array;
  readonly directory: StagingDirectory;
  readonly fetcher: Pick<Fetcher, 'download'>;
  /** A mirror to fetch from. It is believed for nothing. */
  readonly mirror?: MirrorBase;
  /** How many downloads at the same time. */
  readonly jobs?: number;
  /** No file is begun after this. */
  readonly signal?: AbortSignal;
  readonly reporter?: Reporter;
  readonly progress?: Progress;
  /** As soon as a file is in place. */
  readonly onStaged?: (staged: StagedItem) => void;
}

/**
 * Puts the files of a manifest into a directory: hashed as they stand on the disk, and given their name only once size and
 * digest are right. One file's failure does not stop the others, and is among `failures`.
 *
 * Throws UsageError `MANIFEST_INVALID`, `USAGE` for a selection that the manifest does not have, and `NO_SPACE`.
 */
export async function stage(request: StageRequest): Promise<StageResult> {
  const { manifest, mirror, jobs = 6, only, providers, osImage, ...rest } = request;
  const items = stagingItems(parseManifest(manifest, 'the manifest'), { only, providers, osImage }, mirror);
  return stageItems({ ...rest, items, jobs });
}

/**
 * A verdict on each file of a directory: nothing missing, nothing wrong, nothing else. `files`: `openStagedFiles`, or a
 * staging directory. Throws UsageError `MANIFEST_INVALID` and `FILE_UNREADABLE`.
 */
export async function verifyStaged(
  manifest: Uint8Array,
  files: StagedFiles,
  selection: ItemSelection = {},
): Promise<readonly StagedVerdict[]> {
  const parsed = parseManifest(manifest, 'the manifest');
  const required = stagingItems(parsed, selection);
  const names = new Set(required.map(({ name }) => name));
  return verifyItems({ required, allowed: allItems(parsed).filter(({ name }) => !names.has(name)), files });
}
