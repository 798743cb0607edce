/** Puts a manifest together: what stays, what is new, what goes. No I/O. */
import { isDeepStrictEqual } from 'node:util';
import { withoutEpoch } from '../formats/debian-version.ts';
import { evidenceOf, type EvidenceEntry } from '../formats/evidence.ts';
import type { Manifest, ManifestDependency } from '../formats/manifest.ts';
import type { Artifact, Platform } from '../model/artifact.ts';
import type { Digest } from '../model/digest.ts';
import type { Assurance, EvidenceDocument, Signer, Verified } from '../model/verification.ts';
import type { Watermark } from '../sources/source.ts';
import { assertGenuine } from '../verify/genuine.ts';
import { previousOf, type NextState, type TargetState } from './manifest-state.ts';
import { checkRatchet } from './policy.ts';
import { questionKey } from './targets.ts';

export interface Resolved {
  readonly verified: Verified<Artifact>;
  readonly watermark: Watermark;
  /** Of the question that it answers. */
  readonly request: Digest;
}

export interface EntryChange {
  readonly fileName: string;
  readonly kind: string;
  readonly platform: Platform;
  readonly name: string;
  /** Undefined for an entry that is new. */
  readonly before: ManifestDependency | undefined;
  readonly after: ManifestDependency;
  readonly assurance: Assurance;
  readonly signers: readonly Signer[];
}

/**
 * The manifest that follows from what was resolved: everything else in it stays as it was. Throws
 * PolicyError, see `checkRatchet`.
 */
export function nextState(
  state: TargetState,
  resolved: ReadonlyMap<string, Resolved>,
): { state: NextState; changes: readonly EntryChange[] } {
  const { target } = state;
  const dependencies: Record<string, ManifestDependency> = { ...unknownEntries(state) };
  const evidence: Record<string, EvidenceEntry> = {};
  const changes: EntryChange[] = [];
  const documents: EvidenceDocument[] = [];
  for (const { name, providers } of target.dependencies) {
    const previous = previousOf(state, name);
    const next = target.selected.has(name) ? resolved.get(questionKey(name, target.platform)) : undefined;
    if (next === undefined) {
      if (previous !== undefined) dependencies[name] = previous.entry;
      if (previous?.evidence !== undefined) evidence[name] = previous.evidence;
      continue;
    }
    assertGenuine(next.verified);
    if (previous !== undefined) checkRatchet(next.verified, previous);
    const { subject, result } = next.verified;
    const after = entryOf(subject, providers);
    documents.push(...result.documents.filter((document) => document.isKept));
    dependencies[name] = after;
    evidence[name] = evidenceOf(subject, result, next);
    if (!isSameEntry(previous?.entry, after)) {
      const { assurance, signers } = result;
      const { fileName, kind, platform } = target;
      changes.push({ fileName, kind, platform, name, before: previous?.entry, after, assurance, signers });
    }
  }
  return { state: { target, manifest: withDependencies(state, dependencies), evidence, documents }, changes };
}

/** Manifest versions have no epoch: they stand in file names, where a colon is trouble. */
function entryOf(artifact: Artifact, providers: readonly string[] | undefined): ManifestDependency {
  const { url, type, digest, sizeBytes } = artifact;
  return {
    version: withoutEpoch(artifact.version),
    url,
    type,
    digest,
    size: sizeBytes,
    ...(providers === undefined ? {} : { providers: [...providers] }),
  };
}

function withDependencies(
  { target, manifest }: TargetState,
  dependencies: Record<string, ManifestDependency>,
): Manifest {
  const { os, arch } = target.platform;
  const vmconfig = manifest?.vmconfig ?? {
    version: 'dev',
    kind: target.kind,
    os: { name: os, arch },
    dependencies: {},
    images: [],
  };
  return { vmconfig: { ...vmconfig, dependencies } };
}

/**
 * Entries that the catalogue does not have for this manifest: never dropped in passing, since a consumer
 * may need them, and never refreshed. The caller warns of them.
 */
export function unknownEntries({
  target,
  manifest,
}: TargetState): Readonly<Record<string, ManifestDependency>> {
  const known = new Set(target.dependencies.map((dependency) => dependency.name));
  const entries = Object.entries(manifest?.vmconfig.dependencies ?? {});
  return Object.fromEntries(entries.filter(([name]) => !known.has(name)));
}

function isSameEntry(one: ManifestDependency | undefined, other: ManifestDependency): boolean {
  return one !== undefined && isDeepStrictEqual({ ...one }, { ...other });
}
