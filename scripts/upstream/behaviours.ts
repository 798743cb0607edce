/** What an upstream may do in place of answering honestly: one function an attack or a fault. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Writes one answer, well or badly. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

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
