/**
 * A log only grows: who is shown an older state of it is shown a replay, or a log that has taken something back. What is
 * compared is the size that a log has signed for the answer to a question of ours. Checkpoints that were published with a
 * signature are as old as that, and say nothing.
 */
import { VerificationError } from '../model/errors.ts';
import type { Resolution } from './source.ts';

/** `known`: see `Remembered`. The answer itself, or the failure VerificationError `METADATA_ROLLBACK`. */
export function requireGrown(resolution: Resolution, known: ReadonlyMap<string, number>): Resolution {
  for (const { log, size } of sizesOf(resolution)) {
    const before = known.get(log) ?? 0;
    if (size >= before) continue;
    const error = new VerificationError(
      'METADATA_ROLLBACK',
      `the log ${log} answers out of a tree of ${String(size)} entries, and had ${String(before)} when it was asked before`,
      {
        hint: 'An old answer that somebody replays, or a log that has taken back what it signed: ask the log itself.',
        context: { log, size, before },
      },
    );
    return { status: 'failed', error };
  }
  return resolution;
}

/** The largest of each log, of all these and of what is known. */
export function largestSizes(
  known: ReadonlyMap<string, number>,
  resolutions: readonly Resolution[],
): ReadonlyMap<string, number> {
  const largest = new Map(known);
  for (const { log, size } of resolutions.flatMap(sizesOf))
    largest.set(log, Math.max(size, largest.get(log) ?? 0));
  return largest;
}

function sizesOf(resolution: Resolution) {
  return resolution.status === 'resolved' ? (resolution.verified.result.logSizes ?? []) : [];
}
