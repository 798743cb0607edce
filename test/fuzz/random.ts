/** Choices that follow from a seed: the same seed makes the same choices on every machine (xorshift128, Marsaglia 2003). */
import { createHash } from 'node:crypto';

export class Random {
  readonly #state: Uint32Array;

  /** `purpose`: each has choices of its own, whatever is chosen elsewhere. */
  constructor(seed: number, purpose: string) {
    const digest = createHash('sha256')
      .update(`${String(seed)} ${purpose}`)
      .digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32LE(4 * index) | 1);
  }

  #next(): number {
    const state = this.#state;
    let t = state[3]!;
    const s = state[0]!;
    state[3] = state[2]!;
    state[2] = state[1]!;
    state[1] = s;
    t ^= t << 11;
    t ^= t >>> 8;
    state[0] = t ^ s ^ (s >>> 19);
    return state[0];
  }

  /** At least 0, and less than `limit`; 0 where there is no room. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.#next() % limit;
  }

  /** One in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** Undefined where there is none. */
  of<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** Mostly short, seldom nearly as long as `limit`. */
  length(limit: number): number {
    return 1 + this.below(Math.min(limit, 1 << (1 + this.below(16))));
  }
}
