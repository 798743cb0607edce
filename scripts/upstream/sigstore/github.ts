/**
 * github.com and api.github.com, as far as releases go: downloads, the redirect of `releases/latest`, the
 * REST API's list of releases with its pages, ETags and quota.
 */
import { createHash } from 'node:crypto';
import type { Behaviour } from '../behaviours.ts';
import type { Publication } from '../publication.ts';
import { contentHex, contentSize, type Content } from '../virtual-file.ts';
import { createQuota, type ApiAnswer } from './github-api.ts';

export interface GithubRelease {
  /** `owner/repository`. */
  readonly repository: string;
  readonly tag: string;
  readonly publishedAt: Date;
  readonly isPrerelease?: boolean;
  /** Not published yet: only its maintainers see it. */
  readonly isDraft?: boolean;
  readonly isImmutable?: boolean;
  /** Its files were uploaded before GitHub computed digests. */
  readonly isOld?: boolean;
  /** Its maintainers marked it as the latest, whatever else is higher or newer. */
  readonly isMarkedLatest?: boolean;
  /** When its files were last replaced, if not when it was published. */
  readonly filesReplacedAt?: Date;
  /** By file name. */
  readonly assets: ReadonlyMap<string, Content>;
}

export interface GithubOptions {
  /**
   * In any order. Each release takes the mark of the latest when it is published, unless it is a prerelease: of two on
   * one day, the one that is listed first here. `isMarkedLatest` moves it by hand.
   */
  readonly releases: readonly GithubRelease[];
  /** Requests to the API that are answered without a token: 60 where nothing is said. */
  readonly quota?: number | undefined;
  /** When the quota is renewed. */
  readonly quotaResetAt?: Date;
  /** Names that repositories had before, and those that they have now. */
  readonly renamed?: Readonly<Record<string, string>>;
}

function downloadPath(release: Pick<GithubRelease, 'repository' | 'tag'>, file: string): string {
  return `github.com/${release.repository}/releases/download/${release.tag}/${file}`;
}

export function publishGithub(options: GithubOptions): Publication {
  const files = new Map<string, Content>();
  const routes = new Map<string, Behaviour>();
  const quota = createQuota(options.quota ?? 60, options.quotaResetAt ?? new Date(0));
  const repositories = Map.groupBy(options.releases, (release) => release.repository);
  for (const [repository, unsorted] of repositories) {
    const releases = unsorted.toSorted((a, b) => b.publishedAt.getTime() - a.publishedAt.getTime());
    for (const release of releases) {
      routes.set(
        `api.github.com/repos/${repository}/releases/tags/${release.tag}`,
        quota(() => ({ json: describeRelease(release) })),
      );
      files.set(`github.com/${repository}/releases/tag/${release.tag}`, Buffer.from(`${release.tag}\n`));
      for (const [file, content] of release.assets) files.set(downloadPath(release, file), content);
    }
    const latest =
      releases.find(({ isMarkedLatest }) => isMarkedLatest === true) ??
      releases.find(({ isPrerelease, isDraft }) => isPrerelease !== true && isDraft !== true);
    if (latest !== undefined) {
      routes.set(
        `github.com/${repository}/releases/latest`,
        leadTo(302, `github.com/${repository}/releases/tag/${latest.tag}`),
      );
      routes.set(
        `api.github.com/repos/${repository}/releases/latest`,
        quota(() => ({ json: describeRelease(latest) })),
      );
    }
    const tags = [...new Set(releases.map(({ tag }) => tag))].toSorted().toReversed();
    const tagList = quota((query) => pageOf(repository, 'tags', tags, (name) => ({ name }), query));
    routes.set(`api.github.com/repos/${repository}/tags`, tagList);
    routes.set(`api.github.com/repositories/${idOf(repository)}/tags`, tagList);
    const list = quota((query) => pageOf(repository, 'releases', releases, describeRelease, query));
    routes.set(`api.github.com/repos/${repository}/releases`, list);
    // Where the links between pages lead.
    routes.set(`api.github.com/repositories/${idOf(repository)}/releases`, list);
  }
  for (const [before, now] of Object.entries(options.renamed ?? {})) {
    for (const [path, to] of renamedPaths(before, now, files, routes)) routes.set(path, leadTo(301, to));
  }
  return { files, routes };
}

