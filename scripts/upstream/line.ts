/** A line of so many bytes a second, for all connections together. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when so many bytes may go out. */
export type Line = (count: number) => Promise<void>;

/** So much of what a busy machine kept from going out is made up for. */
const mostLateMs = 250;

export function createLine(bytesPerSecond: number): Line {
  let freeAtMs = 0;
  return async (count) => {
    const nowMs = performance.now();
    freeAtMs = Math.max(freeAtMs, nowMs - mostLateMs) + (count * 1000) / bytesPerSecond;
    if (freeAtMs > nowMs) await sleep(freeAtMs - nowMs);
  };
}
