/** Texts for scripts, out of a document. */
import { BrokenPromise, type Input } from './target.ts';

/** Between the texts of a document. */
export const between = '\x1e';

/** An argument has at most 128 kB (execve(2)). */
const mostBytes = 16 << 10;

/** The texts of a document, one after the other, again and again. */
export class Texts {
  readonly #all: readonly string[];
  #next = 0;

  constructor([document]: Input) {
    this.#all = Buffer.from(document ?? '')
      .subarray(0, mostBytes)
      .toString()
      .split(between);
  }

  next(): string {
    return this.#all[this.#next++ % this.#all.length]!;
  }

  some(count: number): readonly string[] {
    return Array.from({ length: count }, () => this.next());
  }

  /** Without what an environment file cannot hold. */
  lines(): string {
    return this.next().replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
  }
}

/** Prints words, each ended by NUL. */
export const print = `p() { printf '%s\\0' "$@"; }`;

/** Not the function of assay's: what is tested does not test. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["$\\`]/g, String.raw`\$&`)}"`;
}

export function same(what: string, found: readonly unknown[], expected: readonly unknown[]): void {
  const length = Math.max(found.length, expected.length);
  for (let at = 0; at < length; at += 1) {
    if (found[at] === expected[at]) continue;
    const shown = (word: unknown) => JSON.stringify([word]).slice(0, 200);
    throw new BrokenPromise(`${what} ${String(at)} is ${shown(found[at])}, expected ${shown(expected[at])}`);
  }
}
