/** A command that writes, and what is there before it. */

export interface Scenario {
  readonly name: string;
  /** Fills an empty directory with what is there before the command. */
  readonly prepare: (directory: string, run: Run) => Promise<void>;
  /** Run in the directory. */
  readonly args: readonly string[];
  readonly fetches?: true;
}

/** Runs assay in the directory; it has to end well. */
export type Run = (args: readonly string[]) => Promise<void>;
