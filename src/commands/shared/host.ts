/**
 * What a command may know of the process it runs in, and its only ways to say something.
 *
 * `src/cli.ts` makes a `HostProcess` of the real process; `run-command-line.ts` makes the command's `Host` of it.
 */
import type { DocumentName, DocumentOf } from '../../formats/own/documents/documents.ts';
import type { AssayError, UsageError } from '../../model/errors.ts';
import type { TerminalTraits } from '../../io/terminal-traits.ts';
import type { AnnotatedPlace, AnnotatingReporter } from '../../model/annotation.ts';

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * For commands that have something to bring to an end, undefined where there are no signals: the first SIGINT or
   * SIGTERM aborts this in place of ending the process, and decides its exit code (130, 143); a second one ends it at
   * once.
   */
  readonly interruption?: () => AbortSignal;
  /** Asks the person at the terminal, who has to type yes; undefined where nobody is there to answer. */
  readonly confirm?: (question: string) => Promise<boolean | undefined>;
  /**
   * For the others: what the first SIGINT or SIGTERM says before it ends the process, undefined where there are no
   * signals. `kept` is waited for, so that what is being written is written.
   */
  readonly sayWhenInterrupted?: (kept: () => Promise<string>) => void;
  /** The machine's clock. */
  readonly now: () => Date;
  /** The exit code of a run that did not throw: 0 unless set. */
  setExitCode(code: number): void;
}

export interface Verbosity {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface HostProcess extends Surroundings {
  /** Standard output. A write never rejects: what could not be written is the run's failure at its end. */
  readonly stdout: {
    write(data: string | Uint8Array): Promise<void>;
    readonly failure: () => UsageError | undefined;
  };
  /** What standard output is. Asked where it matters: the stream is opened for that. */
  readonly outputTraits: () => TerminalTraits;
  reporter(verbosity: Verbosity): AnnotatingReporter;
}

export interface Host extends Surroundings {
  readonly out: Output;
  /** For people, on stderr; made once the flags are known. */
  reporter(verbosity: Verbosity): CommandReporter;
  /** What to do about an error: of its hint, what this command has the flags for. */
  readonly hintFor: (error: AssayError) => string | undefined;
}

/** Red where it is shown on a terminal, and colours are wanted. */
export interface MarkedLine {
  readonly text: string;
  readonly isBad: boolean;
}

/** Standard output. What others wrote goes through here and is harmless then, whichever command prints it. */
export interface Output {
  /** Each is one line, whatever its values hold: control characters and workflow commands are shown as escapes. */
  lines(lines: readonly (string | MarkedLine)[]): Promise<void>;
  /** For layouts, in characters; undefined where neither a terminal nor `COLUMNS` says. */
  readonly width: () => number | undefined;
  /**
   * One JSON document, whose field `schema` comes first. An AssayError in it becomes its code, message, hint and exit
   * code; a Date is ISO 8601.
   */
  document<Name extends DocumentName>(name: Name, document: DocumentOf<Name>): Promise<void>;
  /** JSON text, or a document a line: escaped as JSON escapes, so that its values stay the same. */
  json(text: string): Promise<void>;
  /** As it is: for a text that was signed, and for scripts. Nothing in it is escaped. */
  writeRaw(data: string | Uint8Array): Promise<void>;
}

export interface CommandReporter extends AnnotatingReporter {
  /**
   * An error with its code and what to do next. `about` comes before the message: what it failed for. `place`: where that
   * is asked for; an error about places of its own is told at those.
   */
  failure(error: AssayError, about?: string, place?: AnnotatedPlace): void;
}
