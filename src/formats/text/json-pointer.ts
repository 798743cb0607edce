/** JSON Pointer (RFC 6901): a value inside of a JSON document, as `/items/0/data/info/version` names it. */
import { z } from 'zod';

/** Empty for the document itself; otherwise each name follows a slash, with `~0` for `~` and `~1` for `/`. */
export const jsonPointerSchema = z
  .string()
  .max(500)
  .regex(/^(?:\/(?:[^/~]|~[01])*)*$/, { error: 'must be a JSON pointer, such as "/items/0/version"' });

/** The value there; undefined where the pointer leads nowhere. `pointer` as its schema has accepted it. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  // Section 4: the tokens in turn, decoded with ~1 before ~0, so that ~01 stays ~1.
  for (const token of pointer.split('/').slice(1)) {
    value = memberOf(value, token.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return value;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  // An index has no leading zeros, and "-" is the element after the last: there is none.
  if (Array.isArray(value))
    return /^(?:0|[1-9]\d{0,9})$/.test(name) ? (value as unknown[])[Number(name)] : undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
