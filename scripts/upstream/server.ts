/**
 * The embedded upstream's server: loopback HTTP for virtual hosts by path, so that
 * `--mirror https://ftp.debian.org=http://127.0.0.1:PORT/ftp.debian.org` leads to it. Files come from
 * memory or from a folder, with ETag and Range as a static server has them (RFC 9110); a path can have a
 * handler of its own, and any path can be told to misbehave.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from './behaviours.ts';
import { contentHex, contentSize, type Content } from './virtual-file.ts';

export interface UpstreamServerOptions {
  /** By host and path: `ftp.debian.org/debian/dists/trixie/InRelease`. Changes show at once. */
  readonly files?: ReadonlyMap<string, Content>;
  /** Handlers by host and path, for what is no file: they come before the files. */
  readonly routes?: ReadonlyMap<string, Behaviour>;
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
    // As S3 reads a path: a bare plus is a blank, so that who asks without encoding it finds nothing.
    const { pathname } = new URL(request.url ?? '/', 'http://loopback');
    const path = decodeURIComponent(pathname.replaceAll('+', ' ')).slice(1);
    const { socket, method = 'GET', headers } = request;
    const before = socket.bytesWritten;
    response.on('close', () => {
      const status = response.headersSent ? response.statusCode : 0;
      log.push({ method, path, status, range: headers.range, sentBytes: socket.bytesWritten - before });
    });
    if (options.latencyMs !== undefined) await sleep(options.latencyMs);
    const behaviour = overrides.get(path) ?? options.routes?.get(path);
    if (behaviour !== undefined) {
      behaviour(request, response);
      return;
    }
    const content = options.files?.get(path) ?? (await readBelow(options.directory, path));
    if (content === undefined) response.writeHead(404).end('not found\n');
    else await sendFile(request, response, content);
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

async function sendFile(request: IncomingMessage, response: ServerResponse, content: Content): Promise<void> {
  const [etag, sizeBytes] = [etagOf(content), contentSize(content)];
  const { 'if-none-match': known, 'if-range': wanted } = request.headers;
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  if (known?.split(/\s*,\s*/).includes(etag) === true) {
    response.writeHead(304).end();
    return;
  }
  const range = wanted === undefined || wanted === etag ? parseRange(request.headers.range) : undefined;
  if (range === undefined) {
    await send(request, response, 200, content, 0, sizeBytes);
    return;
  }
  if (range.first >= sizeBytes) {
    response.writeHead(416, { 'content-range': `bytes */${String(sizeBytes)}` }).end();
    return;
  }
  const last = Math.min(range.last ?? sizeBytes, sizeBytes - 1);
  response.setHeader('content-range', `bytes ${String(range.first)}-${String(last)}/${String(sizeBytes)}`);
  await send(request, response, 206, content, range.first, last + 1);
}

/** By the digest of what is in memory; by the first bytes of what is not, since hashing that takes long. */
function etagOf(content: Content): string {
  if (content instanceof Uint8Array) return `"${contentHex(content, 'sha256').slice(0, 32)}"`;
  const [start = Buffer.alloc(0)] = content.slices(0, 16);
  return `"${start.toString('hex')}-${content.sizeBytes.toString(16)}"`;
}

/** One range that begins somewhere: others are ignored, as the RFC allows. */
function parseRange(header: string | undefined): { first: number; last: number | undefined } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  return { first: Number(first), last: last === '' ? undefined : Number(last) };
}

/** The bytes from `first` up to `end`, which is not among them. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  content: Content,
  first: number,
  end: number,
): Promise<void> {
  response.writeHead(status, { 'content-length': end - first });
  if (request.method === 'HEAD') response.end();
  else if (content instanceof Uint8Array) response.end(content.subarray(first, end));
  else await pipeline(Readable.from(content.slices(first, end)), response);
}
