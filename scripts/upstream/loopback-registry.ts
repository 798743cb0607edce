/**
 * A registry that can be pushed to (OCI distribution specification 1.1), in memory and on loopback: uploads in sessions,
 * mounts, ranges, referrers, passwords and tokens. It is strict, so that what it takes other registries take: digests are
 * compared, chunks have to follow each other, and a manifest names nothing that is not there.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RegistryAuth {
  readonly scheme: 'basic' | 'token';
  readonly username: string;
  readonly password: string;
  /** Exchanged for tokens by POST. */
  readonly identityToken?: string;
  /** Where tokens are given out: `/token` of this registry unless said otherwise. */
  readonly realm?: string;
  /** Whoever has no credentials may read. */
  readonly readsAnonymously?: boolean;
}

export interface LoopbackRegistryOptions {
  readonly auth?: RegistryAuth;
  /** Without it, `OCI-Subject` and the list of referrers are missing. */
  readonly referrers?: boolean;
  readonly mounts?: boolean;
  readonly minChunkBytes?: number;
  readonly location?: 'absolute' | 'relative';
}

export interface RegistryRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  status: number;
}

interface StoredManifest {
  readonly bytes: Buffer;
  readonly type: string;
}

export interface StoredRepository {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

/** Answers in the registry's place, or returns false. */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  place: { readonly method: string; readonly path: string },
) => boolean;

export interface LoopbackRegistry {
  /** `127.0.0.1:12345`. */
  readonly host: string;
  readonly url: string;
  readonly log: RegistryRequest[];
  readonly blobs: Map<string, Buffer>;
  readonly repositories: Map<string, StoredRepository>;
  /** Asked first of all, while it is there. */
  misbehave?: Misbehaviour | undefined;
  /** How many bytes of a PATCH or PUT are taken before the connection is cut: for the next one of them. */
  cutAfterBytes?: number | undefined;
  close(): Promise<void>;
}

interface StoredDescriptor {
  readonly digest: string;
  readonly size: number;
}

