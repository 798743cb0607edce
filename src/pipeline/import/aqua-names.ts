/**
 * What a rule of aqua's calls a tool's files on Linux, as templates of the catalogue: each name is filled for both
 * architectures, with marks where version and file name stand, and one template or a map of two is made of that.
 */
import type { AquaRule } from '../../formats/upstream/aqua/registry.ts';
import { semverOf } from '../../formats/upstream/aqua/registry.ts';
import { fillGoTemplate, versionMark, type Fields } from '../../formats/upstream/aqua/template.ts';
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

/** Stands for the file's own name. */
export const assetMark = '\uE001';

/** A name for each architecture that the tool is published for. */
export type Names = ReadonlyMap<Architecture, string>;

/** Why a rule cannot be carried over. */
export class Unsupported extends Error {}

const extensions =
  /\.(?:tar\.(?:br|bz2|gz|lz4|sz|xz|zst)|t(?:br|bz|bz2|gz|lz4|sz|xz)|zip|gz|bz2|lz4|sz|xz|zst|rar|tar)$/;

export function withoutExtension(name: string): string {
  return name.replace(extensions, '');
}

interface Filling {
  readonly rule: AquaRule;
  readonly tagged: Tagged;
  readonly arch: Architecture;
  /** Of the checksum file, where it has words of its own. */
  readonly replacements?: AquaRule['replacements'];
  /** With marks; where there is one, names may be made of it. */
  readonly asset?: string;
}

function fieldsOf(
  { rule, tagged, arch, replacements = rule.replacements, asset }: Filling,
  version: string,
): Fields {
  const tag = tagged.prefix + version;
  return {
    ...{ Version: tag, SemVer: semverOf(tag, rule.version_prefix) ?? tag },
    ...{
      GOOS: 'linux',
      GOARCH: arch,
      OS: replacements?.['linux'] ?? 'linux',
      Arch: replacements?.[arch] ?? arch,
    },
    Format: rule.format ?? '',
    ...(asset === undefined ? {} : { Asset: assetMark, AssetWithoutExt: withoutExtension(asset) }),
  };
}

/** With marks; a name that takes the version apart is that of this version. Throws Unsupported. */
export function fill(template: string, filling: Filling): string {
  const marked = fillGoTemplate(template, fieldsOf(filling, versionMark));
  if ('text' in marked) return marked.text;
  const plain = fillGoTemplate(template, fieldsOf(filling, filling.tagged.version));
  if ('text' in plain) return plain.text;
  throw new Unsupported(`what ${marked.unknown} is, only aqua knows`);
}

/** Is it the name of one version alone, where the version stands in it? */
export function isOfOneVersion(name: string, { version }: Tagged): boolean {
  return !name.includes(versionMark) && /\d/.test(version) && name.includes(version);
}

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
