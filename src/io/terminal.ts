/**
 * What people see, on stderr. The rules:
 *
 * - Data goes to stdout, and not through here: `assay … | jq` never meets a word of this.
 * - Steps: on a terminal, one line that is written over and gone before anything else is printed; with
 *   --verbose, a line each, on a terminal or not. Elsewhere nothing: a CI log needs no progress.
 * - Bars (progress-bars.ts) are a few such lines at once; in place of steps, while there are any.
 * - Results, warnings and errors stay. --quiet keeps warnings and errors, and drops the rest.
 * - Colour, width and whether lines can be written over: terminal-traits.ts. Only "warning:" and "error:" have colour.
 * - A terminal that was made narrower meanwhile has wrapped what was shown: it is erased as it stands now.
 * - Much of what is printed was written by others (URLs, versions, headers): control characters and
 *   bidirectional overrides are shown as escapes, line feeds among them: nothing inside of a message
 *   passes for a line of its own. Further lines of a message are indented.
 * - A runner of GitHub Actions reads this too: what it would take for a command is escaped for it. Annotations alone are
 *   commands (warnings, and errors with a place), with every value escaped as the runner's own toolkit does it.
 * - Where nobody can read it, the run goes on: a stream that fails is written to no more.
 */
import { annotation, type AnnotatedPlace, type AnnotatingReporter } from '../model/annotation.ts';
import type { Message } from '../model/ports.ts';
import { escapeUnprintable, escapeWorkflowCommands } from '../model/printable.ts';
import { fitTo, widthOf } from '../model/text-width.ts';
import type { TerminalTraits, TextStream } from './terminal-traits.ts';

export interface ReporterOptions {
  readonly stream: TextStream;
  readonly traits: TerminalTraits;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Where a runner of GitHub Actions reads what is printed: what it calls a file. */
  readonly workflow?: { readonly pathOf: (file: string) => string | undefined } | undefined;
}

export interface TerminalReporter extends AnnotatingReporter {
  /** Takes the step line away, or the bars: before other code writes to the terminal, and at the end. */
  clear(): void;
}

const eraseLine = '\r\x1b[2K';
const upAndErase = '\x1b[1A\x1b[2K';

type Level = 'warning' | 'error';

const colors = { warning: '\x1b[1;33m', error: '\x1b[1;31m' } as const;

export function createReporter(options: ReporterOptions): TerminalReporter {
  const { stream, traits, quiet, verbose, workflow } = options;
  /** As it stands on the terminal, to be erased. */
  let shown: readonly string[] = [];
  let hasBars = false;

  function erasure(): string {
    const width = traits.screenWidth();
    const rows = shown.reduce((sum, line) => sum + Math.max(Math.ceil(widthOf(line) / width), 1), 0);
    return rows === 0 ? '' : eraseLine + upAndErase.repeat(rows - 1);
  }
  function clear(): void {
    if (shown.length > 0) stream.write(erasure());
    shown = [];
  }
  function show(lines: readonly string[]): void {
    // A line that wraps could not be erased.
    const room = Math.max(traits.screenWidth() - 1, 1);
    const fitting = lines.map((text) => fitTo(escapeUnprintable(text), room));
    // In one piece, so that nothing flickers.
    stream.write((erasure() || eraseLine) + fitting.join('\n'));
    shown = fitting;
  }
  function say(prefix: string, message: Message): void {
    clear();
    const lines = [message].flat().map(escapeUnprintable);
    const safe = workflow === undefined ? lines : lines.map(escapeWorkflowCommands);
    stream.write(`${prefix}${safe.join('\n  ')}\n`);
  }
  function annotate(level: Level, { file, title, ...place }: AnnotatedPlace, message: Message): void {
    clear();
    const path = file === undefined ? undefined : workflow?.pathOf(file);
    // Escaped as everywhere: a command of the runner's old form counts wherever it stands in a line.
    const safe = (words: string) => escapeWorkflowCommands(escapeUnprintable(words));
    const at = path === undefined ? {} : { file: safe(path), ...place };
    const named = title === undefined ? {} : { title: safe(title) };
    const text = [message].flat().map(safe).join('\n');
    stream.write(`${annotation(level, { ...at, ...named }, text)}\n`);
  }
  const tell = (level: Level, message: Message, place: AnnotatedPlace | undefined) => {
    if (workflow !== undefined && place !== undefined) annotate(level, place, message);
    else say(traits.hasColor ? `${colors[level]}${level}:\x1b[0m ` : `${level}: `, message);
  };
  return {
    clear,
    width: traits.width,
    screen:
      traits.canErase && !quiet && !verbose
        ? {
            width: traits.screenWidth,
            height: traits.screenHeight,
            show: (lines) => {
              hasBars = lines.length > 0;
              if (hasBars) show(lines);
              else clear();
            },
          }
        : undefined,
    step(message) {
      if (quiet) return;
      if (verbose) say('', message);
      else if (traits.canErase && !hasBars) show([message]);
    },
    // Without a place of its own it is about the run.
    warn: (message, place = {}) => {
      tell('warning', message, place);
    },
    error: (message, place) => {
      tell('error', message, place);
    },
    info(message) {
      if (!quiet) say('', message);
    },
  };
}
