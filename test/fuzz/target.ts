/** What is fuzzed: something that takes documents, and what has to hold whatever they are. */

/** The documents of one try; undefined is one that is not there. */
export type Input = readonly (Uint8Array | undefined)[];

export interface Target {
  readonly name: string;
  /** Where mutants begin; read when it is its turn. */
  seeds(): readonly Input[] | Promise<readonly Input[]>;
  /** Errors besides those of `src/model/errors.ts` that callers are told to expect. */
  readonly expects?: (error: unknown) => boolean;
  /** Other programs do the work: neither coverage nor the processor's time says anything, and a try is expensive. */
  readonly startsPrograms?: true;
  /** Tries in a batch, where one takes longer than a parser. */
  readonly batch?: number;
  /** Throws what the code throws, and `BrokenPromise` where its answer is wrong. */
  run(input: Input): unknown;
}

/** The answer is one that must not be given. */
export class BrokenPromise extends Error {}
