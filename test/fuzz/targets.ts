/** All that is fuzzed. */
import { methodTargets } from './methods.ts';
import { readerTargets } from './readers.ts';
import { shellTargets } from './shells.ts';
import type { Target } from './target.ts';

export async function allTargets(): Promise<readonly Target[]> {
  return [...methodTargets(), ...(await readerTargets()), ...shellTargets()];
}
