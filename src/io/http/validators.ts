/**
 * The validators of an answer (RFC 9110, section 8.8): what a later request can be conditional on. They are untrusted,
 * and come back as headers: only what is well-formed counts.
 */
import type { Response } from './response.ts';

export interface Validators {
  readonly etag: string | undefined;
  /** An HTTP-date, as the server wrote it. */
  readonly lastModified: string | undefined;
}

/**
 * `receivedAtMs`: the machine's time, which stands in for a Date that is missing (section 6.6.1), and bounds one that
 * is ahead of it.
 *
 * A Last-Modified counts only where the answer is at least a second younger: one that is later is none (section
 * 8.8.2.1), and within its second the file could have changed once more (section 8.8.2.2). Whoever kept such a date
 * would be told "not modified" of a file that was.
 */
export function validatorsOf({ headers }: Pick<Response, 'headers'>, receivedAtMs: number): Validators {
  const { etag, 'last-modified': lastModified, date } = headers;
  const modifiedAtMs = parseHttpDate(lastModified);
  const saidAtMs = date === undefined ? receivedAtMs : parseHttpDate(date);
  const isPast =
    modifiedAtMs !== undefined &&
    saidAtMs !== undefined &&
    Math.min(saidAtMs, receivedAtMs) - modifiedAtMs >= 1000;
  return { etag: checkEtag(etag), lastModified: isPast ? String(lastModified) : undefined };
}

export function checkEtag(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(value) ? value : undefined;
}

/**
 * Milliseconds since 1970 of an HTTP-date as every server has to write it (IMF-fixdate, section 5.6.7). Date.parse
 * alone would read much that is none.
 */
export function parseHttpDate(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : atMs;
}
