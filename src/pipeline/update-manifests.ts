/**
 * The main job: catalogue -> sources -> verified artifacts -> policy -> manifests.
 *
 * Incremental: an entry is resolved again when it is missing, when upstream or the catalogue changed, or
 * when it is to be refreshed. All manifests are written together, and only when every entry of theirs
 * was verified; otherwise nothing is.
 */
import type { Catalogue, Dependency } from '../formats/catalogue.ts';
import { AssayError } from '../model/errors.ts';
import type { Cache, Fetcher, FileStore, Reporter } from '../model/ports.ts';
import type { Digest } from '../model/digest.ts';
import { digestOf } from '../verify/digest.ts';
import { sourceKinds } from '../sources/registry.ts';
import type { Anchors, Resolution, ResolveRequest, SourceContext, SourceResult } from '../sources/source.ts';
import { nextState, unknownEntries, type EntryChange, type Resolved } from './assemble.ts';
import {
  filesOf,
  previousOf,
  readMetadataDates,
  readState,
  type ManifestPaths,
  type NextState,
  type TargetState,
} from './manifest-state.ts';
import { isSamePlatform, questionKey, targetsOf, type Filters } from './targets.ts';

export interface UpdateInput {
  readonly catalogue: Catalogue;
  readonly filters: Filters;
  /** Dependency keys to resolve whatever upstream says; `all` for every one. */
  readonly refresh: readonly string[] | 'all';
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

export interface UpdateResult {
  /** Entries that are new or other, by manifest. Empty if there are failures. */
  readonly changes: readonly EntryChange[];
  readonly failures: readonly Failure[];
  readonly manifests: readonly { readonly fileName: string; readonly changed: boolean }[];
}

/** One question to a source, and all the manifests that want the answer. */
interface Question {
  readonly dependency: Dependency;
  readonly request: ResolveRequest<never>;
  readonly requestDigest: Digest;
}

/** Throws UsageError for files that do not parse; what upstreams do wrong is among the failures. */
export async function updateManifests(input: UpdateInput): Promise<UpdateResult> {
  const { files, paths } = input;
  const targets = targetsOf(input.catalogue, input.filters);
  const states = await Promise.all(targets.map((target) => readState(target, paths, files)));
  const knownDates = await readMetadataDates(paths, files);
  warnOfUnknown(states, input.reporter);
  const questions = questionsOf(states, input);
  const { answers, metadataDates } = await ask(questions, knownDates, input);

  const failures = failuresOf(answers);
  if (failures.length > 0) return { changes: [], failures, manifests: [] };
  const resolved = resolvedOf(answers);
  const next: { state: NextState; changes: readonly EntryChange[] }[] = [];
  for (const state of states) {
    try {
      next.push(nextState(state, resolved));
    } catch (error) {
      failures.push(refusal(error, state));
    }
  }
  if (failures.length > 0) return { changes: [], failures, manifests: [] };
  if (input.write)
    await files.replaceAll(
      filesOf(
        next.map((one) => one.state),
        metadataDates,
        paths,
      ),
    );
  return {
    changes: next.flatMap((one) => one.changes),
    failures,
    manifests: next.map(({ state, changes }) => ({
      fileName: state.target.fileName,
      changed: changes.length > 0,
    })),
  };
}

function warnOfUnknown(states: readonly TargetState[], reporter: Reporter): void {
  for (const state of states) {
    const names = Object.keys(unknownEntries(state));
    if (names.length === 0) continue;
    reporter.warn(
      `${state.target.fileName}: left as they are, the catalogue does not have them: ${names.join(', ')}`,
    );
  }
}

/** One for each dependency and platform, however many kinds want it. */
function questionsOf(states: readonly TargetState[], input: UpdateInput): readonly Question[] {
  const questions = new Map<string, Question>();
  const { catalogue, refresh } = input;
  for (const { target } of states) {
    for (const dependency of target.dependencies) {
      const key = questionKey(dependency.name, target.platform);
      if (!target.selected.has(dependency.name) || questions.has(key)) continue;
      const requestDigest = digestOfRequest(catalogue, dependency);
      const samePlatform = states.filter((one) => isSamePlatform(one.target.platform, target.platform));
      const isRefreshed = refresh === 'all' || refresh.includes(dependency.name);
      const watermark = isRefreshed
        ? undefined
        : commonWatermark(samePlatform, dependency.name, requestDigest);
      const request = {
        name: dependency.name,
        platform: target.platform,
        type: dependency.type,
        entry: dependency.source as never,
        verification: dependency.verification,
        watermark,
      };
      questions.set(key, { dependency, request, requestDigest });
    }
  }
  return [...questions.values()];
}

/** Of an entry that stands in every manifest that wants it, with evidence for this very question. */
function commonWatermark(states: readonly TargetState[], name: string, requestDigest: Digest) {
  const wanting = states.filter(({ target }) => target.selected.has(name));
  const watermarks = wanting.map((state) => {
    const evidence = previousOf(state, name)?.evidence;
    return evidence?.request === requestDigest ? evidence.watermark : undefined;
  });
  const [first] = watermarks;
  return watermarks.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first : undefined;
}

/** Sources at the same time; each is asked for all that is wanted of it at once. */
async function ask(
  questions: readonly Question[],
  knownDates: ReadonlyMap<string, Date>,
  input: UpdateInput,
) {
  const { catalogue, fetcher, cache, reporter, anchors, now } = input;
  const context: SourceContext = { fetcher, cache, reporter, anchors, now, metadataDates: knownDates };
  const answers = new Map<Question, Resolution>();
  const metadataDates = new Map(knownDates);
  const bySource = Map.groupBy(questions, (question) => question.dependency.source.from);
  await Promise.all(
    [...bySource].map(async ([name, asked]) => {
      const source = catalogue.sources[name];
      const kind = source && sourceKinds[source.type];
      if (source === undefined || kind === undefined) throw new TypeError(`no source ${name}`);
      const requests = asked.map((question) => question.request);
      const result: SourceResult = await kind.resolve(source as never, requests, context);
      asked.forEach((question, at) => {
        const resolution = result.resolutions[at];
        if (resolution !== undefined) answers.set(question, resolution);
      });
      for (const [url, date] of result.metadataDates) metadataDates.set(url, date);
    }),
  );
  return { answers, metadataDates };
}

function resolvedOf(answers: ReadonlyMap<Question, Resolution>): ReadonlyMap<string, Resolved> {
  const resolved = new Map<string, Resolved>();
  for (const [{ request, requestDigest }, resolution] of answers) {
    if (resolution.status !== 'resolved') continue;
    const { verified, watermark } = resolution;
    resolved.set(questionKey(request.name, request.platform), {
      verified,
      watermark,
      request: requestDigest,
    });
  }
  return resolved;
}

/** The same error for several platforms, or of several entries, is one failure an entry. */
function failuresOf(answers: ReadonlyMap<Question, Resolution>): Failure[] {
  const failures = new Map<string, { name: string; platforms: string[]; error: AssayError }>();
  for (const [{ request }, resolution] of answers) {
    if (resolution.status !== 'failed') continue;
    const { error } = resolution;
    const key = `${request.name} ${error.code} ${error.message}`;
    const failure = failures.get(key) ?? { name: request.name, platforms: [], error };
    failure.platforms.push(`${request.platform.os} ${request.platform.arch}`);
    failures.set(key, failure);
  }
  return [...failures.values()];
}

function refusal(error: unknown, state: TargetState): Failure {
  if (!(error instanceof AssayError)) throw error;
  const { os, arch } = state.target.platform;
  const name = (error.context['name'] as string | undefined) ?? state.target.fileName;
  return { name, platforms: [`${os} ${arch}`], error };
}

/** Of all that the catalogue says of an entry: when it says something else, the entry is resolved again. */
function digestOfRequest(catalogue: Catalogue, dependency: Dependency): Digest {
  const { type, source, verification, providers } = dependency;
  const text = JSON.stringify({
    type,
    source,
    verification,
    providers,
    from: catalogue.sources[source.from],
  });
  return digestOf('sha256', Buffer.from(text));
}
