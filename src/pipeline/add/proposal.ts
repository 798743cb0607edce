/** Source and entry for a release's files, before anybody is known to vouch for them. */
import { versionMark } from '../../formats/upstream/aqua/template.ts';
import { counterpart, filesFitting, typeOfName } from '../../formats/upstream/release-files.ts';
import type { Architecture } from '../../model/artifact.ts';
import { UsageError } from '../../model/errors.ts';
import type { FoundRelease } from '../../sources/look.ts';
import { orderingOf, splitTag, templateOf, type Names, type Tagged } from '../shared/release-names.ts';
import { marked, template, type Fields, type Published } from './candidates.ts';
import type { Proposal } from './judge.ts';
import { architecturesOf, type AddRequest } from './request.ts';

/** Throws UsageError `USAGE`. */
export function taggedOf(tag: string): Tagged {
  const tagged = splitTag(tag);
  if (tagged !== undefined) return tagged;
  throw new UsageError('USAGE', `the tag ${JSON.stringify(tag)} has no version in it`);
}

/** The wanted file for each architecture, and what else would fit. Throws UsageError `USAGE`. */
export function assetsOf({ release, asset, tool, platforms }: AddRequest): {
  readonly assets: Names;
  readonly others: readonly string[];
} {
  const names = [...release.files.keys()];
  const wanted = architecturesOf(platforms);
  const fitting = new Map(wanted.map((arch) => [arch, filesFitting(names, arch, tool)]));
  const assets = new Map<Architecture, string>();
  const [lead = 'amd64'] = wanted.toSorted().filter((arch) => fitting.get(arch)?.length !== 0);
  if (asset !== undefined && !names.includes(asset)) {
    throw new UsageError('USAGE', `--asset: ${release.tag} has no file ${JSON.stringify(asset)}`, {
      hint: `It has: ${names.slice(0, 40).join(', ')}.`,
    });
  }
  const first = asset ?? fitting.get(lead)?.[0];
  if (first === undefined) {
    throw new UsageError(
      'USAGE',
      `${release.tag}: none of its ${String(names.length)} files is for Linux on ${wanted.join(' or ')}`,
      {
        hint:
          names.length === 0
            ? 'It has no files at all.'
            : `Name one with --asset: ${names.slice(0, 40).join(', ')}.`,
      },
    );
  }
  assets.set(lead, first);
  for (const arch of wanted) {
    const other = arch === lead ? undefined : counterpart(first, lead, fitting.get(arch) ?? []);
    if (other !== undefined) assets.set(arch, other);
  }
  return { assets, others: (fitting.get(lead) ?? []).filter((one) => one !== first) };
}

/** Throws UsageError `USAGE`. */
export function proposalOf(
  { name, release, repository, isFixed, platforms, kinds }: AddRequest,
  tagged: Tagged,
  published: Published,
): Proposal {
  const { assets } = published;
  const [arch = 'amd64'] = assets.keys();
  const types = new Set([...assets.values()].map(typeOfName));
  const [type = 'binary'] = types;
  if (types.size > 1) throw new UsageError('USAGE', 'its files are of another form for each architecture');
  const { os } = platforms.find(({ architectures }) => architectures.includes(arch)) ?? { os: 'debian-13' };
  const asset = template(published, assets);
  return {
    ...{ name, os, kind: kinds[0], architectures: [...assets.keys()], type },
    source: sourceOf(release, repository, tagged, isFixed),
    // One name for one of two architectures that says which: as a template it would be asked for both.
    entry: { asset },
  };
}

function sourceOf(
  { folder }: FoundRelease,
  repository: string | undefined,
  tagged: Tagged,
  isFixed: boolean,
): Fields & { readonly type: string } {
  const { version, prefix } = tagged;
  const ordering = orderingOf(tagged);
  const fixed = isFixed ? { version } : {};
  if (repository !== undefined) {
    const tag = `${templateOf(prefix, tagged)}{version}`;
    return { type: 'github-release', repository, tag, ...ordering, ...fixed };
  }
  const segments = folder.split('/');
  const at = segments.findIndex((one, index) => index > 2 && marked(one, tagged) !== one);
  const uri = at === -1 ? folder : segments.slice(0, at).join('/');
  const path =
    at === -1 ? undefined : marked(segments.slice(at).join('/'), tagged).replaceAll(versionMark, '{version}');
  const tag = `${prefix}{version}`;
  return { type: 'release-server', uri, ...(path === undefined ? {} : { path }), tag, ...ordering, version };
}
