/**
 * The embedded upstream's server: loopback HTTP(S) for virtual hosts by path, so that
 * `--mirror https://ftp.debian.org=http://127.0.0.1:PORT/ftp.debian.org` leads to it. Files come from
 * memory or from a folder; a path can have a handler of its own, and any path can be told to misbehave.
 *
 * A second port stands for everybody whom the first leads on to: storage and CDNs, each by its own name. Whoever asks
 * for a host by its name, as through a proxy, is led on by names as well.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { isIPv6, type AddressInfo } from 'node:net';
import { resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kept, refuseAsStorage, type Behaviour, type Place } from './behaviours.ts';
import { realHosts, type Hosts } from './hosts.ts';
import { createLine } from './line.ts';
import { createSignedLinks } from './signed-links.ts';
import { sendFile } from './static-file.ts';
import type { Content } from './virtual-file.ts';

export interface UpstreamServerOptions {
  /** By host and path: `ftp.debian.org/debian/dists/trixie/InRelease`. Changes show at once. */
  readonly files?: ReadonlyMap<string, Content>;
  /** Handlers by host and path, for what is no file: they come before the files. */
  readonly routes?: ReadonlyMap<string, Behaviour>;
  /** A folder, laid out in the same way, for what is not among `files`. */
  readonly directory?: string;
  /** Before each answer. */
  readonly latencyMs?: number;
  /** Of files in memory, over all connections together; as fast as can be where nothing is said. */
  readonly bytesPerSecond?: number;
  /** As the real ones, where nothing is said. */
  readonly hosts?: Hosts;
  /** How long a signed URL is good for; five minutes where nothing is said. */
  readonly linkLifetimeMs?: number;
  /** By which signed URLs expire: this machine's clock where nothing is said. */
  readonly now?: () => number;
  /** A certificate and its key (PEM): HTTPS, on both ports. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Of the loopback: 127.0.0.1 where nothing is said. */
  readonly address?: '127.0.0.1' | '::1';
}

export interface LoggedRequest {
  readonly method: string;
  /** As in `files`. */
  readonly path: string;
  /** 0 while there is no answer. */
  readonly status: number;
  readonly range: string | undefined;
  /** What went over the wire for it, headers included. */
  readonly sentBytes: number;
}

export interface UpstreamServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  /** In the order in which the requests came; an entry is there once its answer is over. */
  readonly log: readonly LoggedRequest[];
  /** The same of those that a redirect led on: each path has the host that keeps it before it. */
  readonly logElsewhere: readonly LoggedRequest[];
  /** From now on `path` behaves so, as either log has it; without a behaviour it is served honestly again. */
  override(path: string, behaviour?: Behaviour): void;
  close(): Promise<void>;
}

