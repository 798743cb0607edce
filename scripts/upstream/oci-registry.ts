/**
 * A registry of container images (OCI distribution specification 1.1) over a publication: manifests by tag and digest,
 * blobs, lists of tags in pages, and tokens where it wants them, as the distribution project's server gives them out.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { kept, type Behaviour } from './behaviours.ts';
import { registryKeepers } from './hosts.ts';
import { ociDigest, type OciContents } from './oci-image.ts';
import type { Publication } from './publication.ts';
import { contentSize, readContent, type Content } from './virtual-file.ts';

export interface OciRepository extends OciContents {
  /** As the host is called: `registry.k8s.io`. */
  readonly registry: string;
  readonly repository: string;
  /** What each leads to; changes show at once, but for tags that were not there. */
  readonly tags: Map<string, Uint8Array>;
}

export interface OciRegistryOptions {
  /** Tokens have to be asked for, at `/token` of the same host unless another realm is given. */
  readonly wantsToken?: boolean;
  readonly realm?: string;
  /** Tokens are for whoever has this, and for nobody else. */
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** Tags on a page of their list, at most. */
  readonly pageSize?: number;
}

export function emptyRepository(registry: string, repository: string): OciRepository {
  return { registry, repository, tags: new Map(), manifests: new Map(), blobs: new Map() };
}

export function publishRegistry(repository: OciRepository, options: OciRegistryOptions = {}): Publication {
  const { registry, repository: name, tags, manifests, blobs } = repository;
  const { wantsToken = false, realm = `https://${registry}/token`, pageSize = 100, login } = options;
  const token = randomBytes(24).toString('base64url');
  const scope = `repository:${name}:pull`;
  const guarded = (behaviour: Behaviour): Behaviour =>
    wantsToken
      ? requiringToken(token, `Bearer realm="${realm}",service="${registry}",scope="${scope}"`, behaviour)
      : behaviour;

  // A registry that gives out tokens keeps its manifests itself, and its storage takes signed URLs.
  const inRegistry = (behaviour: Behaviour) =>
    guarded(wantsToken ? behaviour : kept(registryKeepers.registry, 307, behaviour));
  const inStorage = (behaviour: Behaviour) =>
    guarded(kept(registryKeepers.storage, 307, behaviour, wantsToken));

  const base = `${registry}/v2/${name}`;
  const routes = new Map<string, Behaviour>();
  routes.set(`${registry}/v2/`, guarded(json(() => ({}))));
  // Whoever wants a login is asked at its realm; another realm without one is the test's own.
  const place = login === undefined ? `${registry}/token` : realm.replace(/^https:\/\//, '');
  routes.set(place, tokenEndpoint(token, registry, scope, login));
  routes.set(`${base}/tags/list`, inRegistry(tagList(repository, pageSize)));
  for (const tag of tags.keys()) {
    routes.set(`${base}/manifests/${tag}`, inRegistry(document(() => tags.get(tag))));
  }
  for (const digest of manifests.keys()) {
    routes.set(`${base}/manifests/${digest}`, inRegistry(document(() => manifests.get(digest))));
  }
  for (const digest of blobs.keys()) {
    routes.set(
      `${base}/blobs/${digest}`,
      inStorage(document(() => blobs.get(digest), 'application/octet-stream')),
    );
  }
  return { files: new Map(), routes };
}

function requiringToken(token: string, challenge: string, behaviour: Behaviour): Behaviour {
  return (request, response, place) => {
    const isAllowed = place.isElsewhere || request.headers.authorization === `Bearer ${token}`;
    if (isAllowed) behaviour(request, response, place);
    else failure(response, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
  };
}

/** Gives a token to whoever asks for reading this repository, and for no more; where there is a login, who has it. */
function tokenEndpoint(
  token: string,
  service: string,
  scope: string,
  login: OciRegistryOptions['login'],
): Behaviour {
  const basic = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return (request, response, place) => {
    if (basic !== undefined && request.headers.authorization !== `Basic ${basic}`) {
      failure(response, 401, 'UNAUTHORIZED');
      return;
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://loopback');
    const isRight = searchParams.get('service') === service && searchParams.getAll('scope').join() === scope;
    if (isRight) json(() => ({ token, expires_in: 300 }))(request, response, place);
    else failure(response, 403, 'DENIED');
  };
}

/** By the document's own type, its digest and ETag beside it. */
function document(find: () => Content | undefined, type?: string): Behaviour {
  return (request, response) => {
    const content = find();
    if (content === undefined) {
      failure(response, 404, 'MANIFEST_UNKNOWN');
      return;
    }
    const digest = ociDigest(content);
    response.setHeader('etag', `"${digest}"`);
    response.setHeader('docker-content-digest', digest);
    if (request.headers['if-none-match'] === `"${digest}"`) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      'content-length': contentSize(content),
      'content-type': type ?? mediaTypeOf(content),
    });
    response.end(request.method === 'HEAD' ? undefined : readContent(content));
  };
}

function mediaTypeOf(content: Content): string {
  try {
    const { mediaType } = JSON.parse(readContent(content).toString()) as { mediaType?: string };
    return mediaType ?? 'application/octet-stream';
  } catch {
    return 'application/octet-stream';
  }
}

/** In lexical order, after `last`; the rest is behind a relative link. */
function tagList({ repository, tags }: OciRepository, pageSize: number): Behaviour {
  return (request, response, place) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
    const last = searchParams.get('last') ?? '';
    const size = Math.min(Number(searchParams.get('n') ?? pageSize), pageSize);
    const rest = [...tags.keys()].sort().filter((tag) => tag > last);
    const page = rest.slice(0, size);
    if (rest.length > size) {
      const query = new URLSearchParams({ n: String(size), last: page.at(-1) ?? '' });
      response.setHeader('link', `<${pathname}?${query.toString()}>; rel="next"`);
    }
    json(() => ({ name: repository, tags: page }))(request, response, place);
  };
}

function json(value: () => object): Behaviour {
  return (request: IncomingMessage, response: ServerResponse) => {
    const bytes = Buffer.from(JSON.stringify(value()));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
}

function failure(
  response: ServerResponse,
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
}
