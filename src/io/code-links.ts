/**
 * An error's code leads to its entry in docs/errors.md, where it is shown by a terminal that says that it knows hyperlinks
 * (OSC 8: `ESC ] 8 ; ; URL ESC \`, the text, and the same without a URL). Elsewhere, and in every pipe, nothing is added.
 */
import { errorReference } from '../model/repository.ts';

/** `process.stderr`, as far as that is asked. */
interface TextStream {
  write(text: string): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** By `TERM`: terminals that have had it since they have had that name, or for years. */
const kinds = /^(?:xterm-kitty|xterm-ghostty|alacritty|foot|foot-extra|contour|wezterm)$/;
/** By `TERM_PROGRAM`. */
const programs = new Set(['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper', 'zed', 'rio']);

/** `FORCE_HYPERLINK` decides where it is set. A multiplexer passes on what its terminal may not know: none there. */
export function knowsHyperlinks(env: Environment): boolean {
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

/** What is written has been made harmless: a code is letters, and nothing else comes into the link. */
export function linkCodes(text: string): string {
  return text.replace(
    /(?<= \[)[A-Z]+(?:_[A-Z]+)*(?=\]$)/gm,
    (code) => `\x1b]8;;${errorReference(code)}\x1b\\${code}\x1b]8;;\x1b\\`,
  );
}

/** The same stream, but for that. */
export function withCodeLinks(
  stream: TextStream & { readonly isTTY?: boolean },
  env: Environment,
): TextStream {
  if (stream.isTTY !== true || !knowsHyperlinks(env)) return stream;
  return { write: (text) => stream.write(linkCodes(text)) };
}