/** Listens on loopback, on ports of the system's choice. */
export async function startUpstreamServer(options: UpstreamServerOptions): Promise<UpstreamServer> {
  const { hosts = realHosts, linkLifetimeMs = 300_000, now = Date.now } = options;
  const line = options.bytesPerSecond === undefined ? undefined : createLine(options.bytesPerSecond);
  const overrides = new Map<string, Behaviour>();
  const logs: [LoggedRequest[], LoggedRequest[]] = [[], []];
  const links = createSignedLinks(linkLifetimeMs, now);
  /** Whom redirects have led to, and whether their URLs are signed. */
  const keepers = new Map<string, boolean>();

  async function answer(request: IncomingMessage, response: ServerResponse, port: 0 | 1): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const named = hostOf(request);
    // As S3 reads a path: a bare plus is a blank, so that who asks without encoding it finds nothing.
    const pathname = decodeURIComponent(url.pathname.replaceAll('+', ' ')).slice(1);
    const full = named === undefined ? pathname : `${named}/${pathname}`;
    const isElsewhere = port === 1 || (named !== undefined && keepers.has(named));
    const { socket, method = 'GET', headers } = request;
    const before = socket.bytesWritten;
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : 0;
      const sentBytes = socket.bytesWritten - before;
      logs[isElsewhere ? 1 : 0].push({ method, path: full, status, range: headers.range, sentBytes });
    });
    if (options.latencyMs !== undefined) await sleep(options.latencyMs);

    const [keeper = ''] = full.split('/', 1);
    const path = isElsewhere ? full.slice(keeper.length + 1) : full;
    const place: Place = {
      ...{ path, isElsewhere },
      locationOf: (to) => (named === undefined ? `/${encodePath(to)}` : `https://${encodePath(to)}`),
      keptBy(host, { isSigned = false } = {}) {
        keepers.set(host, isSigned);
        const at = `${host}/${path}`;
        const base = named === undefined ? `${urls[1]}/` : 'https://';
        return `${base}${encodePath(at)}${isSigned ? `?${links.sign(at)}` : ''}`;
      },
      answerHonestly() {
        honestly(request, response, place).catch(() => response.destroy());
      },
    };
    if (isElsewhere && keepers.get(keeper) === true && !links.isGood(full, url.searchParams)) {
      refuseAsStorage('AuthenticationFailed', 'Signature not valid in the specified time frame')(
        request,
        response,
        place,
      );
      return;
    }
    const behaviour = overrides.get(full);
    if (behaviour === undefined) await honestly(request, response, place);
    else behaviour(request, response, place);
  }

  async function honestly(request: IncomingMessage, response: ServerResponse, place: Place): Promise<void> {
    const { path, isElsewhere } = place;
    const route = options.routes?.get(path);
    if (route !== undefined) {
      route(request, response, place);
      return;
    }
    const { keptBy, isStorage = false, streams } = hosts[path.split('/', 1)[0] ?? ''] ?? {};
    const content = options.files?.get(path) ?? (await readBelow(options.directory, path));
    if (keptBy !== undefined && !isElsewhere && (keptBy.paths?.test(path) ?? true)) {
      const isSigned = keptBy.isSigned === true;
      if (content !== undefined || !isSigned) {
        kept(keptBy.host, 302, () => undefined, isSigned)(request, response, place);
        return;
      }
    }
    if (content !== undefined) {
      await sendFile(request, response, content, streams?.test(path) ?? false, line);
    } else if (isStorage) refuseAsStorage('AccessDenied', 'Access Denied')(request, response, place);
    else response.writeHead(404).end('not found\n');
  }

  const listeners = ([0, 1] as const).map((port): RequestListener => (request, response) => {
    answer(request, response, port).catch(() => response.destroy());
  });
  const servers = await Promise.all(listeners.map((listener) => listen(listener, options)));
  const urls = servers.map(({ url }) => url);
  return {
    url: urls[0] ?? '',
    log: logs[0],
    logElsewhere: logs[1],
    override(path, behaviour) {
      if (behaviour === undefined) overrides.delete(path);
      else overrides.set(path, behaviour);
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

async function listen(
  listener: RequestListener,
  { tls, address = '127.0.0.1' }: UpstreamServerOptions,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((listening) => server.listen(0, address, listening));
  const { port } = server.address() as AddressInfo;
  const host = isIPv6(address) ? `[${address}]` : address;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}:${String(port)}`,
    close: () =>
      new Promise((closed, failed) => {
        server.close((error) => (error === undefined ? closed() : failed(error)));
        server.closeAllConnections();
      }),
  };
}

/** The name of the host that was asked for, where it is one: by its address, this server is a mirror of them all. */
function hostOf({ headers }: IncomingMessage): string | undefined {
  const { hostname } = new URL(`http://${headers.host ?? 'localhost'}`);
  return /^(?:127\.|\[::1\]$|localhost$)/.test(hostname) ? undefined : hostname;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A file below the folder, never one above it; undefined where there is none. */
async function readBelow(directory: string | undefined, path: string): Promise<Uint8Array | undefined> {
  if (directory === undefined) return undefined;
  const file = resolve(directory, path);
  if (!file.startsWith(resolve(directory) + sep)) return undefined;
  return readFile(file).catch(() => undefined);
}
