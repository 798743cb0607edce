/** What a run asks of the sources: one question for each dependency and platform, however many kinds want it. No I/O. */
import type { Catalogue, Dependency } from '../../formats/own/catalogue.ts';
import type { Question } from '../../formats/own/evidence.ts';
import type { ResolveRequest, Watermark } from '../../sources/source.ts';
import { entryKey } from './faults.ts';
import { movesTogether } from './groups.ts';
import { previousOf, type TargetState } from './manifest-state.ts';
import {
  isSamePlatform,
  isSameQuestion,
  kindOf,
  questionAbout,
  questionKey,
  type TargetDependency,
} from './targets.ts';

/** One question as a source is asked it. */
export interface Asking {
  readonly key: string;
  readonly dependency: Dependency;
  readonly request: ResolveRequest<never>;
  readonly question: Question;
}

export interface Questioning {
  readonly catalogue: Catalogue;
  /** Dependency keys to resolve whatever upstream says; `all` for every one. */
  readonly refresh: readonly string[] | 'all';
  /** Entries that are resolved anew, whatever upstream says: see `entryKey`. */
  readonly doubtful: ReadonlySet<string>;
}

export function questionsOf(
  states: readonly TargetState[],
  { catalogue, refresh, doubtful }: Questioning,
): readonly Asking[] {
  const questions = new Map<string, Asking>();
  for (const { target } of states) {
    for (const dependency of target.dependencies) {
      const { name } = dependency;
      const kind = kindOf(dependency, target.kind);
      const key = questionKey(name, target.platform, kind);
      if (!target.selected.has(name) || dependency.stub === true || questions.has(key)) continue;
      const question = questionAbout(dependency, target);
      const asking = states.filter(
        ({ target: other }) =>
          isSamePlatform(other.platform, target.platform) && (kind === undefined || other.kind === kind),
      );
      const isRefreshed =
        refresh === 'all' ||
        refresh.includes(name) ||
        asking.some(({ target: { fileName } }) => doubtful.has(entryKey(fileName, name)));
      const request = {
        name,
        platform: target.platform,
        type: dependency.type,
        kind,
        entry: dependency.source as never,
        verification: dependency.verification,
        previousVersion: previousVersion(states, asking, dependency, catalogue),
        watermark: isRefreshed ? undefined : commonWatermark(asking, dependency, question),
      };
      questions.set(key, { key, dependency, request, question });
    }
  }
  return [...questions.values()];
}

/** Of an entry that stands in every manifest that wants it, with evidence for this very question. */
function commonWatermark(
  states: readonly TargetState[],
  dependency: TargetDependency,
  question: Question,
): Watermark | undefined {
  const wanting = states.filter(({ target }) => target.selected.has(dependency.name));
  const watermarks = wanting.map((state) => {
    const evidence = previousOf(state, dependency)?.evidence;
    return evidence !== undefined && isSameQuestion(evidence.question, question)
      ? evidence.watermark
      : undefined;
  });
  const [first] = watermarks;
  return watermarks.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? first : undefined;
}

/**
 * What the manifests have of it now. A new member of a group that moves together begins at the group's version, so
 * that a group that is held stays whole.
 */
function previousVersion(
  states: readonly TargetState[],
  asking: readonly TargetState[],
  dependency: TargetDependency,
  catalogue: Catalogue,
): string | undefined {
  const own = versionIn(asking, [dependency]);
  const { from } = dependency.source;
  if (own !== undefined || !movesTogether(catalogue, from)) return own;
  const group = states
    .flatMap(({ target }) => target.dependencies)
    .filter(({ source, stub }) => source.from === from && stub !== true);
  return versionIn(asking, group) ?? versionIn(states, group);
}

function versionIn(
  states: readonly TargetState[],
  dependencies: readonly TargetDependency[],
): string | undefined {
  for (const state of states) {
    for (const dependency of dependencies) {
      const previous = previousOf(state, dependency);
      if (previous === undefined || previous.entry.digest === '') continue;
      return previous.evidence?.version ?? previous.entry.version;
    }
  }
  return undefined;
}
