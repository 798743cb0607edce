/** A command that writes, and what is there before it. */

/** What a run is judged by: every file and link below its directory but for the cache, and what its remote holds. */
export type Files = ReadonlyMap<string, string>;

/** A server that a command writes to. */
export interface Remote {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** By paths that no file has. */
  held(): Files;
  /** Another one that holds the same, and that each run has for itself. */
  copy(): Promise<Remote>;
  close(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  /** Fills an empty directory with what is there before the command. */
  readonly prepare: (directory: string, run: Run) => Promise<void>;
  /** Run in the directory. `remoteHost` in them is the remote's. */
  readonly args: readonly string[];
  readonly remote?: () => Promise<Remote>;
  readonly fetches?: true;
}

/** Runs assay in the directory; it has to end well. */
export type Run = (args: readonly string[]) => Promise<void>;

export const remoteHost = 'REMOTE';

export function argsFor(args: readonly string[], remote: Remote | undefined): readonly string[] {
  return args.map((word) => word.replace(remoteHost, remote?.host ?? remoteHost));
}
