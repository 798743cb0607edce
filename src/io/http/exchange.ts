/** One request with its body, and the status and headers of the answer: see `Fetcher.exchange`. */
import { Readable } from 'node:stream';
import type { Exchanged, ExchangeRequest } from '../../model/http-exchange.ts';
import { printableUrl } from '../../model/url-text.ts';
import { acceptEncoding } from './body.ts';
import { openResponse, type Wire } from './redirects.ts';
import { discard, originName, type Response } from './response.ts';
import { statusFailure } from './status.ts';

/** `nowMs`: the machine's time. Throws TransportError. */
export async function exchange(
  wire: Wire,
  nowMs: () => number,
  asked: URL,
  { method, headers = {}, body, authorization, accepted }: ExchangeRequest,
): Promise<Exchanged> {
  const changes = method !== 'GET' && method !== 'HEAD';
  const own = {
    'accept-encoding': acceptEncoding.raw,
    ...(changes ? { 'content-length': String(body?.sizeBytes ?? 0) } : {}),
  };
  const sent = body && { body: Readable.from(copies(body.stream())), sizeBytes: body.sizeBytes };
  const response = await openResponse(
    wire,
    asked,
    { callers: headers, own, authorization },
    { method, ...sent, shown: printableUrl(asked) },
  );
  if (!accepted.includes(response.status)) {
    throw await statusFailure(response, nowMs(), accepted.join(' or '));
  }
  discard(response);
  return { status: response.status, headers: single(response), location: locationOf(response) };
}

/** Pieces are lent, and a stream is read ahead. */
async function* copies(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const piece of pieces) yield Uint8Array.from(piece);
}

function single({ headers }: Response): Exchanged['headers'] {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]));
}

function locationOf(response: Response): string | undefined {
  const text = [response.headers['location']].flat()[0];
  const url = text === undefined ? null : URL.parse(text, response.reached.href);
  return url === null ? undefined : originName(response, url).href;
}
