/** What an upstream may do in place of answering honestly: one function an attack or a fault. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** Writes one answer, well or badly. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, place: Place) => void;

/** Where a request came in, as the server sees it. */
export interface Place {
  /** Host and path, as files are named; behind a redirect those of the file, whoever keeps it. */
  readonly path: string;
  /** A redirect led here: what its query proves stands for a token. */
  readonly isElsewhere: boolean;
  /** The `Location` of another path, for whoever asks as this request did. */
  locationOf(path: string): string;
  /** The URL at which another host keeps what is at this path; `isSigned`: with a query that expires. */
  keptBy(host: string, options?: { readonly isSigned?: boolean }): string;
  /** Answers as if nothing here had been told to misbehave. */
  answerHonestly(): void;
}

/** Other bytes under the same name. */
export function substitute(bytes: Uint8Array): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  };
}

/** A status without the file, for example 503 with `{ 'retry-after': '1' }`. */
export function refuse(status: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(status, headers).end(`${String(status)}\n`);
  };
}

/** What object storage says of what is not there to somebody who may not list it, or of a query that has expired. */
export function refuseAsStorage(code: 'AccessDenied' | 'AuthenticationFailed', message: string): Behaviour {
  return (_request, response) => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
    response.writeHead(403, { 'content-type': 'application/xml' }).end(xml);
  };
}

/** Sends the first `afterBytes`, then nothing more, and does not hang up. */
export function stall(bytes: Uint8Array, afterBytes: number): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, afterBytes));
  };
}

/** Sends the first `afterBytes`, then cuts the connection. */
export function cut(bytes: Uint8Array, afterBytes: number): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, afterBytes), () => response.destroy());
  };
}

/** Sends the client elsewhere: a reference on this server (`/github.com/…`), as a reverse proxy rewrites it. */
export function redirect(location: string): Behaviour {
  return (_request, response) => {
    response.writeHead(302, { location, 'content-length': 0 }).end();
  };
}

/**
 * What `host` keeps: here there is a redirect alone, and there the answer. The query of a request is lost on the way,
 * as at registry.k8s.io.
 */
export function kept(host: string, status: 302 | 307, behaviour: Behaviour, isSigned = false): Behaviour {
  return (request, response, place) => {
    if (place.isElsewhere) behaviour(request, response, place);
    else
      response.writeHead(status, { location: place.keptBy(host, { isSigned }), 'content-length': 0 }).end();
  };
}

/** Misbehaves so often, and is honest from then on. */
export function atFirst(behaviour: Behaviour, times = 1): Behaviour {
  let left = times;
  return (request, response, place) => {
    if (left > 0) {
      left -= 1;
      behaviour(request, response, place);
    } else {
      place.answerHonestly();
    }
  };
}

/** A HEAD is answered as for a gzip of the file, whatever codings were asked for; a GET honestly. */
export function codedHead(bytes: Uint8Array): Behaviour {
  const sizeBytes = gzipSync(bytes).length;
  return ({ method }, response, place) => {
    if (method !== 'HEAD') place.answerHonestly();
    else response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': sizeBytes }).end();
  };
}
