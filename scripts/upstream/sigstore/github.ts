/**
 * github.com and api.github.com, as far as releases go: downloads, the redirect of `releases/latest`, the
 * REST API's list of releases with its pages, ETags and quota.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { redirect, type Behaviour } from '../behaviours.ts';
import type { Publication } from '../publication.ts';
import { contentHex, contentSize, type Content } from '../virtual-file.ts';

export interface GithubRelease {
  /** `owner/repository`. */
  readonly repository: string;
  readonly tag: string;
  readonly publishedAt: Date;
  readonly isPrerelease?: boolean;
  /** Not published yet: only its maintainers see it. */
  readonly isDraft?: boolean;
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
  readonly quota?: number;
  /** When the quota is renewed. */
  readonly quotaResetAt?: Date;
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
      files.set(`github.com/${repository}/releases/tag/${release.tag}`, Buffer.from(`${release.tag}\n`));
      for (const [file, content] of release.assets) files.set(downloadPath(release, file), content);
    }
    const latest =
      releases.find(({ isMarkedLatest }) => isMarkedLatest === true) ??
      releases.find(({ isPrerelease, isDraft }) => isPrerelease !== true && isDraft !== true);
    if (latest !== undefined) {
      const page = redirect(`/github.com/${repository}/releases/tag/${encodeURIComponent(latest.tag)}`);
      routes.set(`github.com/${repository}/releases/latest`, page);
      routes.set(
        `api.github.com/repos/${repository}/releases/latest`,
        quota(() => ({ json: describeRelease(latest) })),
      );
    }
    const list = quota((query) => listReleases(repository, releases, query));
    routes.set(`api.github.com/repos/${repository}/releases`, list);
    // Where the links between pages lead.
    routes.set(`api.github.com/repositories/${idOf(repository)}/releases`, list);
  }
  return { files, routes };
}

interface ApiAnswer {
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Counts requests without a token, and refuses those beyond `limit`. A 304 costs nothing. */
function createQuota(limit: number, resetAt: Date) {
  let used = 0;
  return (answer: (query: URLSearchParams) => ApiAnswer): Behaviour =>
    (request, response) => {
      const isCounted = request.headers.authorization === undefined;
      const headers = () => quotaHeaders(isCounted ? limit : 5000, isCounted ? used : 0, resetAt);
      if (isCounted && used >= limit) {
        refuseForQuota(response, headers());
        return;
      }
      const { searchParams } = new URL(request.url ?? '/', 'http://loopback');
      const { json, headers: more } = answer(searchParams);
      if (isCounted && !isKnown(request, json)) used += 1;
      sendJson(request, response, json, { ...headers(), ...more });
    };
}

/** An exhausted quota, whoever asks: 403, as GitHub has it. */
export function exhaustedQuota(resetAt: Date): Behaviour {
  return (_request, response) => refuseForQuota(response, quotaHeaders(60, 60, resetAt));
}

/** GitHub's second limit, against bursts: 429 with the seconds to wait, and some quota left. */
export function secondaryLimit(retryAfterSeconds: number): Behaviour {
  return (_request, response) => {
    const message =
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    response
      .writeHead(429, { 'content-type': 'application/json', 'retry-after': String(retryAfterSeconds) })
      .end(JSON.stringify({ message }));
  };
}

function refuseForQuota(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  const message = 'API rate limit exceeded for 127.0.0.1.';
  response
    .writeHead(403, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify({ message }));
}

function quotaHeaders(limit: number, used: number, resetAt: Date): Record<string, string> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(limit - used, 0)),
    'x-ratelimit-reset': String(Math.floor(resetAt.getTime() / 1000)),
    'x-ratelimit-used': String(used),
    'x-ratelimit-resource': 'core',
  };
}

/** One page, with links to the others (RFC 8288) as GitHub writes them. */
function listReleases(
  repository: string,
  releases: readonly GithubRelease[],
  query: URLSearchParams,
): ApiAnswer {
  const perPage = Math.min(Number(query.get('per_page') ?? 30), 100);
  const page = Number(query.get('page') ?? 1);
  const last = Math.max(Math.ceil(releases.length / perPage), 1);
  const url = `https://api.github.com/repositories/${idOf(repository)}/releases?per_page=${perPage}&page=`;
  const targets = { prev: page - 1, next: page + 1, last, first: 1 };
  const links = Object.entries(targets)
    .filter(
      ([rel, to]) =>
        to >= 1 && to <= last && (rel !== 'last' || page < last) && (rel !== 'first' || page > 1),
    )
    .map(([rel, to]) => `<${url}${to}>; rel="${rel}"`);
  const shown = releases.slice((page - 1) * perPage, page * perPage);
  return { json: shown.map(describeRelease), headers: links.length === 0 ? {} : { link: links.join(', ') } };
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
    ...{ author, node_id: `RE_${id}`, target_commitish: 'main', immutable: false, body: null, reactions: {} },
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
      digest: `sha256:${contentHex(content, 'sha256')}`,
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

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  json: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  if (isKnown(request, json)) {
    response.writeHead(304, { ...headers, etag: etagOf(json) }).end();
    return;
  }
  response
    .writeHead(200, { ...headers, etag: etagOf(json), 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(json));
}

function isKnown(request: IncomingMessage, json: unknown): boolean {
  return request.headers['if-none-match'] === etagOf(json);
}

function etagOf(json: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(json)).digest('hex')}"`;
}

/** Some number, the same for the same text. */
function idOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
