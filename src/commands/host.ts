/**
 * What a command may know of the process it runs in. `src/cli.ts` makes one of the real process, and is
 * the only file that touches it.
 */
import type { Reporter } from '../model/ports.ts';

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Data: one JSON document, a signed text, a script. */
  writeOut(data: string | Uint8Array): Promise<void>;
  /** For people, on stderr; made once the flags are known. */
  reporter(flags: { readonly quiet: boolean; readonly verbose: boolean }): Reporter;
  /**
   * For commands that have something to bring to an end, undefined where there are no signals: the first SIGINT or SIGTERM aborts this in place of ending the
   * process, and decides its exit code (130, 143); a second one ends it at once.
   */
  readonly interruption?: () => AbortSignal;
  /** The machine's clock. */
  now(): Date;
  /** The exit code of a run that did not throw: 0 unless set. */
  setExitCode(code: number): void;
}
