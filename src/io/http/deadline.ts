/**
 * How long a body may take as a whole, pauses and further attempts included. Without such a bound, a server that sends
 * just enough not to have stalled could hold a run for days.
 */
import { TransportError } from '../../model/errors.ts';
import type { Timeouts, Timing } from './options.ts';
import { describeRequest, targetContext, type Target } from './response.ts';

export interface Deadline {
  /**
   * TransportError `TIMED_OUT`, which is not worth another attempt, where a body of so many bytes would be late
   * `afterMs` from now; of one whose size is not known, its cap is meant.
   */
  overdue(target: Target, sizeBytes: number, afterMs?: number): TransportError | undefined;
}

/** Begins now. */
export function startDeadline(
  { overallMs, leastBytesPerSecond }: Timeouts,
  timing: Pick<Timing, 'elapsedMs'>,
): Deadline {
  const beganMs = timing.elapsedMs();
  return {
    overdue(target, sizeBytes, afterMs = 0) {
      const limitMs = overallMs + (sizeBytes / leastBytesPerSecond) * 1000;
      if (timing.elapsedMs() - beganMs + afterMs <= limitMs) return undefined;
      const allowed = `${Math.round(limitMs / 1000)} s, the time allowed for ${sizeBytes} bytes`;
      return new TransportError('TIMED_OUT', `${describeRequest(target)}: not done within ${allowed}`, {
        hint: 'The server or the network is too slow: try again later, or by a mirror.',
        context: { ...targetContext(target), sizeBytes, limitMs },
      });
    },
  };
}
