/** What is compared, and with whom. */
import { spawnSync } from 'node:child_process';
import type { Random } from '../fuzz/random.ts';

export interface Verdicts {
  alike: number;
  /** Of those that are alike. */
  accepted: number;
  onlyTheirs: number;
  /** Where it is known and said why: docs/differences.md. */
  onlyOurs: number;
  readonly disagreements: string[];
}

export interface Comparison {
  readonly name: string;
  /** Its version; undefined where it is not installed. */
  readonly program: () => string | undefined;
  readonly compare: (random: Random, count: number) => Promise<Verdicts>;
}

export function versionOf(command: string, ...args: readonly string[]): string | undefined {
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return (stdout + stderr).split('\n')[0]?.trim();
}

export const noVerdicts = (): Verdicts => ({
  alike: 0,
  accepted: 0,
  onlyTheirs: 0,
  onlyOurs: 0,
  disagreements: [],
});

/** Undefined is a refusal; what both accept has to be the same. */
export function count(
  verdicts: Verdicts,
  ours: Uint8Array | undefined,
  theirs: Uint8Array | undefined,
  what: string,
): void {
  if (ours === undefined && theirs !== undefined) verdicts.onlyTheirs += 1;
  else if (ours === undefined || (theirs !== undefined && Buffer.compare(ours, theirs) === 0)) {
    verdicts.alike += 1;
    if (ours !== undefined) verdicts.accepted += 1;
  } else verdicts.disagreements.push(`${theirs === undefined ? 'refused by it' : 'read otherwise'}: ${what}`);
}
