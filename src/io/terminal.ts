/**
 * What people see, on stderr. The rules:
 *
 * - Data goes to stdout, and not through here: `assay … | jq` never meets a word of this.
 * - Steps: on a terminal, one line that is written over and gone before anything else is printed; with
 *   --verbose, a line each, on a terminal or not. Elsewhere nothing: a CI log needs no progress.
 * - Bars (progress-bars.ts) are a few such lines at once; in place of steps, while there are any.
 * - Results, warnings and errors stay. --quiet keeps warnings and errors, and drops the rest.
 * - Colour only where the caller says so (a terminal, and no NO_COLOR); only on "warning:" and "error:".
 * - Much of what is printed was written by others (URLs, versions, headers): control characters and
 *   bidirectional overrides are shown as escapes, line feeds among them: nothing inside of a message
 *   passes for a line of its own. Further lines of a message are indented.
 * - A runner of GitHub Actions reads this too: what it would take for a command is escaped for it. Annotations alone are
 *   commands, with every value escaped as the runner's own toolkit does it.
 * - Where nobody can read it, the run goes on: a stream that fails is written to no more.
 */
import { annotation, type AnnotatingReporter } from '../model/annotation.ts';
import type { Message } from '../model/ports.ts';
import { escapeUnprintable, escapeWorkflowCommands } from '../model/printable.ts';

/** Where the lines go: `process.stderr`, or a test's. */
export interface TextStream {
  write(text: string): unknown;
  /** The terminal's width, where known. */
  readonly columns?: number | undefined;
  /** Its height. */
  readonly rows?: number | undefined;
}

export interface ReporterOptions {
  readonly stream: TextStream;
  readonly isTerminal: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  /** Is what is printed read by a runner of GitHub Actions? */
  readonly isWorkflow?: boolean;
}

export interface TerminalReporter extends AnnotatingReporter {
  /** Takes the step line away, or the bars: before other code writes to the terminal, and at the end. */
  clear(): void;
}

const eraseLine = '\r\x1b[2K';
const upAndErase = '\x1b[1A\x1b[2K';

export function createReporter(options: ReporterOptions): TerminalReporter {
  const { stream, isTerminal, quiet, verbose, color, isWorkflow = false } = options;
  let shownLines = 0;
  let hasBars = false;
  const columns = () => stream.columns ?? 80;

  function erasure(): string {
    return shownLines === 0 ? '' : eraseLine + upAndErase.repeat(shownLines - 1);
  }
  function clear(): void {
    if (shownLines > 0) stream.write(erasure());
    shownLines = 0;
  }
  function show(lines: readonly string[]): void {
    hasBars = lines.length > 0;
    // In one piece, so that nothing flickers.
    stream.write(erasure() + lines.map((text) => fit(escapeUnprintable(text), columns())).join('\n'));
    shownLines = lines.length;
  }
  function say(prefix: string, message: Message): void {
    clear();
    const lines = [message].flat().map(escapeUnprintable);
    const safe = isWorkflow ? lines.map(escapeWorkflowCommands) : lines;
    stream.write(`${prefix}${safe.join('\n  ')}\n`);
  }
  const warn = (message: Message) => say(color ? '\x1b[1;33mwarning:\x1b[0m ' : 'warning: ', message);
  const error = (message: Message) => say(color ? '\x1b[1;31merror:\x1b[0m ' : 'error: ', message);
  return {
    clear,
    screen:
      isTerminal && !quiet && !verbose
        ? { width: columns, height: () => stream.rows ?? 25, show }
        : undefined,
    step(message) {
      if (quiet) return;
      if (verbose) {
        say('', message);
      } else if (isTerminal && !hasBars) {
        stream.write(`${eraseLine}${fit(escapeUnprintable(message), columns())}`);
        shownLines = 1;
      }
    },
    warn,
    error,
    annotate(level, place, message) {
      const lines = [message].flat();
      if (isWorkflow) {
        clear();
        stream.write(`${annotation(level, place, lines.map(escapeUnprintable).join('\n'))}\n`);
      } else (level === 'error' ? error : warn)([`${place.title}: ${lines[0] ?? ''}`, ...lines.slice(1)]);
    },
    info(message) {
      if (!quiet) say('', message);
    },
  };
}

/** Cut to less than a terminal's width: a line that wraps could not be erased. */
function fit(text: string, columns: number): string {
  const characters = Array.from(text);
  const room = Math.max(columns - 1, 1);
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
}
