/**
 * What earlier runs left: manifests, and why their entries are believed. Read before a run, written
 * together after it.
 */
import { withoutEpoch } from '../../formats/upstream/debian-version.ts';
import { isAbout } from '../../formats/own/entry-evidence.ts';
import { renderBootProofs, type BootProofs } from '../../formats/own/boot-proofs.ts';
import {
  parseEvidence,
  renderEvidence,
  renderRemembered,
  type EvidenceEntry,
  type EvidenceFile,
  type Remembered,
} from '../../formats/own/evidence.ts';
import { parseManifest, renderManifest, type Manifest } from '../../formats/own/manifest.ts';
import { parseReleaseLines, renderReleaseLines, type ReleaseLines } from '../../formats/own/release-lines.ts';
import type { Digest } from '../../model/digest.ts';
import type { FileContent, FileStore } from '../../model/ports.ts';
import { documentName, documentsDirectory } from '../shared/kept-documents.ts';
import { bootProofsFile, releaseLinesFile, rememberedFile } from '../shared/remembered.ts';
import type { Previous } from './ratchet.ts';
import { entryAt } from '../shared/slots.ts';
import type { Target, TargetDependency } from './targets.ts';

export interface TargetState {
  readonly target: Target;
  /** Undefined where there is none yet. */
  readonly manifest: Manifest | undefined;
  readonly evidence: EvidenceFile;
  /** Entries that do not follow from the catalogue, or whose proof does not hold. */
  readonly faulty?: ReadonlySet<string>;
  /** The files as they are, where there are any. */
  readonly bytes?: { readonly manifest: Uint8Array | undefined; readonly evidence: Uint8Array | undefined };
}

export interface ManifestPaths {
  /** Where the manifests are; evidence is in `evidence/` below. */
  readonly manifestsDir: string;
}

/** Throws UsageError `MANIFEST_INVALID`, `STATE_INVALID` or `FILE_UNREADABLE`. */
export async function readState(
  target: Target,
  paths: ManifestPaths,
  files: FileStore,
): Promise<TargetState> {
  const file = `${paths.manifestsDir}/${target.fileName}`;
  const evidenceFile = `${paths.manifestsDir}/evidence/${target.fileName}`;
  const [manifest, evidence] = await Promise.all([files.read(file), files.read(evidenceFile)]);
  return {
    target,
    manifest: manifest && parseManifest(manifest, file),
    evidence: evidence === undefined ? {} : parseEvidence(evidence, evidenceFile),
    bytes: { manifest, evidence },
  };
}

/** Throws UsageError `STATE_INVALID`. */
export async function readReleaseLines(
  { manifestsDir }: ManifestPaths,
  files: FileStore,
): Promise<ReleaseLines> {
  const file = releaseLinesFile(manifestsDir);
  const bytes = await files.read(file);
  return bytes === undefined ? {} : parseReleaseLines(bytes, file);
}

/** An entry as it stands, with the evidence that is about it; undefined where the manifest has none. */
export function previousOf(state: TargetState, dependency: TargetDependency): Previous | undefined {
  const entry = state.manifest && entryAt(state.manifest.vmconfig, dependency);
  if (entry === undefined) return undefined;
  const evidence = state.evidence[dependency.name];
  // Evidence about something else is left over from a run that was cut off, or the manifest was edited.
  const isAboutIt = evidence !== undefined && isAbout(evidence, entry);
  // Of an image as well: here its tag was read.
  const isSameVersion = isAboutIt && withoutEpoch(evidence.version) === entry.version;
  return { entry, evidence: isSameVersion ? evidence : undefined };
}

/** A manifest as it will be, and the evidence beside it. */
export interface NextState {
  readonly target: Target;
  readonly manifest: Manifest;
  readonly evidence: Readonly<Record<string, EvidenceEntry>>;
  /** What new proofs rest on: small documents, and the files of anchors. */
  readonly kept: readonly Kept[];
  /** What is named by digest alone, as far as it was read in this run. */
  readonly large: readonly Kept[];
}

export interface Kept {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** Then it is no file of its own. */
  readonly isInProof?: boolean;
}

/** What is remembered of all manifests together. */
export interface RememberedOfAll {
  readonly remembered: Remembered;
  readonly lines: ReleaseLines;
  /** Undefined where no image was ever read. */
  readonly bootProofs: BootProofs | undefined;
}

export function filesOf(
  states: readonly NextState[],
  { remembered, lines, bootProofs }: RememberedOfAll,
  paths: ManifestPaths,
): readonly FileContent[] {
  const { manifestsDir } = paths;
  const own = states.flatMap(({ kept }) => kept.filter(({ isInProof }) => isInProof !== true));
  const kept = new Map(own.map((one) => [one.digest, one]));
  return [
    // By digest, as a cache: a file that is there already has these very bytes.
    ...[...kept.values()].map(({ digest, bytes }) => ({
      path: `${documentsDirectory(manifestsDir)}/${documentName(digest)}`,
      bytes,
    })),
    // What bounds replays first: should the machine stop half-way, it only makes the next run stricter.
    { path: rememberedFile(manifestsDir), bytes: renderRemembered(remembered) },
    // A file that says nothing is none.
    ...(Object.keys(lines).length === 0
      ? []
      : [{ path: releaseLinesFile(manifestsDir), bytes: renderReleaseLines(lines) }]),
    ...(bootProofs === undefined
      ? []
      : [{ path: bootProofsFile(manifestsDir), bytes: renderBootProofs(bootProofs) }]),
    ...states.flatMap(({ target, manifest, evidence }) => [
      { path: `${manifestsDir}/evidence/${target.fileName}`, bytes: renderEvidence(evidence) },
      { path: `${manifestsDir}/${target.fileName}`, bytes: renderManifest(manifest) },
    ]),
  ];
}
