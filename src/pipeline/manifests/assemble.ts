/** Puts a manifest together: what stays, what is new, what goes. No I/O. */
import {
  evidenceOf,
  maxKeptBytes,
  type EvidenceEntry,
  type Question,
  type UnsealedEntry,
} from '../../formats/own/evidence.ts';
import { stubEntry, type ManifestEntry } from '../../formats/own/manifest-entries.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import type { Waiver } from '../../formats/own/waivers.ts';
import type { Platform } from '../../model/artifact.ts';
import { AssayError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import type { Assurance, Signer } from '../../model/verification.ts';
import type { Judged } from '../../sources/gather.ts';
import type { Watermark } from '../../sources/source.ts';
import { anchorsOf } from '../shared/kept-proof.ts';
import { previousOf, type Kept, type NextState, type TargetState } from './manifest-state.ts';
import { baselineOf, checkVersion, checkVouching, noMemory, type Memory } from './ratchet.ts';
import { requireSlot } from '../shared/require-slot.ts';
import { sealed, sealFaults } from '../shared/seal.ts';
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
  /** The waivers that let something in. */
  readonly waived: readonly Waiver[];
}

/**
 * The manifest that follows from what was resolved: everything else in it stays as it was, and so do the entries
 * named in `held`.
 */
export function nextState(
  state: TargetState,
  resolved: ReadonlyMap<string, Resolved>,
  held: ReadonlySet<string> = new Set(),
  memory: Memory = noMemory,
): Assembled {
  const { target } = state;
  const entries = new Map<string, ManifestEntry>();
  const evidence = Object.create(null) as Record<string, EvidenceEntry>;
  const kept: Kept[] = [];
  const large: Kept[] = [];
  const changes: EntryChange[] = [];
  const refusals: Refusal[] = [];
  const waived: Waiver[] = [];
  for (const dependency of target.dependencies) {
    const { name } = dependency;
    const previous = previousOf(state, dependency);
    const isFree = target.selected.has(name) && !held.has(name);
    const next = isFree ? answerTo(dependency, state, resolved, memory) : undefined;
    if (next instanceof AssayError) refusals.push({ name, error: next });
    if (next === undefined || next instanceof AssayError) {
      if (previous !== undefined) entries.set(name, previous.entry);
      if (previous?.evidence !== undefined) evidence[name] = previous.evidence;
      continue;
    }
    const { entry, answer } = next;
    waived.push(...next.waived);
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
  return { state: { target, manifest, evidence, kept, large }, changes, refusals, missing, waived };
}

/**
 * A proof is written anew when its entry or its question changes, or when it was found not to hold: `sound` is one that
 * still says all that the answer does. What upstream looked like is remembered all the same.
 */
function proofOf(
  answer: Resolved,
  sound: EvidenceEntry | undefined,
): { readonly evidence: EvidenceEntry } & Pick<NextState, 'kept' | 'large'> {
  const { verified, anchors, question } = answer;
  const { result } = verified;
  const evidence = sealed(unsealed(answer));
  const large = result.documents.filter(({ sizeBytes }) => sizeBytes > maxKeptBytes);
  if (sound !== undefined && isSameQuestion(sound.question, question)) {
    return { evidence: { ...sound, watermark: evidence.watermark }, kept: [], large };
  }
  const small = result.documents.flatMap(({ digest, bytes, sizeBytes }, at): readonly Kept[] => {
    const isInProof = evidence.documents[at]?.text !== undefined;
    return sizeBytes <= maxKeptBytes ? [{ digest, bytes, isInProof }] : [];
  });
  return { evidence, kept: [...small, ...anchors.map(({ file }) => file)], large };
}

function unsealed({ verified, anchors, question, watermark }: Resolved): UnsealedEntry {
  const { subject, result } = verified;
  return evidenceOf(subject, result, { question, watermark, anchors: anchorsOf(anchors) });
}

interface Answered {
  readonly entry: ManifestEntry;
  readonly answer: Resolved | undefined;
  readonly waived: readonly Waiver[];
}

/** Undefined where there is no new answer: the entry stays as it is. */
function answerTo(
  dependency: TargetDependency,
  state: TargetState,
  resolved: ReadonlyMap<string, Resolved>,
  memory: Memory,
): Answered | AssayError | undefined {
  const { name, providers, ordering } = dependency;
  if (dependency.stub === true) return { entry: stubEntry(providers), answer: undefined, waived: [] };
  const { platform, kind } = state.target;
  const key = questionKey(name, platform, kindOf(dependency, kind));
  const answer = resolved.get(key);
  if (answer === undefined) return undefined;
  const { verified } = answer;
  assertMinted(verified, 'Verified');
  // What is new in this manifest may stand in those of other kinds.
  const previous = previousOf(state, dependency) ?? memory.standing.get(key);
  const known = previous?.evidence ?? state.evidence[name];
  // What was edited since says nothing of what there was: it is a fault, and told as one.
  const stood = known !== undefined && sealFaults(known).length === 0 ? known : undefined;
  const baseline = baselineOf(verified.subject.version, ordering, stood, memory.lines[key]);
  try {
    requireSlot(verified, dependency, platform);
    if (previous !== undefined) checkVersion(verified, previous, ordering);
    const waived =
      baseline === undefined
        ? []
        : checkVouching(name, baseline, unsealed(answer), memory.waivers, verified.result.verifiedAt);
    return { entry: entryOf(verified.subject, providers), answer, waived };
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
}

function vmconfigOf({ target, manifest }: TargetState): Manifest['vmconfig'] {
  const { kind, platform } = target;
  const { os, ...others } = manifest?.vmconfig ?? { version: 'dev', os: {}, dependencies: {}, images: [] };
  // Whatever stood there: which file it is says what it is of.
  return { ...others, kind, os: { ...os, name: platform.os, arch: platform.arch } };
}
