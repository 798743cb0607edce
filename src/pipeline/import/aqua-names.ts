/**
 * What a rule of aqua's calls a tool's files on Linux, as templates of the catalogue: each name is filled for both
 * architectures, with marks where version and file name stand, and one template or a map of two is made of that.
 */
import type { AquaRule } from '../../formats/upstream/aqua/registry.ts';
import { semverOf } from '../../formats/upstream/aqua/registry.ts';
import { fillGoTemplate, versionMark, type Fields } from '../../formats/upstream/aqua/template.ts';
import type { Architecture } from '../../model/artifact.ts';
import { assetMark, Unsupported, type Tagged } from '../shared/release-names.ts';

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

/** Is what it is filled to the name of one version alone, since it has the version in it, or takes it apart? */
export function isOfOneVersion(template: string, filling: Filling): boolean {
  const marked = fillGoTemplate(template, fieldsOf(filling, versionMark));
  if (!('text' in marked)) return true;
  const { version } = filling.tagged;
  return !marked.text.includes(versionMark) && /\d/.test(version) && marked.text.includes(version);
}
