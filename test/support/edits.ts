/** Each field of a JSON document edited, one at a time: what a check of it has to notice. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Each place of a document, by its path. */
export function* places(
  value: Json,
  path: readonly (string | number)[] = [],
): Generator<(string | number)[]> {
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    yield [...path, key];
    yield* places((value as Record<string | number, Json>)[key]!, [...path, key]);
  }
}

/** The document with another value there, or none; undefined where the value is no leaf. */
export function edited(
  value: Json,
  path: readonly (string | number)[],
  how: 'changed' | 'removed',
): Json | undefined {
  const copy = structuredClone(value);
  let parent = copy as Record<string | number, Json>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string | number, Json>;
  const key = path.at(-1)!;
  if (how === 'removed') {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
    return copy;
  }
  const leaf = parent[key]!;
  if (typeof leaf === 'object') return undefined;
  parent[key] = typeof leaf === 'number' ? leaf + 1 : typeof leaf === 'string' ? otherText(leaf) : !leaf;
  return copy;
}

function otherText(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return `sha256:${'ee'.repeat(32)}`;
  // A document's address is held to the folder of what it vouches for.
  if (/^https:\/\/[^ ]+$/.test(text)) return text.replace('https://', 'https://evil.example.org/');
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return text.replace(/^\d{4}/, '2025');
  return /^[0-9A-F]{40}/.test(text) ? text.replace(/^./, (first) => (first === 'E' ? 'F' : 'E')) : `${text}x`;
}
