/**
 * What a stream is to who reads it: the one place that looks at `TERM`, `NO_COLOR`, `FORCE_COLOR`, `COLUMNS` and at what
 * terminals say of themselves.
 *
 * - `NO_COLOR` (https://no-color.org) goes before all. `FORCE_COLOR` (https://force-color.org) colours whatever reads it,
 *   and `0` or `false` nothing, as Node's own streams understand it. Without either: a terminal that is not dumb.
 * - `TERM=dumb` moves no cursor (an editor's shell, a serial console): nothing is written over there.
 * - `COLUMNS` is the width of layouts, also where there is no terminal. What is to be erased again asks the terminal as
 *   well: a line that wraps could not be.
 */

/** A stream of the process: `columns` and `rows` are 0 of a terminal that does not know its size. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Where the lines go: `process.stderr`, or a test's. */
export interface TextStream {
  write(text: string): unknown;
}

export interface TerminalTraits {
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** Does it show hyperlinks (OSC 8)? */
  readonly hasLinks: boolean;
  /** Can what was written be written over? */
  readonly canErase: boolean;
  /** For layouts, in characters; undefined where nobody says. */
  readonly width: () => number | undefined;
  /** For what is to be erased again. */
  readonly screenWidth: () => number;
  readonly screenHeight: () => number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const [usualWidth, usualHeight] = [80, 24];

export function traitsOf(stream: TerminalStream, env: Environment): TerminalTraits {
  const isTerminal = stream.isTTY === true;
  const canErase = isTerminal && env['TERM'] !== 'dumb';
  const chosen = numberIn(env['COLUMNS']);
  const ownWidth = () => (isTerminal ? numberIn(stream.columns) : undefined);
  return {
    isTerminal,
    canErase,
    hasColor: hasColor(env) ?? canErase,
    hasLinks: isTerminal && knowsHyperlinks(env),
    width: () => chosen ?? ownWidth() ?? (isTerminal ? usualWidth : undefined),
    screenWidth: () => Math.min(ownWidth() ?? chosen ?? usualWidth, chosen ?? Infinity),
    screenHeight: () => numberIn(stream.rows) ?? usualHeight,
  };
}

function hasColor(env: Environment): boolean | undefined {
  const forced = env['FORCE_COLOR'] ?? '';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return forced === '' ? undefined : forced !== '0' && forced !== 'false';
}

/** By `TERM`: terminals that have had it since they have had that name, or for years. */
const kinds = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|foot-extra|contour|wezterm)$/;
/** By `TERM_PROGRAM`. */
const programs = new Set(['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper', 'zed', 'rio']);

/** `FORCE_HYPERLINK` decides where it is set. A multiplexer passes on what its terminal may not know: none there. */
function knowsHyperlinks(env: Environment): boolean {
  const of = (name: string) => env[name] ?? '';
  if (of('FORCE_HYPERLINK') !== '') return of('FORCE_HYPERLINK') !== '0';
  if (of('TERM') === 'dumb' || /^(?:screen|tmux)/.test(of('TERM')) || of('CI') !== '') return false;
  return (
    kinds.test(of('TERM')) ||
    programs.has(of('TERM_PROGRAM')) ||
    // VTE 0.50.0 crashed by them.
    Number(of('VTE_VERSION')) > 5000 ||
    Number(of('KONSOLE_VERSION')) >= 201200 ||
    of('WT_SESSION') !== '' ||
    of('DOMTERM') !== ''
  );
}

/** A positive whole number. */
function numberIn(value: string | number | undefined): number | undefined {
  const text = String(value ?? '');
  return /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : undefined;
}
