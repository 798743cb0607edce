/** Where a tool's files are, as aqua's rule says it: for each architecture, and as a source of the catalogue. */
import type { AquaRule } from '../../formats/upstream/aqua/registry.ts';
import { versionMark } from '../../formats/upstream/aqua/template.ts';
import type { Architecture } from '../../model/artifact.ts';
import { orderingOf, templateOf, unify, Unsupported, type Tagged } from '../shared/release-names.ts';
import { fill, isOfOneVersion, withoutExtension } from './aqua-names.ts';
import { namesOf } from './aqua-platforms.ts';
import type { Released } from './aqua-released.ts';

/** Where the file of an architecture is. Throws Unsupported. */
export function releasedAs(rule: AquaRule, arch: Architecture, tagged: Tagged): Released {
  const filling = { rule, tagged, arch };
  const { type } = rule;
  const template = (type === 'http' ? rule.url : type === 'github_content' ? rule.path : rule.asset) ?? '';
  const name = fill(template, filling);
  const common = { ...filling, isOfOneVersion: isOfOneVersion(template, filling) };
  const repository = `${rule.repo_owner ?? ''}/${rule.repo_name ?? ''}`;
  const tag = tagged.prefix + versionMark;
  switch (type) {
    case 'github_release': {
      const folder = `https://github.com/${repository}/releases/download/${tag}/`;
      return { ...common, asset: withFormat(name, rule), folder };
    }
    case 'http': {
      const [, folder = '', asset = ''] =
        /^(https:\/\/[^?#]*\/)([^/?#]+)$/.exec(withFormat(name, rule)) ?? [];
      if (asset === '') throw new Unsupported('it is no file at an https URL');
      return { ...common, asset, folder };
    }
    case 'github_content': {
      const url = `https://raw.githubusercontent.com/${repository}/${tag}/${name}`;
      const [, folder = '', asset = ''] = /^(.*\/)([^/]+)$/.exec(url) ?? [];
      return { ...common, asset, folder };
    }
    default:
      throw new Unsupported(`what is published as ${String(type)} is no file that anybody vouches for`);
  }
}

/** aqua adds the extension of the format where the name has none. */
function withFormat(name: string, { format, append_ext: append }: AquaRule): string {
  const isComplete = append === false || !format || format === 'raw' || withoutExtension(name) !== name;
  return isComplete || name.endsWith(`.${format}`) ? name : `${name}.${format}`;
}

/** Throws Unsupported. */
export function sourceOf(released: readonly Released[], tagged: Tagged): Readonly<Record<string, unknown>> {
  const [{ rule, folder } = { rule: undefined, folder: '' }] = released;
  const folders = unify(
    namesOf(released, (one) => one.folder),
    tagged,
  );
  if (typeof folders !== 'string')
    throw new Unsupported('its folder has a name of its own for each architecture');
  const tag = `${templateOf(tagged.prefix, tagged)}{version}`;
  const ordering = orderingOf(tagged);
  const isOfOne = released.some((one) => one.isOfOneVersion);
  if (rule?.type === 'github_release') {
    const repository = `${rule.repo_owner ?? ''}/${rule.repo_name ?? ''}`;
    return {
      ...{ type: 'github-release', repository, tag },
      ...(isOfOne ? { version: tagged.version } : {}),
      ...ordering,
    };
  }
  if (folder === '') throw new TypeError('a file in no folder');
  const [, root = '', path = ''] =
    /^(https:\/\/[^/{]+(?:\/[^/{]+)*?)\/((?:[^/{]*\{.*)?)\/?$/.exec(folders.replace(/\/$/, '/')) ?? [];
  const below = path.replace(/\/$/, '');
  if (root === '') throw new Unsupported(`${folders} is no folder of a server`);
  return {
    type: 'release-server',
    uri: root,
    ...(below === '' ? {} : { path: below }),
    tag,
    ...(isOfOne ? { version: tagged.version } : versionsOf(rule, tagged)),
    ...ordering,
  };
}

/** aqua asks GitHub which versions there are, wherever the files are. */
function versionsOf(rule: AquaRule | undefined, { version }: Tagged): Readonly<Record<string, unknown>> {
  const { repo_owner: owner, repo_name: name, version_source: list } = rule ?? {};
  if (!owner || !name) return { version };
  return { index: { github: `${owner}/${name}`, ...(list === 'github_tag' ? { list: 'tags' } : {}) } };
}
