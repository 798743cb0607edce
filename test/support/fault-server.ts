/**
 * A loopback HTTP(S) server that misbehaves on demand, for tests of everything that fetches.
 *
 *   const server = await startFaultServer();
 *   server.on('/file', status(503), file(bytes, { etag: '"a"' }));
 *
 * The first request for a path gets the first behaviour, the next one the next; the last one stays.
 * A behaviour writes one answer, well or badly. All requests are recorded with their headers.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface SeenRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface FaultServer {
  /** `http://127.0.0.1:PORT`, or https. */
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** True once a client's connection is gone while its answer was still being written. */
  readonly cutConnections: number;
  on(path: string, ...behaviours: Behaviour[]): void;
  requestsTo(path: string): readonly SeenRequest[];
  close(): Promise<void>;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** The certificate (PEM) that the server has under `tls`: pass it as `ca`. */
export const loopbackCertificate = fixture('loopback.crt.pem');

/** A certificate and its key, PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** Listens on 127.0.0.1, on a port of the system's choice. Paths without behaviours answer 404. */
export async function startFaultServer({
  tls = false,
}: { readonly tls?: boolean | TlsIdentity } = {}): Promise<FaultServer> {
  const routes = new Map<string, Behaviour[]>();
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let cutConnections = 0;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    requests.push({ path, headers: request.headers });
    response.on('close', () => void (cutConnections += response.writableFinished ? 0 : 1));
    const behaviours = routes.get(path) ?? [];
    const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    (behaviour ?? status(404))(request, response);
  }
  const loopback = { cert: loopbackCertificate, key: fixture('loopback.key.pem') };
  const server =
    tls === false ? createHttpServer(answer) : createHttpsServer(tls === true ? loopback : tls, answer);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === false ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    get cutConnections() {
      return cutConnections;
    },
    on: (path, ...behaviours) => void routes.set(path, behaviours),
    requestsTo: (path) => requests.filter((request) => request.path === path),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An empty answer with a status. */
export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => response.writeHead(code, { 'content-length': '0', ...headers }).end();
}

export function redirect(location: string, code = 302): Behaviour {
  return status(code, { location });
}

/** A whole body with Content-Length, whatever was asked for. */
export function body(bytes: Uint8Array | string, headers: Record<string, string> = {}): Behaviour {
  const buffer = Buffer.from(bytes);
  return (_request, response) =>
    response.writeHead(200, { 'content-length': String(buffer.byteLength), ...headers }).end(buffer);
}

/** A file as a good server has it: validators, 304, and ranges that honour If-Range. */
export function file(
  bytes: Uint8Array,
  validators: { etag?: string; lastModified?: string } = {},
): Behaviour {
  const headers: Record<string, string> = {};
  if (validators.etag !== undefined) headers['etag'] = validators.etag;
  if (validators.lastModified !== undefined) headers['last-modified'] = validators.lastModified;
  const isCurrent = (value: unknown) => value === validators.etag || value === validators.lastModified;
  return (request, response) => {
    const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers;
    if (ifNoneMatch !== undefined && ifNoneMatch === validators.etag) {
      response.writeHead(304, headers).end();
      return;
    }
    const from = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    if (from === undefined || (ifRange !== undefined && !isCurrent(ifRange))) {
      body(bytes, headers)(request, response);
      return;
    }
    const contentRange = `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`;
    partial(bytes.subarray(Number(from)), contentRange, headers)(request, response);
  };
}

/** 206 with whatever Content-Range (none if undefined), however wrong. */
export function partial(
  bytes: Uint8Array,
  contentRange: string | undefined,
  headers: Record<string, string> = {},
): Behaviour {
  const named = contentRange === undefined ? {} : { 'content-range': contentRange };
  return (_request, response) =>
    response.writeHead(206, { 'content-length': String(bytes.byteLength), ...named, ...headers }).end(bytes);
}

/**
 * Announces all of `bytes`, sends the first `count` and cuts the connection: after `waitMs`, since what a reader has
 * not taken by then is lost to it.
 */
export function truncated(
  bytes: Uint8Array,
  count: number,
  headers: Record<string, string> = {},
  waitMs = 5,
): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': String(bytes.byteLength), ...headers });
    // Only once the bytes are on their way: what is still queued would go down with the socket.
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.socket?.destroy(), waitMs));
  };
}

/** Begins to answer with the rest of a file (206), and cuts the connection before the first byte of it. */
export function cutAtOnce(announcedBytes: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(206, { 'content-length': String(announcedBytes), ...headers }).flushHeaders();
    setTimeout(() => response.socket?.destroy(), 5);
  };
}

/** Announces all of `bytes`, sends the first `count` and nothing more, ever. */
export function stalled(bytes: Uint8Array, count: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': String(bytes.byteLength), ...headers });
    response.write(bytes.subarray(0, count));
  };
}

/** No length announced: the end of the connection is the end of the body. */
export function withoutLength(bytes: Uint8Array, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
    response.writeHead(200, headers).end(bytes);
  };
}

/** Chunked, without a length. */
export function chunked(bytes: Uint8Array, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(200, headers);
    response.write(bytes);
    response.end();
  };
}

/** Sends without end, for as long as somebody listens. */
export function endless(headers: Record<string, string> = {}): Behaviour {
  const chunk = Buffer.alloc(16 * 1024);
  return (_request, response) => {
    response.writeHead(200, headers);
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
  };
}

/** Announces all of `bytes`, and sends one of them every few milliseconds. */
export function trickling(bytes: Uint8Array): Behaviour {
  return (_request, response) => {
    let sent = 0;
    response.writeHead(200, { 'content-length': String(bytes.byteLength) });
    const timer = setInterval(() => response.write(bytes.subarray(sent, ++sent)), 10);
    response.on('close', () => clearInterval(timer));
  };
}

/** Says "103 Early Hints" again and again, and nothing else. */
export function hinting(): Behaviour {
  return (_request, response) => {
    const timer = setInterval(() => response.writeEarlyHints({ link: '</x>; rel=preload' }), 10);
    response.on('close', () => clearInterval(timer));
  };
}

/** Writes these very bytes in place of an HTTP answer, and ends the connection. */
export function verbatim(text: string): Behaviour {
  return (request) => request.socket.end(text);
}

/** Takes the request and never answers. */
export function silent(): Behaviour {
  return () => undefined;
}

/** Cuts the connection in place of an answer. */
export function hungUp(): Behaviour {
  return (request) => request.socket.destroy();
}
