/**
 * A value as one word of a POSIX shell (XCU 2.2.2): between single quotes every character stands for itself but the
 * single quote. Every value that assay puts into a script goes through this function.
 */
import { UsageError } from '../model/errors.ts';

/**
 * Any text, trusted or not. Throws UsageError `USAGE` for what no shell can hold: NUL, and half of a surrogate pair. It
 * is not quoted then: it may be a secret.
 */
export function shellQuote(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new UsageError('USAGE', 'a shell cannot hold a text with NUL, or with half of a surrogate pair', {
      hint: 'Take it out of the values.',
    });
  }
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** As a comment may hold it: on its line, whatever the text. */
export function shellComment(text: string): string {
  return `# ${text.replaceAll(/[^\x20-\x7e]/g, '?')}`;
}
