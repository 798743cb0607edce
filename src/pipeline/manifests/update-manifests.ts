/**
 * The main job: catalogue -> sources -> verified artifacts -> policy -> manifests.
 *
 * Incremental: an entry is resolved again when it is missing, when upstream or the catalogue changed, or when it is to
 * be refreshed. A manifest is written whole, when every entry that it needs was verified, or stays as it was.
 */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import type { ManifestName } from '../../formats/own/changes.ts';
import { renderManifest } from '../../formats/own/manifest.ts';
import { UsageError, type AssayError } from '../../model/errors.ts';
import type { OwnFiles } from '../../model/own-files.ts';
import type { Cache, Fetcher, Reporter, SourceProgress } from '../../model/ports.ts';
import type { TrustSource } from '../../verify/method.ts';
import { staleSources, type Dated, type StaleSource } from '../shared/stale-sources.ts';
import type { EntryChange } from './assemble.ts';
import { entryKey, judgeState, type Fault } from './faults.ts';
import { readBootProofs } from '../shared/boot-proof.ts';
import { KeptDocuments } from '../shared/kept-documents.ts';
import { KeptProofs } from '../shared/kept-proof.ts';
import { readRemembered } from '../shared/remembered.ts';
import {
  filesOf,
  readReleaseLines,
  readState,
  type ManifestPaths,
  type TargetState,
} from './manifest-state.ts';
import { fillStore } from './fill-store.ts';
import { idleWaivers, memoryOf, nextLines } from './memory.ts';
import {
  proofsInUse,
  requireImages,
  warnOfBoot,
  withBoot,
  type BootReading,
  type WithBoot,
} from './os-boot.ts';
import { pruneDocuments } from './prune-documents.ts';
import { questionsOf } from './questions.ts';
import { keepValidators, lookTwice } from './second-look.ts';
import type { Settled } from './settle.ts';
import type { PackagesOfImage } from './image-packages.ts';
import { targetsOf, type Filters, type Target } from './targets.ts';
import { componentsOf } from './version-skew.ts';

export interface UpdateInput {
  readonly catalogue: Catalogue;
  readonly filters: Filters;
  /** Dependency keys to resolve whatever upstream says; `all` for every one. */
  readonly refresh: readonly string[] | 'all';
  /** Write what was verified where other entries failed: those keep what they had. */
  readonly keepGoing: boolean;
  readonly paths: ManifestPaths;
  readonly trust: TrustSource;
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  readonly files: OwnFiles;
  readonly reporter: Reporter;
  /** Undefined where nobody looks. */
  readonly progress?: SourceProgress | undefined;
  /** What the catalogue declares of OS images; nothing unless given. */
  readonly packagesOfImage?: PackagesOfImage;
  /** The time to judge by. */
  readonly now: Date;
  /** False to look without writing. */
  readonly write: boolean;
  /** Reads `os.boot` out of OS images; undefined to leave it as it is. */
  readonly boot?: BootReading | undefined;
  /** Where documents go that are too large to be kept beside manifests; undefined to keep them nowhere. */
  readonly evidenceStore?: string | undefined;
}

export interface Failure {
  readonly name: string;
  /** The platforms it failed for, for example `debian-13 amd64`. */
  readonly platforms: readonly string[];
  readonly error: AssayError;
}

export interface ManifestOutcome {
  readonly fileName: string;
  readonly name: ManifestName;
  /** `refused`: it needs an entry that failed, and is as it was. `changed` it is as well by the repair of a fault. */
  readonly status: 'changed' | 'unchanged' | 'refused';
  /** Entries of the catalogue that it lacks. */
  readonly missing: readonly string[];
}

/** What did not follow from the catalogue, or had lost its proof, before the run. */
export interface FoundFault extends Fault {
  /** False where the run leaves it as it is: its manifest is refused, or no answer could put it right. */
  readonly isRepaired: boolean;
}

export interface UpdateResult {
  /** Entries that are new or other, in the manifests that are not refused. */
  readonly changes: readonly EntryChange[];
  readonly failures: readonly Failure[];
  readonly faults: readonly FoundFault[];
  readonly manifests: readonly ManifestOutcome[];
  /** Whose newest version is older than the catalogue expects. */
  readonly stale: readonly StaleSource[];
}

