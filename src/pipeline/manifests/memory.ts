/**
 * What the ratchet knows besides an entry's own past: the same entry in manifests of other kinds, the release lines that
 * it has left, and what the catalogue waives. No I/O.
 */
import type { Catalogue } from '../../formats/own/catalogue.ts';
import { withLine, type ReleaseLines } from '../../formats/own/release-lines.ts';
import { isInForce, type Waiver } from '../../formats/own/waivers.ts';
import { previousOf, type TargetState } from './manifest-state.ts';
import { lineOf, type Memory, type Previous } from './ratchet.ts';
import type { Settled } from './settle.ts';
import { kindOf, questionKey } from './targets.ts';

export function memoryOf(
  states: readonly TargetState[],
  { waivers }: Pick<Catalogue, 'waivers'>,
  lines: ReleaseLines,
): Memory {
  const standing = new Map<string, Previous>();
  for (const state of states) {
    const { platform, kind, dependencies } = state.target;
    for (const dependency of dependencies) {
      const key = questionKey(dependency.name, platform, kindOf(dependency, kind));
      const previous = standing.has(key) ? undefined : previousOf(state, dependency);
      if (previous !== undefined) standing.set(key, previous);
    }
  }
  return { waivers, standing, lines };
}

/** With what entries had in the lines that they leave. */
export function nextLines(lines: ReleaseLines, settled: readonly Settled[]): ReleaseLines {
  let next = lines;
  for (const { state, changes } of settled) {
    const dependencies = new Map(state.target.dependencies.map((one) => [one.name, one]));
    for (const { name, evidence } of changes) {
      const dependency = dependencies.get(name);
      const { before, after } = evidence;
      if (dependency === undefined || before === undefined || after === undefined) continue;
      const left = lineOf(before.version, dependency.ordering);
      if (left === undefined || left === lineOf(after.version, dependency.ordering)) continue;
      const key = questionKey(name, state.target.platform, kindOf(dependency, state.target.kind));
      next = withLine(next, key, left, before);
    }
  }
  return next;
}

/** Sentences about waivers that nothing needed: those of entries that were looked at, and did not fail. */
export function idleWaivers(
  settled: readonly Settled[],
  waivers: readonly Waiver[],
  now: Date,
): readonly string[] {
  const used = new Set(settled.flatMap(({ waived }) => waived));
  const failed = new Set(settled.flatMap(({ failures }) => failures.map(({ name }) => name)));
  const looked = new Set(settled.flatMap(({ state }) => [...state.target.selected]));
  return waivers.flatMap((waiver) => {
    const { entry, change, from, to, expires } = waiver;
    if (used.has(waiver) || failed.has(entry) || !looked.has(entry)) return [];
    const why = isInForce(waiver, now) ? 'nothing needs it' : `it has expired on ${expires}`;
    return [`the catalogue's waiver for ${entry} (${change} from "${from}" to "${to}"): ${why}: remove it`];
  });
}
