/**
 * An error's code leads to its entry in docs/errors.md, where it is shown by a terminal that says that it knows hyperlinks
 * (OSC 8: `ESC ] 8 ; ; URL ESC \`, the text, and the same without a URL). Elsewhere, and in every pipe, nothing is added.
 */
import { errorReference } from '../model/repository.ts';
import type { TerminalTraits, TextStream } from './terminal-traits.ts';

/** What is written has been made harmless: a code is letters, and nothing else comes into the link. */
export function linkCodes(text: string): string {
  return text.replace(
    /(?<= \[)[A-Z]+(?:_[A-Z]+)*(?=\]$)/gm,
    (code) => `\x1b]8;;${errorReference(code)}\x1b\\${code}\x1b]8;;\x1b\\`,
  );
}

/** The same stream, but for that. `traits`: the stream's. */
export function withCodeLinks(
  stream: TextStream,
  { hasLinks }: Pick<TerminalTraits, 'hasLinks'>,
): TextStream {
  return hasLinks ? { write: (text) => stream.write(linkCodes(text)) } : stream;
}
