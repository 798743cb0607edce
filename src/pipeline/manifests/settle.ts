/**
 * Decides what becomes of one manifest: written with what was verified, or left as it was. Where the run keeps going,
 * an entry that failed keeps its last verified value, and so do those that have to move together with it.
 */
import type { Waiver } from '../../formats/own/waivers.ts';
import type { AssayError } from '../../model/errors.ts';
import { nextState, type Assembled, type EntryChange, type Refusal, type Resolved } from './assemble.ts';
import type { Answers } from './ask.ts';
import { crossCheck, type CrossCheckInput } from './go-together.ts';
import { withGroups } from './groups.ts';
import type { NextState, TargetState } from './manifest-state.ts';
import type { Memory } from './ratchet.ts';
import { kindOf, questionKey } from './targets.ts';

interface EntryFailure {
  readonly name: string;
  readonly error: AssayError;
}

export interface Settled {
  readonly before: TargetState;
  readonly state: NextState;
  readonly changes: readonly EntryChange[];
  readonly failures: readonly EntryFailure[];
  readonly isRefused: boolean;
  /** Entries of the catalogue that the manifest lacks. */
  readonly missing: readonly string[];
  /** The waivers that let something in. */
  readonly waived: readonly Waiver[];
}

export interface SettleInput extends CrossCheckInput {
  readonly keepGoing: boolean;
  readonly memory?: Memory;
}

/**
 * `waiting`: names of entries that stay as they are, whatever became of them. `refused`: those that other manifests do not
 * go together with.
 */
export async function settle(
  state: TargetState,
  answers: Answers,
  input: SettleInput,
  waiting: readonly string[] = [],
  refused: readonly Refusal[] = [],
): Promise<Settled> {
  const { keepGoing } = input;
  const failures: EntryFailure[] = [...failedFor(state, answers), ...refused];
  const resolved = resolvedOf(answers);
  const holding = () =>
    withGroups([...failures.map(({ name }) => name), ...waiting], state.target, input.catalogue);
  let held = holding();
  for (;;) {
    const assembled = nextState(state, resolved, held, input.memory);
    const refusals = [...assembled.refusals, ...(await crossCheck(assembled, input))];
    for (const refusal of refusals) failures.push(refusal);
    const more = holding();
    // Nothing more to hold back: what is refused now is refused as it stood before, too.
    const isStuck = refusals.length > 0 && more.size === held.size;
    if (refusals.length === 0 || isStuck || !keepGoing) {
      return outcome(state, assembled, failures, isStuck || (failures.length > 0 && !keepGoing));
    }
    held = more;
  }
}

/** A manifest that lacks what failed is not written: its consumers would take it for whole. */
function outcome(
  before: TargetState,
  { state, changes, missing, waived }: Assembled,
  failures: readonly EntryFailure[],
  isRefused: boolean,
): Settled {
  const lacksFailed = missing.some((name) => state.target.selected.has(name));
  return { before, state, changes, failures, missing, waived, isRefused: isRefused || lacksFailed };
}

function failedFor({ target }: TargetState, { byKey }: Answers): EntryFailure[] {
  return target.dependencies.flatMap((dependency) => {
    const { name } = dependency;
    if (!target.selected.has(name)) return [];
    const answer = byKey.get(questionKey(name, target.platform, kindOf(dependency, target.kind)));
    return answer?.resolution.status === 'failed' ? [{ name, error: answer.resolution.error }] : [];
  });
}

function resolvedOf({ byKey }: Answers): ReadonlyMap<string, Resolved> {
  const resolved = new Map<string, Resolved>();
  for (const [key, { asking, resolution }] of byKey) {
    if (resolution.status !== 'resolved') continue;
    const { verified, anchors, watermark } = resolution;
    resolved.set(key, { verified, anchors, watermark, question: asking.question });
  }
  return resolved;
}
