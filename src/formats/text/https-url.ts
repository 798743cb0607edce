/**
 * URLs (RFC 3986) that files may name: https, without credentials, query or fragment, written in the one form that
 * a URL parser leaves as it is (no `..`, no default port, lower-case host).
 *
 * The characters are fewer than RFC 3986 allows in a path: no quotes, `$`, `;`, `(`, `)`, `*` or `!`, because
 * consumers of a manifest put URLs into shell. `+`, `~` and percent-encoding stay as upstream publishes them.
 */
import { z } from 'zod';

const origin = String.raw`https:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9][0-9]{0,4})?`;
const segmentCharacters = String.raw`(?:[A-Za-z0-9._~+:@,=&-]|%[0-9A-Fa-f]{2})`;
const pattern = new RegExp(`^${origin}(?:\\/${segmentCharacters}*)*$`);
const artifactPattern = new RegExp(`^${origin}\\/(?:${segmentCharacters}*\\/)*${segmentCharacters}+$`);
const encodedControl = /%(?:[01][0-9a-f]|7f)/i;
const maxLength = 2048;

function isPlain(text: string): boolean {
  if (text.length > maxLength || encodedControl.test(text) || !isUtf8(text)) return false;
  const href = URL.parse(text)?.href;
  return href === text || href === `${text}/`;
}

/** File names and tags are made of what is encoded: other bytes would be none. */
function isUtf8(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const rules = 'an https URL without credentials, query, fragment or unusual characters';

/** A base URL or document of an upstream. A trailing slash is dropped. */
export const httpsUrlSchema = z
  .string()
  .regex(pattern, { error: `must be ${rules}`, abort: true })
  .refine(isPlain, { error: `must be ${rules}, in its normal form` })
  .overwrite((text) => text.replace(/\/+$/, ''));

/** A file's URL: as above, and its last path segment, which becomes a file name, is not empty. */
export const artifactUrlSchema = z
  .string()
  .regex(artifactPattern, { error: `must be ${rules}, ending in a file name`, abort: true })
  .refine(isPlain, { error: `must be ${rules}, in its normal form` });

const encodedSeparator = /%(?:2f|5c)/i;

/**
 * Does `url` lie under one of `prefixes` (as `httpsUrlSchema` gives them), at a segment boundary? What a URL parser
 * would change, and an encoded slash, which servers read differently, lies under none.
 */
export function isUnder(prefixes: readonly string[], url: string): boolean {
  if (!pattern.test(url) || !isPlain(url) || encodedSeparator.test(url)) return false;
  return prefixes.some((prefix) => url === prefix || url.startsWith(`${prefix}/`));
}
