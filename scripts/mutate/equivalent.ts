/** What an entry of `equivalents/` says: mutants that change nothing that could be noticed, with the reason. */
export interface Equivalent {
  readonly file: string;
  /** What the line begins with that the mutant is in; empty for any. */
  readonly line: string;
  /** What stands there, and what stands there instead. */
  readonly changes: readonly (readonly [original: string, ...replacements: string[]])[];
  readonly reason: string;
}
