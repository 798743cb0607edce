/**
 * Decides about all manifests of a run. What becomes of one is its own affair, but for what moves together: where the
 * control plane's kubectl is refused, the data plane's kubelet waits for it. No node gets ahead of its control plane.
 */
import type { Reporter } from '../../model/ports.ts';
import type { Answers } from './ask.ts';
import type { EntryChange, Refusal } from './assemble.ts';
import { groupAcross } from './groups.ts';
import type { TargetState } from './manifest-state.ts';
import { settle, type Settled, type SettleInput } from './settle.ts';
import type { Target } from './targets.ts';
import { componentsOf, findSkews, type Component } from './version-skew.ts';

export interface SettleAllInput extends SettleInput {
  readonly reporter: Reporter;
  /** Kubernetes' components in the manifests that are not this run's. */
  readonly others: readonly Component[];
}

/** In the order of the states. Until no two of them are too far apart: what is held back may set others apart. */
export async function settleAll(
  states: readonly TargetState[],
  answers: Answers,
  input: SettleAllInput,
): Promise<readonly Settled[]> {
  let refused: readonly (readonly Refusal[])[] = states.map(() => []);
  for (;;) {
    const settled = await settleGroups(states, answers, input, refused);
    const more = refuseSkews(settled, input.others);
    if (more.every((some) => some.length === 0)) return settled;
    refused = refused.map((some, at) => [...some, ...(more[at] ?? [])]);
  }
}

/** Of each state, the entries that it changes and that some other component does not go together with. */
function refuseSkews(
  settled: readonly Settled[],
  others: readonly Component[],
): readonly (readonly Refusal[])[] {
  const components = settled.flatMap(({ before, state, isRefused }) =>
    componentsOf(state.target.fileName, isRefused ? before.manifest : state.manifest),
  );
  const skews = findSkews([...components, ...others]);
  return settled.map(({ state: { target }, changes, isRefused }) =>
    skews.flatMap(({ pair, error }) =>
      pair.flatMap(({ fileName, name }) => {
        const change = changes.find((one) => nameIn(one) === name);
        if (isRefused || fileName !== target.fileName || change === undefined) return [];
        return [{ name: change.name, error }];
      }),
    ),
  );
}

/** Of an image the manifest has its reference, of anything else the catalogue's name. */
function nameIn({ name, after }: EntryChange): string {
  return after.type === 'oci-image' ? after.url : name;
}

async function settleGroups(
  states: readonly TargetState[],
  answers: Answers,
  input: SettleAllInput,
  refused: readonly (readonly Refusal[])[],
): Promise<readonly Settled[]> {
  const targets = states.map(({ target }) => target);
  const groupOf = groupAcross(targets, input.catalogue);
  const membersOf = (target: Target, groups: ReadonlySet<string>) =>
    target.dependencies.filter((one) => groups.has(groupOf(one, target) ?? '')).map(({ name }) => name);
  const alone = await Promise.all(states.map((state, at) => settle(state, answers, input, [], refused[at])));
  let settled: readonly Settled[] = alone;
  let waiting = stuckGroups(alone, groupOf);
  let known = 0;
  while (waiting.size > known) {
    known = waiting.size;
    const before = settled;
    settled = await Promise.all(
      states.map(async (state, at) =>
        together(
          before[at],
          await settle(state, answers, input, membersOf(state.target, waiting), refused[at]),
        ),
      ),
    );
    waiting = new Set([...waiting, ...stuckGroups(settled, groupOf)]);
  }
  settled.forEach(({ state: { target }, isRefused }, at) => {
    const waits = membersOf(target, waiting).filter((name) =>
      alone[at]?.changes.some((change) => change.name === name),
    );
    if (isRefused || waits.length === 0) return;
    input.reporter.warn(
      `${target.fileName}: as before: ${waits.join(', ')}. What comes from ${[...waiting].join(', ')} moves in all ` +
        'manifests or in none, and one of them cannot',
    );
  });
  return settled;
}

/** What was refused before is refused, also where nobody looks at it any more since it waits. */
function together(before: Settled | undefined, now: Settled): Settled {
  if (before === undefined || before.isRefused) return before ?? now;
  const known = new Set(before.failures.map(({ name }) => name));
  return { ...now, failures: [...before.failures, ...now.failures.filter(({ name }) => !known.has(name))] };
}

/** What stays behind in a manifest: what failed in it, and all that it would have had if it were written. */
function stuckGroups(
  settled: readonly Settled[],
  groupOf: ReturnType<typeof groupAcross>,
): ReadonlySet<string> {
  const groups = settled.flatMap(({ state: { target }, failures, changes, isRefused }) => {
    const names = new Set([...failures, ...(isRefused ? changes : [])].map(({ name }) => name));
    return target.dependencies.flatMap((one) => (names.has(one.name) ? (groupOf(one, target) ?? []) : []));
  });
  return new Set(groups);
}