/** Everything below the old name leads to the same below the new one; in the API to the repository by its number. */
function renamedPaths(before: string, now: string, ...published: readonly ReadonlyMap<string, unknown>[]) {
  const leads = new Map<string, string>();
  for (const path of published.flatMap((map) => [...map.keys()])) {
    const [pages, api] = [`github.com/${now}/`, `api.github.com/repos/${now}/`];
    if (path.startsWith(pages)) leads.set(path.replace(now, before), path);
    if (path.startsWith(api)) {
      leads.set(
        path.replace(now, before),
        `api.github.com/repositories/${String(idOf(now))}/${path.slice(api.length)}`,
      );
    }
  }
  return leads;
}

/** The query goes along. */
function leadTo(status: 301 | 302, path: string): Behaviour {
  return (request, response, place) => {
    const { search } = new URL(request.url ?? '/', 'http://loopback');
    response.writeHead(status, { location: `${place.locationOf(path)}${search}`, 'content-length': 0 }).end();
  };
}

/** One page, with links to the others (RFC 8288) as GitHub writes them. */
function pageOf<T>(
  repository: string,
  list: 'releases' | 'tags',
  items: readonly T[],
  describe: (item: T) => unknown,
  query: URLSearchParams,
): ApiAnswer {
  const perPage = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  const last = Math.max(Math.ceil(items.length / perPage), 1);
  const url = `https://api.github.com/repositories/${idOf(repository)}/${list}?per_page=${perPage}&page=`;
  const targets = { prev: page - 1, next: page + 1, last, first: 1 };
  const links = Object.entries(targets)
    .filter(
      ([rel, to]) =>
        to >= 1 && to <= last && (rel !== 'last' || page < last) && (rel !== 'first' || page > 1),
    )
    .map(([rel, to]) => `<${url}${to}>; rel="${rel}"`);
  const shown = items.slice((page - 1) * perPage, page * perPage);
  return { json: shown.map(describe), headers: links.length === 0 ? {} : { link: links.join(', ') } };
}

function describeRelease(release: GithubRelease): unknown {
  const { repository, tag, publishedAt, assets } = release;
  const at = apiTime(publishedAt);
  const replacedAt = apiTime(release.filesReplacedAt ?? publishedAt);
  const folder = `https://github.com/${repository}/releases/download/${encodeURIComponent(tag)}`;
  const id = idOf(`${repository} ${tag}`);
  return {
    url: `https://api.github.com/repos/${repository}/releases/${id}`,
    html_url: `https://github.com/${repository}/releases/tag/${tag}`,
    ...{ upload_url: `https://uploads.github.com/repos/${repository}/releases/${id}/assets{?name,label}` },
    ...{
      author,
      node_id: `RE_${id}`,
      target_commitish: 'main',
      immutable: release.isImmutable === true,
      body: null,
      reactions: {},
    },
    id,
    tag_name: tag,
    name: tag,
    draft: release.isDraft === true,
    prerelease: release.isPrerelease === true,
    created_at: at,
    published_at: at,
    assets: [...assets].map(([file, content]) => ({
      ...{ uploader: author, node_id: `RA_${id}`, label: null, download_count: 12_345 },
      id: idOf(`${repository} ${tag} ${file}`),
      name: file,
      content_type: 'application/octet-stream',
      state: 'uploaded',
      size: contentSize(content),
      digest: release.isOld === true ? null : `sha256:${contentHex(content, 'sha256')}`,
      created_at: at,
      updated_at: replacedAt,
      browser_download_url: `${folder}/${file}`,
    })),
  };
}

/** Fields that nothing here reads stand among those that something does, as they do at the real one. */
const author = { login: 'github-actions[bot]', id: 41_898_282, type: 'Bot', site_admin: false };

/** To the second, as GitHub writes it. */
function apiTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Some number, the same for the same text. */
function idOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