/** Throws UsageError for files that do not parse; what upstreams do wrong is among the failures. */
export async function updateManifests(input: UpdateInput): Promise<UpdateResult> {
  const { files, paths, catalogue, trust, write } = input;
  const targets = targetsOf(catalogue, input.filters);
  if (input.boot !== undefined) requireImages(targets);
  const found = await Promise.all(targets.map((target) => readState(target, paths, files)));
  const known = await readRemembered(paths.manifestsDir, files);
  // Who only looks has everything judged, whatever was judged before.
  const cache = write ? input.cache : undefined;
  const documents = new KeptDocuments(paths.manifestsDir, files);
  const proofs = new KeptProofs(documents, trust, cache);
  const bootProofs = await readBootProofs(paths.manifestsDir, files);
  const judging = { catalogue, proofs, bootProofs, documents };
  const judged = await Promise.all(found.map((state) => judgeState(state, judging)));
  const faults = judged.flatMap((one) => one.faults);
  const states = found.map((state, at) => ({
    ...state,
    faulty: new Set(judged[at]?.faults.flatMap(({ name }) => name ?? [])),
  }));
  const doubtful = new Set(faults.map(({ fileName, name }) => entryKey(fileName, name)));
  // Who only looks wants to know whether it is true: upstream is asked for all that the proofs leave open.
  if (!write) for (const key of judged.flatMap(({ unproven }) => unproven)) doubtful.add(key);
  const questions = questionsOf(states, { ...input, doubtful });
  const lines = await readReleaseLines(paths, files);
  const others = await othersThan(targets, input);
  const look = await lookTwice(states, questions, known, {
    ...input,
    memory: memoryOf(states, catalogue, lines),
    documents,
    packagesOfImage: input.packagesOfImage ?? (() => undefined),
    others: others.flatMap(({ target, manifest }) => componentsOf(target.fileName, manifest)),
  });
  const { answers } = look;
  const booted = await withBoot(look.settled, { ...input, bootProofs, documents });
  const { settled } = booted;

  warnOfBoot(settled, input.reporter);
  for (const text of idleWaivers(settled, catalogue.waivers, input.now)) input.reporter.warn(text);

  const good = settled.filter(({ isRefused }) => !isRefused);
  if (write && good.length > 0) {
    const next = good.map(({ state }) => state);
    await fillStore(next, input);
    const { remembered } = answers;
    const manifests = [
      ...settled.map(({ before, state, isRefused }) => (isRefused ? before : state).manifest),
      ...others.map(({ manifest }) => manifest),
    ];
    const told = {
      remembered,
      lines: nextLines(lines, good),
      bootProofs: proofsInUse(booted.bootProofs, manifests),
    };
    await files.replaceAll(filesOf(next, told, paths));
    await pruneDocuments(paths, files, next).catch((error: unknown) => {
      // What is left over harms nobody: the next run tries again.
      if (!(error instanceof UsageError)) throw error;
      input.reporter.warn(error.message);
    });
  }
  await keepValidators(look, input);
  return {
    changes: good.flatMap(({ changes }) => changes),
    failures: failuresOf(settled),
    faults: await withRepairs(faults, booted, input),
    manifests: settled.map((one) => ({
      fileName: one.state.target.fileName,
      name: { kind: one.state.target.kind, ...one.state.target.platform },
      status: one.isRefused ? 'refused' : isOther(one) ? 'changed' : 'unchanged',
      missing: one.missing,
    })),
    stale: staleSources(
      settled.flatMap((one) => datedIn(one, catalogue)),
      input.now,
    ),
  };
}

/** The manifests that are not this run's: nodes of one kind talk to servers of another. */
async function othersThan(
  targets: readonly Target[],
  { catalogue, paths, files }: UpdateInput,
): Promise<readonly TargetState[]> {
  const own = new Set(targets.map(({ fileName }) => fileName));
  const others = targetsOf(catalogue, {}).filter(({ fileName }) => !own.has(fileName));
  return Promise.all(others.map((target) => readState(target, paths, files)));
}

/** As the manifest is, or will be. */
function datedIn({ before, state, isRefused }: Settled, { sources }: Catalogue): readonly Dated[] {
  const { target, evidence } = isRefused ? before : state;
  return target.dependencies.flatMap(({ name, source }) => {
    const own = sources[source.from];
    const proof = evidence[name];
    if (own === undefined || proof === undefined || !target.selected.has(name)) return [];
    return [{ asked: [own, source] as Dated['asked'], evidence: proof }];
  });
}

/** By an entry, or by anything else that stands in the file. */
function isOther({ before, state, changes }: Settled): boolean {
  if (changes.length > 0) return true;
  const { bytes } = before;
  return (
    bytes?.manifest !== undefined && Buffer.compare(bytes.manifest, renderManifest(state.manifest)) !== 0
  );
}

/** The same judgement of what the run would leave, or leaves. */
async function withRepairs(
  faults: readonly Fault[],
  { settled, bootProofs }: WithBoot,
  { catalogue, trust, files, paths }: UpdateInput,
): Promise<readonly FoundFault[]> {
  if (faults.length === 0) return [];
  const written = settled.flatMap(({ state }) =>
    state.kept.map(({ digest, bytes }) => [digest, bytes] as const),
  );
  const documents = new KeptDocuments(paths.manifestsDir, files, written);
  const judging = { catalogue, proofs: new KeptProofs(documents, trust), bootProofs, documents };
  const left = await Promise.all(
    settled.map(({ before, state, isRefused }) => judgeState(isRefused ? before : state, judging)),
  );
  const remaining = new Set(
    left.flatMap((one) => one.faults).map(({ fileName, name }) => entryKey(fileName, name)),
  );
  return faults.map((fault) => ({
    ...fault,
    isRepaired: !remaining.has(entryKey(fault.fileName, fault.name)),
  }));
}

/** The same error for several manifests is one failure an entry. */
function failuresOf(settled: readonly Settled[]): readonly Failure[] {
  const failures = new Map<string, { name: string; platforms: Set<string>; error: AssayError }>();
  for (const { state, failures: own } of settled) {
    const { os, arch } = state.target.platform;
    for (const { name, error } of own) {
      const key = `${name} ${error.code} ${error.message}`;
      const failure = failures.get(key) ?? { name, platforms: new Set<string>(), error };
      failure.platforms.add(`${os} ${arch}`);
      failures.set(key, failure);
    }
  }
  return [...failures.values()].map((failure) => ({ ...failure, platforms: [...failure.platforms] }));
}
