/**
 * Where a person reads what a release holds, and what lies between two: the pages that a host is known to have for the
 * tags in its download URLs. For people alone: nothing is fetched from there.
 */
import type { ManifestEntry } from './manifest-entries.ts';

/** A place whose tags have pages. */
interface Tagged {
  /** The repository's page, by which two tags are of one repository. */
  readonly repository: string;
  readonly tag: string;
  readonly release: string;
  readonly compare: (before: string, after: string) => string;
}

/** What a URL may hold to be a link in Markdown as it is. */
const plain = /^https:\/\/[A-Za-z0-9._~/%+:@,=-]+$/;

const known: readonly (readonly [RegExp, (parts: readonly string[]) => Tagged])[] = [
  // GitHub and Forgejo have the same paths.
  [
    /^(https:\/\/(?:github\.com|codeberg\.org)\/[^/]+\/[^/]+)\/releases\/download\/([^/]+)\/[^/]+$/,
    ([repository = '', tag = '']) => tagged(repository, tag, ['/releases/tag/', '/compare/']),
  ],
  [
    /^(https:\/\/gitlab\.com\/.+?)\/-\/releases\/([^/]+)\/downloads\/.+$/,
    ([repository = '', tag = '']) => tagged(repository, tag, ['/-/releases/', '/-/compare/']),
  ],
  // Kubernetes' own server has files alone.
  [
    /^https:\/\/dl\.k8s\.io\/release\/(v[^/]+)\/.+$/,
    ([tag = '']) => tagged('https://github.com/kubernetes/kubernetes', tag, ['/releases/tag/', '/compare/']),
  ],
];

function tagged(repository: string, tag: string, [release, compare]: readonly [string, string]): Tagged {
  return {
    repository,
    tag,
    release: `${repository}${release}${tag}`,
    compare: (before, after) => `${repository}${compare}${before}...${after}`,
  };
}

/** In Debian's pool the folder is the source package. */
const debianPool =
  /^https:\/\/(?:(?:ftp|deb|security)\.debian\.org)\/.*pool\/(?:updates\/)?[^/]+\/[^/]+\/([^/]+)\/[^/]+\.deb$/;

type Linked = Pick<ManifestEntry, 'url' | 'type'>;

export interface Links {
  readonly release?: string;
  readonly compare?: string;
}

/** Of an entry that is new or another; what was removed has its last release. */
export function linksOf(before: Linked | undefined, after: Linked | undefined): Links {
  const [old, now] = [before && tagOf(before), after && tagOf(after)];
  const [source] = (after ?? before)?.url.match(debianPool)?.slice(1) ?? [];
  const release = (now ?? old)?.release ?? (source && `https://tracker.debian.org/pkg/${source}`);
  const isComparable = old?.repository === now?.repository && old?.tag !== now?.tag;
  const compare = old && isComparable ? now?.compare(old.tag, now.tag) : undefined;
  return { ...asLink('release', release), ...asLink('compare', compare) };
}

function asLink(name: keyof Links, url: string | undefined): Links {
  return url !== undefined && plain.test(url) ? { [name]: url } : {};
}

function tagOf({ url, type }: Linked): Tagged | undefined {
  if (type === 'oci-image') return undefined;
  for (const [pattern, make] of known) {
    const match = pattern.exec(url);
    if (match !== null) return make(match.slice(1));
  }
  return undefined;
}

/** Where an entry is published: the repository of a forge, or of images; undefined where the URL does not tell. */
export function repositoryOf(entry: Linked): string | undefined {
  const { url, type } = entry;
  if (type === 'oci-image') return url.slice(0, url.lastIndexOf(':'));
  return /^https:\/\/(?:github\.com|codeberg\.org|gitlab\.com)\//.test(url)
    ? tagOf(entry)?.repository
    : undefined;
}

/** The host that serves it, with its port; of an image its registry. Empty for the stub. */
export function hostOf({ url, type }: Linked): string {
  if (type === 'oci-image') return url.slice(0, url.indexOf('/'));
  return URL.parse(url)?.host ?? '';
}
