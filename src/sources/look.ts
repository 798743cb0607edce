/**
 * Looks at what an upstream publishes, for who has no entry of it yet: the files of one release by their names, whatever
 * they are called. What is found proves nothing.
 */
import { architectureIn } from '../formats/upstream/release-files.ts';
import type { Digest } from '../model/digest.ts';
import { isNotThere, TransportError, UsageError } from '../model/errors.ts';
import { newestReleases, releasesApi, type NamedRelease } from './github-list.ts';
import type { SourceContext } from './source.ts';

type Ports = Pick<SourceContext, 'fetcher' | 'reporter'>;

/** A release as it was found. */
export interface FoundRelease {
  readonly tag: string;
  readonly publishedAt: Date | undefined;
  /** The folder of its files, without a slash at its end. */
  readonly folder: string;
  /** With what the host says of their digests. */
  readonly files: ReadonlyMap<string, Digest | undefined>;
  /** Does the host say that its files cannot be replaced, and vouch for them? */
  readonly isImmutable: boolean;
}

/**
 * The release of that version or tag, or the newest that is no pre-release. Throws TransportError `NOT_FOUND` where there
 * is none, and as `newestReleases` does.
 */
export async function findGithubRelease(
  repository: string,
  version: string | undefined,
  newest: (releases: readonly NamedRelease[]) => NamedRelease | undefined,
  ports: Ports,
): Promise<FoundRelease> {
  const all = await newestReleases(repository, ports);
  const found =
    version === undefined
      ? newest(all.filter(({ isPrerelease }) => !isPrerelease))
      : all.find(
          ({ tag }) =>
            [version, `v${version}`].includes(tag) ||
            tag.endsWith(`/v${version}`) ||
            tag.endsWith(`-${version}`),
        );
  if (found === undefined) throw noRelease(repository, version, all);
  const { tag, publishedAt, files, isImmutable } = found;
  const folder = `https://github.com/${repository}/releases/download/${encodeURIComponent(tag)}`;
  return { tag, publishedAt, folder, files, isImmutable };
}

function noRelease(
  repository: string,
  version: string | undefined,
  all: readonly NamedRelease[],
): TransportError {
  const url = releasesApi(repository);
  const others = all.slice(0, 5).map(({ tag }) => tag);
  const hint =
    others.length === 0
      ? 'Is it published elsewhere, as an image or a package?'
      : `Name one: ${others.map((tag) => `github:${repository}@${tag}`).join(', ')}.`;
  const what = version === undefined ? 'no release that is no pre-release' : `no release ${version}`;
  return new TransportError('NOT_FOUND', `${url} has ${all.length === 0 ? 'no release' : what}`, { hint });
}

/** Undefined where there is none, or none that may be read. Throws TransportError for what is not known. */
export async function readFound(
  url: string,
  maxBytes: number,
  { fetcher, reporter }: Ports,
): Promise<Uint8Array | undefined> {
  reporter.step(`fetching ${url}`);
  try {
    return (await fetcher.get({ url, maxBytes })).bytes;
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

const ofFile = ['.sha256', '.sha256sum', '.sha256.txt', '.sha512', '.sha512sum', '.minisig', '.sig', '.asc'];
const ofFolder = [
  'SHA256SUMS',
  'SHA256SUMS.txt',
  'SHASUMS256.txt',
  'sha256sum.txt',
  'checksums.txt',
  'SHA512SUMS',
];
/** Behind the name with its version, as HashiCorp and goreleaser write them. */
const ofRelease = ['_SHA256SUMS', '_checksums.txt'];
const signatures = ['.asc', '.sig', '.gpg', '.minisig', '.sigstore.json', '.bundle', '.pem', '.cert'];

/**
 * Of a server that lists nothing: the file, its like for the other architecture, and what usually stands beside them.
 * Throws UsageError `USAGE` for a URL without a version, and TransportError where the file itself is not there.
 */
export async function findOnServer(url: string, { fetcher, reporter }: Ports): Promise<FoundRelease> {
  const [, folder = '', asset = ''] = /^(.*)\/([^/]+)$/.exec(url) ?? [];
  const version = versionInUrl(url);
  if (version === undefined) {
    throw new UsageError('USAGE', `${url} has no version in it`, {
      hint: 'Name the file of one version, such as https://get.helm.sh/helm-v3.19.2-linux-amd64.tar.gz.',
    });
  }
  await fetcher.describe({ url });
  const isThere = async (name: string) => {
    reporter.step(`looking for ${folder}/${name}`);
    try {
      const { contentType } = await fetcher.describe({ url: `${folder}/${name}` });
      return contentType?.toLowerCase().startsWith('text/html') !== true;
    } catch (error) {
      if (isNotThere(error)) return false;
      throw error;
    }
  };
  const only = async (names: readonly string[]) => {
    const there = await Promise.all(names.map(isThere));
    return names.filter((_, index) => there[index]);
  };
  const assets = [asset, ...(await only(likeNames(asset)))];
  const beside = await only([
    ...assets.flatMap((one) => ofFile.map((ending) => one + ending)),
    ...ofFolder,
    ...(asset.includes(version) ? ofRelease.map((ending) => stemOf(asset, version) + ending) : []),
  ]);
  const signed = [...assets, ...beside].flatMap((one) => signatures.map((ending) => one + ending));
  const more = await only(signed.filter((name) => !beside.includes(name)));
  const names = [...assets, ...beside, ...more];
  return {
    tag: version,
    publishedAt: undefined,
    folder,
    files: new Map(names.map((name) => [name, undefined])),
    isImmutable: false,
  };
}

/** The last that looks like one: `1.2`, `1.2.3`, `1.2.3-rc.1`, with or without a v before it. */
function versionInUrl(url: string): string | undefined {
  const found = [
    ...url.matchAll(/(?<![0-9.])v?(\d+\.\d+(?:\.\d+)*(?:-(?:alpha|beta|rc)[.\d]*)?)(?![0-9]|\.[0-9])/g),
  ];
  const path = url.replace(/^https:\/\/[^/]+/, '');
  return found
    .map(([, version]) => version)
    .findLast((version) => version !== undefined && path.includes(version));
}

/** A file's name up to its version, with it. */
function stemOf(asset: string, version: string): string {
  return asset.slice(0, asset.indexOf(version) + version.length);
}

function likeNames(asset: string): readonly string[] {
  if (architectureIn(asset) !== 'amd64') return [];
  const pairs = [
    ['amd64', 'arm64'],
    ['x86_64', 'aarch64'],
    ['x86_64', 'arm64'],
    ['x64', 'arm64'],
  ] as const;
  return pairs.filter(([word]) => asset.includes(word)).map(([word, other]) => asset.replace(word, other));
}
