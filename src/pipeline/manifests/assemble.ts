/** Puts a manifest together: what stays, what is new, what goes. No I/O. */
import { evidenceOf, maxKeptBytes, type EvidenceEntry, type Question } from '../../formats/own/evidence.ts';
import { stubEntry, type ManifestEntry } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import type { Platform } from '../../model/artifact.ts';
import { AssayError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import type { Assurance, Signer } from '../../model/verification.ts';
import type { Judged } from '../../sources/gather.ts';
import type { Watermark } from '../../sources/source.ts';
import { anchorsOf } from '../shared/kept-proof.ts';
import { previousOf, type Kept, type NextState, type TargetState } from './manifest-state.ts';
import { checkRatchet } from './ratchet.ts';
import { requireSlot } from '../shared/require-slot.ts';
import { sealed } from '../shared/seal.ts';
import { entryOf, isSameEntry, withEntries } from '../shared/slots.ts';
import { isSameQuestion, kindOf, questionKey, type TargetDependency } from './targets.ts';

export interface Resolved extends Judged {
  readonly watermark: Watermark;
  /** That it answers. */
  readonly question: Question;
}

export interface EntryChange {
  readonly fileName: string;
  readonly kind: string;
  readonly platform: Platform;
  readonly name: string;
  /** Undefined for an entry that is new. */
  readonly before: ManifestEntry | undefined;
  readonly after: ManifestEntry;
  /** Undefined for the stub, which vouches for nothing. */
  readonly assurance: Assurance | undefined;
  readonly signers: readonly Signer[];
  /** See `VerificationResult.isDigestOnly`. */
  readonly isDigestOnly?: true | undefined;
  /** What is kept about the entry before, and after. */
  readonly evidence: {
    readonly before: EvidenceEntry | undefined;
    readonly after: EvidenceEntry | undefined;
  };
}

/** Verified, and not to be taken all the same: VerificationError `SUBJECT_MISMATCH`, or PolicyError. */
export interface Refusal {
  readonly name: string;
  readonly error: AssayError;
}

export interface Assembled {
  readonly state: NextState;
  readonly changes: readonly EntryChange[];
  /** If there are any, the state keeps those entries as they were. */
  readonly refusals: readonly Refusal[];
  /** Entries of the catalogue that the manifest lacks. */
  readonly missing: readonly string[];
}

/**
 * The manifest that follows from what was resolved: everything else in it stays as it was, and so do the entries
 * named in `held`.
 */
export function nextState(
  state: TargetState,
  resolved: ReadonlyMap<string, Resolved>,
  held: ReadonlySet<string> = new Set(),
): Assembled {
  const { target } = state;
  const entries = new Map<string, ManifestEntry>();
  const evidence = Object.create(null) as Record<string, EvidenceEntry>;
  const kept: Kept[] = [];
  const large: Kept[] = [];
  const changes: EntryChange[] = [];
  const refusals: Refusal[] = [];
  for (const dependency of target.dependencies) {
    const { name } = dependency;
    const previous = previousOf(state, dependency);
    const isFree = target.selected.has(name) && !held.has(name);
    const next = isFree ? answerTo(dependency, state, resolved) : undefined;
    if (next instanceof AssayError) refusals.push({ name, error: next });
    if (next === undefined || next instanceof AssayError) {
      if (previous !== undefined) entries.set(name, previous.entry);
      if (previous?.evidence !== undefined) evidence[name] = previous.evidence;
      continue;
    }
    const { entry, answer } = next;
    entries.set(name, entry);
    if (answer !== undefined) {
      const isSound = isSameEntry(previous?.entry, entry) && state.faulty?.has(name) !== true;
      const proof = proofOf(answer, isSound ? previous?.evidence : undefined);
      evidence[name] = proof.evidence;
      kept.push(...proof.kept);
      large.push(...proof.large);
    }
    if (isSameEntry(previous?.entry, entry)) continue;
    const { fileName, kind, platform } = target;
    const { assurance, signers = [], isDigestOnly } = answer?.verified.result ?? {};
    const vouched = { assurance, signers, ...(isDigestOnly === undefined ? {} : { isDigestOnly }) };
    const proofs = { before: previous?.evidence, after: evidence[name] };
    changes.push({
      ...{ fileName, kind, platform, name, before: previous?.entry, after: entry, ...vouched },
      evidence: proofs,
    });
  }
  const manifest = { vmconfig: withEntries(vmconfigOf(state), target.dependencies, entries) };
  const missing = target.dependencies.map(({ name }) => name).filter((name) => !entries.has(name));
  return { state: { target, manifest, evidence, kept, large }, changes, refusals, missing };
}

/**
 * A proof is written anew when its entry or its question changes, or when it was found not to hold: `sound` is one that
 * still says all that the answer does. What upstream looked like is remembered all the same.
 */
function proofOf(
  { verified, anchors, question, watermark }: Resolved,
  sound: EvidenceEntry | undefined,
): { readonly evidence: EvidenceEntry } & Pick<NextState, 'kept' | 'large'> {
  const { subject, result } = verified;
  const asked = { question, watermark, anchors: anchorsOf(anchors) };
  const evidence = sealed(evidenceOf(subject, result, asked));
  const large = result.documents.filter(({ sizeBytes }) => sizeBytes > maxKeptBytes);
  if (sound !== undefined && isSameQuestion(sound.question, question)) {
    return { evidence: { ...sound, watermark: evidence.watermark }, kept: [], large };
  }
  const small = result.documents.filter(({ sizeBytes }) => sizeBytes <= maxKeptBytes);
  return { evidence, kept: [...small, ...anchors.map(({ file }) => file)], large };
}

/** Undefined where there is no new answer: the entry stays as it is. */
function answerTo(
  dependency: TargetDependency,
  state: TargetState,
  resolved: ReadonlyMap<string, Resolved>,
): { entry: ManifestEntry; answer: Resolved | undefined } | AssayError | undefined {
  if (dependency.stub === true) return { entry: stubEntry(dependency.providers), answer: undefined };
  const { platform, kind } = state.target;
  const answer = resolved.get(questionKey(dependency.name, platform, kindOf(dependency, kind)));
  if (answer === undefined) return undefined;
  assertMinted(answer.verified, 'Verified');
  const previous = previousOf(state, dependency);
  try {
    requireSlot(answer.verified, dependency, platform);
    if (previous !== undefined) checkRatchet(answer.verified, previous, dependency.ordering);
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
  return { entry: entryOf(answer.verified.subject, dependency.providers), answer };
}

function vmconfigOf({ target, manifest }: TargetState): Manifest['vmconfig'] {
  const { kind, platform } = target;
  const { os, ...others } = manifest?.vmconfig ?? { version: 'dev', os: {}, dependencies: {}, images: [] };
  // Whatever stood there: which file it is says what it is of.
  return { ...others, kind, os: { ...os, name: platform.os, arch: platform.arch } };
}
