/**
 * The embedded upstream's server: loopback HTTP for virtual hosts by path, so that
 * `--mirror https://ftp.debian.org=http://127.0.0.1:PORT/ftp.debian.org` leads to it. Files come from
 * memory or from a folder, with ETag and Range as a static server has them (RFC 9110); any path can be
 * told to misbehave.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviours.ts';

export interface UpstreamServerOptions {
  /** By host and path: `ftp.debian.org/debian/dists/trixie/InRelease`. Changes show at once. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** A folder, laid out in the same way, for what is not among `files`. */
  readonly directory?: string;
  /** Before each answer. */
  readonly latencyMs?: number;
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
  /** From now on `path` behaves so; without a behaviour it is served honestly again. */
  override(path: string, behaviour?: Behaviour): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, on a port of the system's choice. */
export async function startUpstreamServer(options: UpstreamServerOptions): Promise<UpstreamServer> {
  const overrides = new Map<string, Behaviour>();
  const log: LoggedRequest[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://loopback').pathname).slice(1);
    const { socket, method = 'GET', headers } = request;
    const before = socket.bytesWritten;
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : 0;
      log.push({ method, path, status, range: headers.range, sentBytes: socket.bytesWritten - before });
    });
    if (options.latencyMs !== undefined) await sleep(options.latencyMs);
    const behaviour = overrides.get(path);
    if (behaviour !== undefined) {
      behaviour(request, response);
      return;
    }
    const bytes = options.files?.get(path) ?? (await readBelow(options.directory, path));
    if (bytes === undefined) response.writeHead(404).end('not found\n');
    else sendFile(request, response, bytes);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    log,
    override(path, behaviour) {
      if (behaviour === undefined) overrides.delete(path);
      else overrides.set(path, behaviour);
    },
    close: () =>
      new Promise((closed, failed) => {
        server.close((error) => (error === undefined ? closed() : failed(error)));
        server.closeAllConnections();
      }),
  };
}

/** A file below the folder, never one above it; undefined where there is none. */
async function readBelow(directory: string | undefined, path: string): Promise<Uint8Array | undefined> {
  if (directory === undefined) return undefined;
  const file = resolve(directory, path);
  if (!file.startsWith(resolve(directory) + sep)) return undefined;
  return readFile(file).catch(() => undefined);
}

function sendFile(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  const { 'if-none-match': known, 'if-range': wanted } = request.headers;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  if (known?.split(/\s*,\s*/).includes(etag) === true) {
    response.writeHead(304).end();
    return;
  }
  const range = wanted === undefined || wanted === etag ? parseRange(request.headers.range) : undefined;
  if (range === undefined) {
    send(request, response, 200, bytes);
    return;
  }
  if (range.first >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${String(bytes.length)}` }).end();
    return;
  }
  const part = bytes.subarray(range.first, range.last === undefined ? undefined : range.last + 1);
  const last = range.first + part.length - 1;
  response.setHeader('content-range', `bytes ${String(range.first)}-${String(last)}/${String(bytes.length)}`);
  send(request, response, 206, part);
}

/** One range that begins somewhere: others are ignored, as the RFC allows. */
function parseRange(header: string | undefined): { first: number; last: number | undefined } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  return { first: Number(first), last: last === '' ? undefined : Number(last) };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: Uint8Array): void {
  response.writeHead(status, { 'content-length': body.length });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}
