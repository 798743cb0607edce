/**
 * Reads bodies with a bound: on the wire and after decoding, and against the Content-Length that was said.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { TransportError } from '../../model/errors.ts';
import { release } from './block.ts';
import type { Deadline } from './deadline.ts';
import { connectionFailure } from './failures.ts';
import { cut, describeRequest, targetContext } from './response.ts';
import type { Response } from './response.ts';

/** What `Accept-Encoding` to send for each of the port's codings. */
export const acceptEncoding = { raw: 'identity', decoded: 'gzip' } as const;

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/** A server that sends less than this within the stall time-out has stalled, though bytes keep dropping in. */
const leastBytesInStallTime = 1024;

/** The length the server announces, in bytes on the wire. */
export function contentLength({ headers }: Response): number | undefined {
  const value = headers['content-length'];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/**
 * The body as it comes over the wire, in the time that is allowed for `sizeBytes`. Leaving the loop early cuts the
 * connection. Throws TransportError `TRUNCATED` (also where it is not as long as Content-Length says) and `TIMED_OUT`,
 * both retryable but for the end of all time.
 */
export async function* wireChunks(
  response: Response,
  deadline: Deadline,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const announced = contentLength(response);
  let received = 0;
  let window = { bytes: 0, waitedMs: 0 };
  let askedAtMs = performance.now();
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      window.bytes += chunk.byteLength;
      // Time that the reader takes for itself is none of the server's.
      window.waitedMs += performance.now() - askedAtMs;
      if (window.waitedMs >= response.stallMs) {
        if (window.bytes < leastBytesInStallTime) throw trickle(response);
        window = { bytes: 0, waitedMs: 0 };
      }
      const overdue = deadline.overdue(response, sizeBytes);
      if (overdue !== undefined) throw overdue;
      yield chunk;
      askedAtMs = performance.now();
    }
  } catch (error) {
    throw connectionFailure(error, response, 'body');
  }
  if (announced !== undefined && received !== announced) {
    throw new TransportError(
      'TRUNCATED',
      `${describeRequest(response)}: expected ${announced} bytes, found ${received}`,
      {
        context: { ...targetContext(response), expectedBytes: announced, foundBytes: received },
        retryable: true,
      },
    );
  }
}

/** A whole body of at most `maxBytes`, on the wire and decoded. Throws TransportError `TOO_LARGE` beyond. */
export async function readBody(
  response: Response,
  maxBytes: number,
  coding: 'raw' | 'decoded',
  deadline: Deadline,
): Promise<Uint8Array> {
  if ((contentLength(response) ?? 0) > maxBytes) {
    cut(response);
    throw tooLarge(response, maxBytes);
  }
  // One buffer of the announced size, since chunks kept until the end would cost the size twice.
  let wire = Buffer.allocUnsafe(contentLength(response) ?? 0);
  let received = 0;
  for await (const chunk of wireChunks(response, deadline, contentLength(response) ?? maxBytes)) {
    const end = received + chunk.byteLength;
    if (end > maxBytes) throw tooLarge(response, maxBytes);
    if (end > wire.byteLength) wire = grown(wire, end, maxBytes);
    wire.set(chunk, received);
    release([chunk]);
    received = end;
  }
  wire = wire.subarray(0, received);
  return coding === 'raw' ? wire : decode(response, wire, maxBytes);
}

function grown(buffer: Buffer, neededBytes: number, maxBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.min(Math.max(neededBytes, 2 * buffer.byteLength, 16_384), maxBytes));
  larger.set(buffer);
  return larger;
}

async function decode(response: Response, wire: Buffer, maxBytes: number): Promise<Uint8Array> {
  const header = response.headers['content-encoding'];
  const coding = String(header ?? 'identity')
    .trim()
    .toLowerCase();
  if (coding === 'identity') return wire;
  const decoder = decoders.get(coding);
  if (decoder === undefined) {
    throw new TransportError(
      'HTTP_STATUS',
      `${describeRequest(response)}: expected content coding gzip, found ${JSON.stringify(coding)}`,
      { context: { ...targetContext(response), contentEncoding: coding } },
    );
  }
  try {
    // Zlib insists on room for one byte at least.
    return await decoder(wire, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(response, maxBytes);
    throw new TransportError('TRUNCATED', `${describeRequest(response)}: the body is not valid ${coding}`, {
      context: targetContext(response),
      retryable: true,
      cause: error,
    });
  }
}

function trickle(response: Response): TransportError {
  return new TransportError(
    'TIMED_OUT',
    `${describeRequest(response)}: fewer than ${leastBytesInStallTime} bytes in ${response.stallMs} ms`,
    { context: targetContext(response), retryable: true, hint: 'Check the network, or try again later.' },
  );
}

function tooLarge(response: Response, maxBytes: number): TransportError {
  return new TransportError('TOO_LARGE', `${describeRequest(response)}: more than ${maxBytes} bytes`, {
    hint: 'No file of this kind is that large: check the URL, or the mirror that answers for it.',
    context: { ...targetContext(response), maxBytes },
  });
}
