/**
 * A registry that can be pushed to (OCI distribution specification 1.1), in memory and on loopback: uploads in sessions,
 * mounts, ranges, referrers, passwords and tokens. It is strict, so that what it takes other registries take: digests are
 * compared, chunks have to follow each other, and a manifest names nothing that is not there, unless it is credulous.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RegistryAccess, type RegistryAuth } from './loopback-registry/access.ts';
import { end, Refusal, sha256 } from './loopback-registry/answers.ts';
import { putManifest, sendBlob, sendManifest, sendReferrers } from './loopback-registry/content.ts';
import type { RegistryStore, StoredRepository } from './loopback-registry/store.ts';
import { RegistryUploads, type UploadOptions } from './loopback-registry/uploads.ts';

export { sha256 };

export interface LoopbackRegistryOptions extends UploadOptions {
  readonly auth?: RegistryAuth;
  /** Without it, `OCI-Subject` and the list of referrers are missing. */
  readonly referrers?: boolean;
}

export interface RegistryRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  status: number;
}

/** Answers in the registry's place, or returns false. */
export type Misbehaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  place: { readonly method: string; readonly path: string },
) => boolean;

export interface LoopbackRegistry extends Omit<RegistryStore, 'repository'> {
  readonly url: string;
  readonly log: RegistryRequest[];
  /** Asked first of all, while it is there. */
  misbehave?: Misbehaviour | undefined;
  close(): Promise<void>;
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

class State implements LoopbackRegistry, RegistryStore {
  readonly log: RegistryRequest[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly repositories = new Map<string, StoredRepository>();
  misbehave?: Misbehaviour | undefined;
  cutAfterBytes?: number | undefined;
  host = '';
  close = (): Promise<void> => Promise.resolve();
  readonly #access: RegistryAccess;
  readonly #uploads: RegistryUploads;
  readonly #knowsReferrers: boolean;
  readonly #isCredulous: boolean;

  constructor({ auth, referrers = true, ...uploads }: LoopbackRegistryOptions) {
    this.#access = new RegistryAccess(auth, () => this.host);
    this.#uploads = new RegistryUploads(this, uploads);
    this.#knowsReferrers = referrers;
    this.#isCredulous = uploads.isCredulous ?? false;
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
    if (url.pathname === '/token') return this.#access.giveToken(request, response, url);
    const [, name = '', kind = '', rest = ''] =
      /^\/v2\/(?:(.+?)\/(blobs|manifests|tags|referrers)\/(.*))?$/.exec(url.pathname) ?? [];
    this.#access.authorize(request, name, url);
    if (url.pathname === '/v2/') {
      end(response, 200, {}, '{}');
      return;
    }
    const repository = this.repository(name, request.method !== 'GET' && request.method !== 'HEAD');
    if (kind === 'blobs' && rest.startsWith('uploads/')) {
      return this.#uploads.answer(request, response, { url, name, id: rest.slice('uploads/'.length) });
    }
    if (kind === 'blobs') {
      sendBlob(request, response, { repository, blobs: this.blobs, digest: rest });
      return;
    }
    if (kind === 'manifests' && request.method === 'PUT') {
      const [knowsReferrers, isCredulous] = [this.#knowsReferrers, this.#isCredulous];
      const place = { repository, blobs: this.blobs, reference: rest, knowsReferrers, isCredulous };
      return putManifest(request, response, place);
    }
    if (kind === 'manifests') {
      sendManifest(request, response, repository, rest);
      return;
    }
    if (kind === 'referrers' && this.#knowsReferrers) {
      sendReferrers(response, repository, rest);
      return;
    }
    if (kind === 'tags') {
      end(response, 200, {}, JSON.stringify({ name, tags: [...repository.tags.keys()] }));
      return;
    }
    throw new Refusal(404, 'UNSUPPORTED');
  }

  repository(name: string, isMade: boolean): StoredRepository {
    const known = this.repositories.get(name) ?? { blobs: new Set(), manifests: new Map(), tags: new Map() };
    if (isMade) this.repositories.set(name, known);
    return known;
  }
}