interface Upload {
  readonly repository: string;
  bytes: Buffer;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    [this.status, this.code, this.headers] = [status, code, headers];
  }
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export async function startLoopbackRegistry(
  options: LoopbackRegistryOptions = {},
): Promise<LoopbackRegistry> {
  const state = new State(options);
  const server = createServer((request, response) => {
    void state.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  state.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return state;
}

class State implements LoopbackRegistry {
  readonly log: RegistryRequest[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly repositories = new Map<string, StoredRepository>();
  misbehave?: Misbehaviour | undefined;
  cutAfterBytes?: number | undefined;
  host = '';
  close = (): Promise<void> => Promise.resolve();
  readonly #options: LoopbackRegistryOptions;
  readonly #uploads = new Map<string, Upload>();
  /** Scopes by token. */
  readonly #tokens = new Map<string, ReadonlySet<string>>();

  constructor(options: LoopbackRegistryOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', socket } = request;
    const noted = { method, path, authorization: request.headers.authorization, status: 0 };
    this.log.push(noted);
    response.on('close', () => (noted.status = response.headersSent ? response.statusCode : 0));
    try {
      if (this.misbehave?.(request, response, { method, path }) === true) return;
      await this.#route(request, response, new URL(path, this.url));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        socket.destroy();
        return;
      }
      const body = JSON.stringify({ errors: [{ code: error.code, message: error.code.toLowerCase() }] });
      const connection = request.complete ? {} : { connection: 'close' };
      response.writeHead(error.status, {
        'content-type': 'application/json',
        ...error.headers,
        ...connection,
      });
      response.end(method === 'HEAD' ? undefined : body);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname === '/token') return this.#giveToken(request, response, url);
    const [, name = '', kind = '', rest = ''] =
      /^\/v2\/(?:(.+?)\/(blobs|manifests|tags|referrers)\/(.*))?$/.exec(url.pathname) ?? [];
    this.#authorize(request, name, url);
    if (url.pathname === '/v2/') {
      end(response, 200, {}, '{}');
      return;
    }
    const repository = this.#repository(name, request.method !== 'GET' && request.method !== 'HEAD');
    if (kind === 'blobs' && rest.startsWith('uploads/')) {
      return this.#upload(request, response, { url, name, id: rest.slice('uploads/'.length) });
    }
    if (kind === 'blobs') {
      this.#blob(request, response, repository, rest);
      return;
    }
    if (kind === 'manifests' && request.method === 'PUT') {
      return this.#putManifest(request, response, repository, rest);
    }
    if (kind === 'manifests') {
      this.#manifest(request, response, repository, rest);
      return;
    }
    if (kind === 'referrers') {
      this.#referrers(response, repository, rest);
      return;
    }
    if (kind === 'tags') {
      end(response, 200, {}, JSON.stringify({ name, tags: [...repository.tags.keys()] }));
      return;
    }
    throw new Refusal(404, 'UNSUPPORTED');
  }

  #repository(name: string, isMade: boolean): StoredRepository {
    const known = this.repositories.get(name) ?? { blobs: new Set(), manifests: new Map(), tags: new Map() };
    if (isMade) this.repositories.set(name, known);
    return known;
  }

  #authorize(request: IncomingMessage, name: string, url: URL): void {
    const { auth } = this.#options;
    if (auth === undefined) return;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && auth.readsAnonymously === true && !url.pathname.includes('/uploads/')) return;
    const { authorization = '' } = request.headers;
    const [scheme = '', credentials = ''] = authorization.split(' ');
    const from = url.searchParams.get('from');
    if (auth.scheme === 'basic') {
      if (scheme === 'Basic' && this.#isRight(credentials)) return;
      throw new Refusal(401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="loopback"' });
    }
    const scope = `repository:${name}:${reads && !url.pathname.includes('/uploads/') ? 'pull' : 'pull,push'}`;
    const scopes = scheme === 'Bearer' ? this.#tokens.get(credentials) : undefined;
    const isEnough = scopes?.has(scope) === true || (reads && scopes?.has(`repository:${name}:pull,push`));
    if (isEnough && (from === null || scopes?.has(`repository:${from}:pull`) === true)) return;
    if (isEnough && from !== null) throw new Refusal(403, 'DENIED');
    const realm = auth.realm ?? `${this.url}/token`;
    const challenge = `Bearer realm="${realm}",service="${this.host}",scope="${scope}"`;
    throw new Refusal(401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
  }

  #isRight(credentials: string): boolean {
    const { auth } = this.#options;
    return (
      Buffer.from(credentials, 'base64').toString() === `${auth?.username ?? ''}:${auth?.password ?? ''}`
    );
  }

  async #giveToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { auth } = this.#options;
    const form =
      request.method === 'POST' ? new URLSearchParams((await bodyOf(request)).toString()) : undefined;
    const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ');
    const isRight =
      form === undefined
        ? scheme === 'Basic' && this.#isRight(credentials)
        : auth?.identityToken !== undefined && form.get('refresh_token') === auth.identityToken;
    const isAnonymous = form === undefined && scheme === '' && auth?.readsAnonymously === true;
    if (!isRight && !isAnonymous) throw new Refusal(401, 'UNAUTHORIZED');
    const asked =
      form === undefined ? url.searchParams.getAll('scope') : (form.get('scope') ?? '').split(' ');
    const granted = isRight ? asked : asked.map((scope) => scope.replace(/:[^:]*$/, ':pull'));
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, new Set(granted));
    const answer = form === undefined ? { token, expires_in: 300 } : { access_token: token, expires_in: 300 };
    end(response, 200, { 'content-type': 'application/json' }, JSON.stringify(answer));
  }

  #blob(
    request: IncomingMessage,
    response: ServerResponse,
    repository: StoredRepository,
    digest: string,
  ): void {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined || !repository.blobs.has(digest)) throw new Refusal(404, 'BLOB_UNKNOWN');
    const headers = {
      ...{ 'content-type': 'application/octet-stream', etag: `"${digest}"`, 'accept-ranges': 'bytes' },
      'docker-content-digest': digest,
    };
    const isSame = [undefined, `"${digest}"`].includes(request.headers['if-range'] as string | undefined);
    const [, first] = isSame ? (/^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []) : [];
    if (first === undefined) {
      end(response, 200, headers, bytes, request.method);
      return;
    }
    if (Number(first) >= bytes.length) throw new Refusal(416, 'RANGE_INVALID');
    const range = `bytes ${first}-${String(bytes.length - 1)}/${String(bytes.length)}`;
    end(response, 206, { ...headers, 'content-range': range }, bytes.subarray(Number(first)), request.method);
  }

  async #upload(
    request: IncomingMessage,
    response: ServerResponse,
    { url, name, id }: { readonly url: URL; readonly name: string; readonly id: string },
  ): Promise<void> {
    if (request.method === 'POST' && id === '') {
      this.#begin(response, url, name);
      return;
    }
    const upload = this.#uploads.get(id);
    if (upload?.repository !== name) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN');
    if (request.method === 'GET') {
      end(response, 204, this.#stateOf(id, upload));
      return;
    }
    const isInStep = url.searchParams.get('_state') === String(upload.bytes.length);
    if (!isInStep) throw new Refusal(416, 'BLOB_UPLOAD_INVALID', this.#stateOf(id, upload));
    if (request.method === 'PATCH') await this.#append(request, id, upload, 'must have a range');
    if (request.method === 'PATCH') {
      end(response, 202, this.#stateOf(id, upload));
      return;
    }
    if (request.method !== 'PUT') throw new Refusal(405, 'UNSUPPORTED');
    await this.#append(request, id, upload, 'may have a range');
    const digest = url.searchParams.get('digest') ?? '';
    if (sha256(upload.bytes) !== digest) throw new Refusal(400, 'DIGEST_INVALID');
    this.#uploads.delete(id);
    this.blobs.set(digest, upload.bytes);
    this.#repository(name, true).blobs.add(digest);
    end(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
  }

  #begin(response: ServerResponse, url: URL, name: string): void {
    const [digest, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    const source = from === null ? undefined : this.repositories.get(from);
    if (digest !== null && source?.blobs.has(digest) === true && this.#options.mounts !== false) {
      this.#repository(name, true).blobs.add(digest);
      end(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
      return;
    }
    const id = randomBytes(8).toString('hex');
    const upload = { repository: name, bytes: Buffer.alloc(0) };
    this.#uploads.set(id, upload);
    const { minChunkBytes } = this.#options;
    const least = minChunkBytes === undefined ? {} : { 'oci-chunk-min-length': String(minChunkBytes) };
    end(response, 202, { ...this.#stateOf(id, upload), ...least });
  }

  /** The state in the query has to be given back as it is. */
  #stateOf(id: string, { repository, bytes }: Upload): Record<string, string> {
    const path = `/v2/${repository}/blobs/uploads/${id}?_state=${String(bytes.length)}`;
    const location = this.#options.location === 'absolute' ? `${this.url}${path}` : path;
    return { location, range: `0-${String(Math.max(bytes.length - 1, 0))}`, 'docker-upload-uuid': id };
  }

  async #append(
    request: IncomingMessage,
    id: string,
    upload: Upload,
    rule: 'must have a range' | 'may have a range',
  ): Promise<void> {
    const { 'content-range': range, 'content-length': length, 'content-type': type } = request.headers;
    const start = upload.bytes.length;
    const expected = `${String(start)}-${String(start + Number(length) - 1)}`;
    const isRangeRight = range === undefined ? rule === 'may have a range' : range === expected;
    if (length === undefined || type !== 'application/octet-stream') throw new Refusal(400, 'SIZE_INVALID');
    if (!isRangeRight) throw new Refusal(416, 'BLOB_UPLOAD_INVALID', this.#stateOf(id, upload));
    const cutAfter = this.cutAfterBytes;
    this.cutAfterBytes = undefined;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      upload.bytes = Buffer.concat([upload.bytes, chunk]);
      if (cutAfter !== undefined && upload.bytes.length - start >= cutAfter) throw new Error('cut');
    }
  }

  async #putManifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: StoredRepository,
    reference: string,
  ): Promise<void> {
    const bytes = await bodyOf(request);
    const digest = sha256(bytes);
    if (reference.includes(':') && reference !== digest) throw new Refusal(400, 'DIGEST_INVALID');
    const manifest = JSON.parse(bytes.toString()) as Record<string, unknown> & { mediaType?: string };
    const type = request.headers['content-type'] ?? '';
    if (manifest.mediaType !== undefined && manifest.mediaType !== type) {
      throw new Refusal(400, 'MANIFEST_INVALID');
    }
    const named = (key: string) => [manifest[key] ?? []].flat() as unknown as readonly StoredDescriptor[];
    for (const { digest: blob, size } of [...named('config'), ...named('layers')]) {
      const isThere = repository.blobs.has(blob) && this.blobs.get(blob)?.length === size;
      if (!isThere) throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN');
    }
    for (const { digest: child } of named('manifests')) {
      if (!repository.manifests.has(child)) throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN');
    }
    repository.manifests.set(digest, { bytes, type });
    if (!reference.includes(':')) repository.tags.set(reference, digest);
    const [subject] = named('subject');
    const knows = subject !== undefined && this.#options.referrers !== false;
    end(response, 201, {
      ...{ location: `/v2/x/manifests/${digest}`, 'docker-content-digest': digest },
      ...(knows ? { 'oci-subject': subject.digest } : {}),
    });
  }

  #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: StoredRepository,
    reference: string,
  ): void {
    const digest = repository.tags.get(reference) ?? reference;
    const stored = repository.manifests.get(digest);
    if (stored === undefined) throw new Refusal(404, 'MANIFEST_UNKNOWN');
    const headers = { 'content-type': stored.type, 'docker-content-digest': digest, etag: `"${digest}"` };
    end(response, 200, headers, stored.bytes, request.method);
  }

  #referrers(response: ServerResponse, repository: StoredRepository, digest: string): void {
    if (this.#options.referrers === false) throw new Refusal(404, 'UNSUPPORTED');
    const manifests = [...repository.manifests].flatMap(([own, { bytes, type }]) => {
      const { subject, artifactType } = JSON.parse(bytes.toString()) as {
        subject?: { digest: string };
        artifactType?: string;
      };
      if (subject?.digest !== digest) return [];
      return [{ mediaType: type, digest: own, size: bytes.length, artifactType }];
    });
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    end(
      response,
      200,
      { 'content-type': mediaType },
      JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
    );
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function end(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
  method = 'GET',
): void {
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
