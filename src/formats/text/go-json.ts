/**
 * JSON text as Go's `json.MarshalIndent(value, "", "  ")` writes it, with a final newline: the manifests that
 * are out there were written by Go, and unchanged content must stay unchanged bytes.
 */

/** Besides what JSON itself escapes, Go escapes what HTML and JavaScript would read as their own. */
const escapedByGo = /[<>&\u2028\u2029]/g;

/**
 * `value` is plain data without lone surrogates (the manifest's schema sees to that); keys come out in the
 * object's own order, so they must not look like array indices, which JavaScript moves to the front.
 */
export function goJson(value: unknown): Uint8Array {
  // `JSON.stringify` and Go agree on indentation, on empty objects and arrays, on \b \f \n \r \t and on lower-case
  // \u00xx. The characters replaced here occur inside of strings only.
  const text = JSON.stringify(value, null, 2).replace(
    escapedByGo,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new TextEncoder().encode(`${text}\n`);
}
