/**
 * What a release calls its files, as templates of the catalogue: each name has marks where version and file name stand,
 * and one template or a map of two is made of both architectures'.
 */
import { versionMark } from '../../formats/upstream/aqua/template.ts';
import type { Architecture } from '../../model/artifact.ts';

/** How a publisher writes a version as a tag. */
export interface Tagged {
  readonly tag: string;
  /** What stands before the version in it. */
  readonly prefix: string;
  readonly version: string;
}

/** The first number that no word ends in is where a version begins. */
export function splitTag(tag: string): Tagged | undefined {
  const [, prefix = '', version] = /^((?:|.*?[^A-Za-z0-9])[vV]?)(\d.*)$/.exec(tag) ?? [];
  return version === undefined ? undefined : { tag, prefix, version };
}

/** How a source orders such versions: as semver, which goes without saying, where they have its three parts. */
export function orderingOf({ version }: Pick<Tagged, 'version'>): { readonly ordering?: 'debian' } {
  return /^\d+\.\d+\.\d+(?:[-+].*)?$/.test(version) ? {} : { ordering: 'debian' };
}

/** Stands for the file's own name. */
export const assetMark = '\uE001';

/** A name for each architecture that the tool is published for. */
export type Names = ReadonlyMap<Architecture, string>;

/** Why a rule cannot be carried over. */
export class Unsupported extends Error {}

/** As the catalogue writes it. Throws Unsupported for what no template can be. */
export function templateOf(name: string, { prefix }: Tagged): string {
  if (/[{}]/.test(name)) throw new Unsupported(`${JSON.stringify(name)} has braces in it`);
  const tag = `${prefix}${versionMark}`;
  const withTag = prefix === '' ? name : name.replaceAll(`/${tag}/`, '/{tag}/');
  return withTag.replaceAll(versionMark, '{version}').replaceAll(assetMark, '{asset}');
}

/** One template, or one for each architecture. */
export function unify(names: Names, tagged: Tagged): string | Partial<Record<Architecture, string>> {
  const all = [...names].map(([arch, name]): readonly [Architecture, string] => [
    arch,
    templateOf(name, tagged),
  ]);
  const [[arch, first] = ['amd64', ''], ...others] = all;
  if (others.every(([, name]) => name === first)) return first;
  // Where each says its own architecture, in the same place.
  const general = first.split(arch).join('{arch}');
  const isGeneral = others.every(([other, name]) => general.replaceAll('{arch}', other) === name);
  return isGeneral && others.length > 0 ? general : Object.fromEntries(all);
}
