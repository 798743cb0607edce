/** Whole TUF repositories, one state after another, as tuf-js and python-tuf judge them: against the update of `update-trust`. */
import type { Random } from '../fuzz/random.ts';
import { noVerdicts, type Comparison, type Verdicts } from './comparison.ts';
import { makeScenario, type Scenario } from './tuf-cases.ts';
import { byAssay, pythonTuf, tufJs, type Client, type Outcome } from './tuf-clients.ts';
import { knownDifferences, type Difference } from './tuf-differences.ts';
import { makePool } from './tuf-keys.ts';

/** So many are given to a client at once. */
const batch = 200;

async function compare(client: Client, random: Random, times: number): Promise<Verdicts> {
  const verdicts = noVerdicts();
  const [pool, now] = [makePool(), new Date()];
  for (let from = 0; from < times; from += batch) {
    const scenarios = Array.from({ length: Math.min(batch, times - from) }, (_, index) =>
      makeScenario(from + index, random, pool, now),
    );
    const theirs = await client.judge(scenarios);
    for (const [index, scenario] of scenarios.entries()) {
      weigh(verdicts, scenario, await byAssay(scenario, now), theirs[index] ?? []);
    }
  }
  return verdicts;
}

/** State by state, until the two go different ways: from there on they remember different things. */
export function weigh(
  verdicts: Verdicts,
  { name, isRotated }: Pick<Scenario, 'name' | 'isRotated'>,
  ours: readonly Outcome[],
  theirs: readonly Outcome[],
): void {
  for (const [state, own] of ours.entries()) {
    const other = theirs[state] ?? { why: 'no verdict' };
    const isAlike = own.target === undefined ? other.target === undefined : other.target?.equals(own.target);
    if (isAlike === true) {
      verdicts.alike += 1;
      if (own.target !== undefined) verdicts.accepted += 1;
      continue;
    }
    const who = own.target === undefined ? 'theirs' : other.target === undefined ? 'ours' : 'otherwise';
    const difference: Difference = {
      ...{ name, isRotated, state, who, ours: own.why, theirs: other.why },
      ...{ before: ours[state - 1]?.timestamp, now: own.timestamp },
    };
    if (!knownDifferences.some((isKnown) => isKnown(difference))) {
      verdicts.disagreements.push(JSON.stringify(difference));
    } else if (who === 'theirs') verdicts.onlyTheirs += 1;
    else verdicts.onlyOurs += 1;
    return;
  }
}

function comparisonWith(name: string, open: () => Client | undefined): Comparison {
  return {
    name: `${name}, repositories of TUF`,
    program: () => open()?.version,
    compare: (random, times) => compare(open()!, random, times),
  };
}

export const repositoriesByTufJs = comparisonWith('tuf-js', tufJs);
export const repositoriesByPythonTuf = comparisonWith('python-tuf', pythonTuf);
