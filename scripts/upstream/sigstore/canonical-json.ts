/** JSON with its members sorted and no white space (RFC 8785), as Rekor hashes and signs it. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** Members that are undefined are left out. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
