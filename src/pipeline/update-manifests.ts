/**
 * The main job: catalogue -> sources -> verified artifacts -> policy -> manifests.
 *
 * Incremental: an entry is resolved again when it is missing, when upstream or the catalogue changed, or when it is to
 * be refreshed. A manifest is written whole, when every entry that it needs was verified, or stays as it was.
 */
import type { Catalogue } from '../formats/catalogue.ts';
import type { AssayError } from '../model/errors.ts';
import type { Cache, Fetcher, FileStore, Reporter } from '../model/ports.ts';
import type { Anchors } from '../sources/source.ts';
import { ask } from './ask.ts';
import type { EntryChange } from './assemble.ts';
import {
  filesOf,
  readMetadataDates,
  readState,
  type ManifestPaths,
  type TargetState,
} from './manifest-state.ts';
import { questionsOf } from './questions.ts';
import { settle, type Settled } from './settle.ts';
import { unknownEntries } from './slots.ts';
import { targetsOf, type Filters } from './targets.ts';

export interface UpdateInput {
  readonly catalogue: Catalogue;
  readonly filters: Filters;
  /** Dependency keys to resolve whatever upstream says; `all` for every one. */
  readonly refresh: readonly string[] | 'all';
  /** Write what was verified where other entries failed: those keep what they had. */
  readonly keepGoing: boolean;
  readonly paths: ManifestPaths;
  readonly anchors: Anchors;
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  readonly files: FileStore;
  readonly reporter: Reporter;
  /** The time to judge by. */
  readonly now: Date;
  /** False to look without writing. */
  readonly write: boolean;
}

export interface Failure {
  readonly name: string;
  /** The platforms it failed for, for example `debian-13 amd64`. */
  readonly platforms: readonly string[];
  readonly error: AssayError;
}

export interface ManifestOutcome {
  readonly fileName: string;
  /** `refused`: it needs an entry that failed, and is as it was. */
  readonly status: 'changed' | 'unchanged' | 'refused';
  /** Entries of the catalogue that it lacks. */
  readonly missing: readonly string[];
}

export interface UpdateResult {
  /** Entries that are new or other, in the manifests that are not refused. */
  readonly changes: readonly EntryChange[];
  readonly failures: readonly Failure[];
  readonly manifests: readonly ManifestOutcome[];
}

/** Throws UsageError for files that do not parse; what upstreams do wrong is among the failures. */
export async function updateManifests(input: UpdateInput): Promise<UpdateResult> {
  const { files, paths, catalogue, write } = input;
  const targets = targetsOf(catalogue, input.filters);
  const states = await Promise.all(targets.map((target) => readState(target, paths, files)));
  const knownDates = await readMetadataDates(paths, files);
  warnOfUnknown(states, input.reporter);
  const questions = questionsOf(states, input);
  const answers = await ask(questions, knownDates, input);
  const settling = { ...input, memo: new Map<string, Promise<unknown>>() };
  const settled = await Promise.all(states.map((state) => settle(state, answers, settling)));

  warnOfBoot(states, settled, input.reporter);

  const good = settled.filter(({ isRefused }) => !isRefused);
  if (write && good.length > 0) {
    const next = good.map(({ state }) => state);
    await files.replaceAll(filesOf(next, answers.metadataDates, paths));
  }
  return {
    changes: good.flatMap(({ changes }) => changes),
    failures: failuresOf(settled),
    manifests: settled.map(({ state, changes, isRefused, missing }) => ({
      fileName: state.target.fileName,
      status: isRefused ? 'refused' : changes.length > 0 ? 'changed' : 'unchanged',
      missing,
    })),
  };
}

function warnOfUnknown(states: readonly TargetState[], reporter: Reporter): void {
  for (const { target, manifest } of states) {
    const names = manifest === undefined ? [] : unknownEntries(manifest.vmconfig, target.dependencies);
    if (names.length === 0) continue;
    reporter.warn(
      `${target.fileName}: left as they are, the catalogue does not have them: ${names.join(', ')}`,
    );
  }
}

/** `boot` names files inside of an image that is not the manifest's any more. Nothing here makes new ones. */
function warnOfBoot(states: readonly TargetState[], settled: readonly Settled[], reporter: Reporter): void {
  settled.forEach(({ state: next, isRefused }, at) => {
    const before = states[at]?.manifest?.vmconfig.os;
    if (isRefused || before?.boot === undefined || next.manifest.vmconfig.os.boot !== undefined) return;
    reporter.warn(
      `${next.target.fileName}: os.boot is gone: it was of the image ${before.image?.version ?? ''}. ` +
        'Until it is written anew, a local VM boots through its firmware.',
    );
  });
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
