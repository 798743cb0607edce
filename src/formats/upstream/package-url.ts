/**
 * Package URLs (purl-spec, ECMA-427): the name that vulnerability databases know a package by. Written in the
 * canonical form: qualifiers in the order of their names, and everything escaped but unreserved characters and `:`.
 */

export interface PackageUrl {
  /** In lower case: `deb`, `github`, `oci`, `generic`. */
  readonly type: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly version?: string | undefined;
  /** Those without a value are left out. */
  readonly qualifiers?: Readonly<Record<string, string | undefined>>;
}

export function formatPackageUrl({ type, namespace, name, version, qualifiers }: PackageUrl): string {
  const path = [...(namespace?.split('/') ?? []), name].filter((segment) => segment !== '').map(escape);
  const pairs = Object.entries(qualifiers ?? {})
    .flatMap(([key, value]) => (value === undefined || value === '' ? [] : [`${key}=${escape(value)}`]))
    .sort((one, other) => (one < other ? -1 : 1));
  return [
    `pkg:${type}/${path.join('/')}`,
    ...(version === undefined ? [] : [`@${escape(version)}`]),
    ...(pairs.length === 0 ? [] : [`?${pairs.join('&')}`]),
  ].join('');
}

function escape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}
