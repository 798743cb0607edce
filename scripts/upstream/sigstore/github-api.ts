/** How GitHub's REST API answers: with a quota for whoever shows no token, ETags, gzip, and no length. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Behaviour } from '../behaviours.ts';
import { acceptsGzip, sendGzip } from '../static-file.ts';

export interface ApiAnswer {
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Counts requests without a token, and refuses those beyond `limit`. A 304 costs nothing. */
export function createQuota(limit: number, resetAt: Date) {
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
  const described = { ...headers, etag: etagOf(json), 'content-type': 'application/json; charset=utf-8' };
  const text = JSON.stringify(json);
  if (acceptsGzip(request)) sendGzip(request, response, Buffer.from(text), described);
  // Without a length: chunked.
  else response.writeHead(200, described).end(text);
}

function isKnown(request: IncomingMessage, json: unknown): boolean {
  return request.headers['if-none-match'] === etagOf(json);
}

function etagOf(json: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(json)).digest('hex')}"`;
}
