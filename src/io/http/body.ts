/**
 * Reads bodies with a bound: on the wire and after decoding, and against the Content-Length that was said.
 */
import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, gunzipSync, inflate } from 'node:zlib';
import { TransportError } from '../../model/errors.ts';
import type { GetRequest } from '../../model/ports.ts';
import { release } from './block.ts';
import type { Deadline } from './deadline.ts';
import { connectionFailure } from './failures.ts';
import { cut, describeRequest, targetContext } from './response.ts';
import type { Response } from './response.ts';

/** What `Accept-Encoding` to send for each of the port's codings. */
export const acceptEncoding = { raw: 'identity', decoded: 'gzip' } as const;

/** Named when they are called: until then nobody loads zlib. */
const decoders = new Map([
  ['gzip', () => promisify(gunzip)],
  ['x-gzip', () => promisify(gunzip)],
  ['deflate', () => promisify(inflate)],
  ['br', () => promisify(brotliDecompress)],
]);

/** A server that sends less than this within the stall time-out has stalled, though bytes keep dropping in. */
const leastBytesInStallTime = 1024;

/** The length the server announces, in bytes on the wire. */
export function contentLength({ headers }: Response): number | undefined {
  const value = headers['content-length'];
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** What a body was coded with for the way (RFC 9110, section 8.4); undefined for nothing. */
export function contentCoding({ headers }: Response): string | undefined {
  const coding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase();
  return coding === '' || coding === 'identity' ? undefined : coding;
}

/** For an answer that is coded where it must not be, or with what nobody asked for. Another attempt would say the same. */
export function unwantedCoding(response: Response): TransportError {
  const coding = contentCoding(response);
  return new TransportError(
    'HTTP_STATUS',
    `${describeRequest(response)}: the answer has the content coding ${JSON.stringify(coding)}, which was not asked for`,
    {
      hint: 'Switch off compression for these files where they are served, at the mirror or a proxy in between.',
      context: { ...targetContext(response), contentEncoding: coding },
    },
  );
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

/**
 * A whole body of at most `maxBytes`, whatever it was coded with. Throws TransportError `TOO_LARGE` beyond, and as
 * `wireChunks` and `decode` do.
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  deadline: Deadline,
  onBytes?: (count: number) => void,
  onProgress?: GetRequest['onProgress'],
): Promise<Uint8Array> {
  // What does not compress grows by its coding: a header, and five bytes for each block.
  const mostBytes = contentCoding(response) === undefined ? maxBytes : maxBytes + 1024 + (maxBytes >> 10);
  if ((contentLength(response) ?? 0) > mostBytes) {
    cut(response);
    throw tooLarge(response, maxBytes);
  }
  // One buffer of the announced size, since chunks kept until the end would cost the size twice.
  let wire = Buffer.allocUnsafe(contentLength(response) ?? 0);
  let received = 0;
  const startedMs = performance.now();
  for await (const chunk of wireChunks(response, deadline, contentLength(response) ?? maxBytes)) {
    const count = chunk.byteLength;
    const end = received + count;
    if (end > mostBytes) throw tooLarge(response, maxBytes);
    if (end > wire.byteLength) wire = grown(wire, end, mostBytes);
    wire.set(chunk, received);
    release([chunk]);
    received = end;
    onBytes?.(count);
    onProgress?.(received, performance.now() - startedMs);
  }
  return decode(response, wire.subarray(0, received), maxBytes);
}

function grown(buffer: Buffer, neededBytes: number, maxBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.min(Math.max(neededBytes, 2 * buffer.byteLength, 16_384), maxBytes));
  larger.set(buffer);
  return larger;
}

/** Throws TransportError: `HTTP_STATUS` for a coding that is not known here, `TRUNCATED`, `TOO_LARGE`. */
async function decode(response: Response, wire: Buffer, maxBytes: number): Promise<Uint8Array> {
  const coding = contentCoding(response);
  if (coding === undefined || isLabelOfFile(response, wire)) return wire;
  const decoder = decoders.get(coding);
  if (decoder === undefined) throw unwantedCoding(response);
  try {
    // Zlib insists on room for one byte at least.
    return await decoder()(wire, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(response, maxBytes);
    throw new TransportError('TRUNCATED', `${describeRequest(response)}: the body is not valid ${coding}`, {
      context: targetContext(response),
      retryable: true,
      cause: error,
    });
  }
}

/**
 * Some servers (Apache's AddEncoding) call a file itself coded that ends in .gz: it is as it should be. One that was
 * compressed once more for the way holds gzip.
 */
function isLabelOfFile({ asked }: Response, wire: Buffer): boolean {
  if (!/\.t?gz$/i.test(asked.pathname)) return false;
  try {
    // Of the beginning alone: the whole may be a hundred times larger than any cap.
    const start = gunzipSync(wire.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
    return start[0] !== 0x1f || start[1] !== 0x8b;
  } catch {
    return true;
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
