/** One file as a static server sends it (RFC 9110): validators, 304, one range; chunked or compressed where that is the host's way. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { Line } from './line.ts';
import { contentHex, contentSize, readContent, type Content } from './virtual-file.ts';

/** `streams`: without a length, and compressed for whoever accepts gzip. `line`: what is in memory goes over it. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Content,
  streams: boolean,
  line?: Line,
): Promise<void> {
  const [etag, sizeBytes] = [etagOf(content), contentSize(content)];
  const { 'if-none-match': known, 'if-range': wanted } = request.headers;
  if (streams && acceptsGzip(request)) {
    response.setHeader('etag', `W/${etag}`);
    if (isListed(known, `W/${etag}`)) response.writeHead(304).end();
    else sendGzip(request, response, readContent(content));
    return;
  }
  response.setHeader('etag', etag);
  response.setHeader('accept-ranges', 'bytes');
  if (isListed(known, etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = wanted === undefined || wanted === etag ? parseRange(request.headers.range) : undefined;
  if (range === undefined) {
    if (!streams) response.setHeader('content-length', sizeBytes);
    response.writeHead(200);
    await sendBody(request, response, content, [0, sizeBytes], line);
    return;
  }
  if (range.first >= sizeBytes) {
    response.writeHead(416, { 'content-range': `bytes */${String(sizeBytes)}` }).end();
    return;
  }
  const last = Math.min(range.last ?? sizeBytes, sizeBytes - 1);
  response.writeHead(206, {
    'content-range': `bytes ${String(range.first)}-${String(last)}/${String(sizeBytes)}`,
    'content-length': last + 1 - range.first,
  });
  await sendBody(request, response, content, [range.first, last + 1], line);
}

export function acceptsGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(headers['accept-encoding']?.toString() ?? '');
}

/** Status 200, chunked: how long it gets is not known when compression begins. */
export function sendGzip(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' });
  response.end(request.method === 'HEAD' ? undefined : gzipSync(bytes));
}

function isListed(known: string | undefined, etag: string): boolean {
  return known?.split(/\s*,\s*/).includes(etag) === true;
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
async function sendBody(
  { method }: IncomingMessage,
  response: ServerResponse,
  content: Content,
  [first, end]: readonly [number, number],
  line?: Line,
): Promise<void> {
  if (method === 'HEAD') response.end();
  else if (content instanceof Uint8Array) {
    const pieceBytes = line === undefined ? Infinity : 32 << 10;
    let at = first;
    for (; end - at > pieceBytes && !response.destroyed; at += pieceBytes) {
      await line?.(pieceBytes);
      response.write(content.subarray(at, at + pieceBytes));
    }
    await line?.(end - at);
    response.end(content.subarray(at, end));
  } else await pipeline(Readable.from(content.slices(first, end)), response);
}
