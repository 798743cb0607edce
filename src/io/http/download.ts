/**
 * One download of a known size into a sink, resumed where the connection broke (RFC 9110, section 14:
 * Range, If-Range, Content-Range). The bytes are not verified here: the caller hashes what the sink got.
 */
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { ByteSink, DownloadRequest } from '../../model/ports.ts';
import { acceptEncoding, contentLength, wireChunks } from './body.ts';
import { openResponse } from './redirects.ts';
import type { Wire } from './redirects.ts';
import { cut, describeTarget, discard, targetContext } from './response.ts';
import type { Response } from './response.ts';
import { withRetries } from './retry.ts';
import type { RetryContext } from './retry.ts';
import { validatorsOf } from './revalidation.ts';
import { statusFailure } from './status.ts';

/** Carries what the sink threw past the retries, whatever its class: it is the sink's own, and final. */
class SinkFailure extends Error {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    super('the sink failed', { cause: thrown });
    this.thrown = thrown;
  }
}

interface Progress {
  /** Bytes that the sink holds. */
  offset: number;
  /** The most it ever held. */
  furthest: number;
  /** What names the version of the file that these bytes are of; without it there is no resuming. */
  validator: string | undefined;
  hasStartedOver: boolean;
}

/** See `Fetcher.download`. `asked`: the origin's URL, checked. */
export async function download(
  wire: Wire,
  retries: RetryContext,
  asked: URL,
  request: DownloadRequest,
  sink: ByteSink,
): Promise<void> {
  const progress: Progress = { offset: 0, furthest: 0, validator: undefined, hasStartedOver: false };
  let furthestBefore = 0;
  const attempt = async () => {
    furthestBefore = progress.furthest;
    const response = await openAt(wire, retries, asked, request, progress, sink);
    await stream(response, request, progress, sink);
  };
  try {
    await withRetries(retries, asked.href, attempt, () => progress.furthest > furthestBefore);
  } catch (error) {
    throw error instanceof SinkFailure ? error.thrown : error;
  }
}

/** An answer whose body goes on at `progress.offset`, which is 0 where resuming was not possible. */
async function openAt(
  wire: Wire,
  retries: RetryContext,
  asked: URL,
  request: DownloadRequest,
  progress: Progress,
  sink: ByteSink,
): Promise<Response> {
  if (progress.validator === undefined) await restart(progress, sink);
  const { offset, validator } = progress;
  const own: Record<string, string> = { 'accept-encoding': acceptEncoding.raw };
  if (offset > 0 && validator !== undefined)
    Object.assign(own, { range: `bytes=${offset}-`, 'if-range': validator });
  const response = await openResponse(wire, asked, { callers: {}, own });

  if (offset > 0 && (response.status === 206 || response.status === 416)) {
    const fault = rangeFault(response, offset, request.sizeBytes, validator);
    if (fault === undefined) return response;
    cut(response);
    if (progress.hasStartedOver) throw rangeMismatch(response, fault);
    progress.hasStartedOver = true;
    await restart(progress, sink);
    return openAt(wire, retries, asked, request, progress, sink);
  }
  if (response.status !== 200) {
    discard(response);
    throw statusFailure(response, retries.timing.now());
  }
  // The server does not resume, or the file is another than before.
  await restart(progress, sink);
  progress.validator = strongValidator(response);
  requireLength(response, request.sizeBytes);
  return response;
}

async function stream(
  response: Response,
  { sizeBytes, onBytes }: DownloadRequest,
  progress: Progress,
  sink: ByteSink,
): Promise<void> {
  try {
    for await (const chunk of wireChunks(response)) {
      if (progress.offset + chunk.byteLength > sizeBytes) {
        throw sizeMismatch(response, sizeBytes, `more than ${sizeBytes}`);
      }
      await intoSink(() => sink.write(chunk));
      progress.offset += chunk.byteLength;
      progress.furthest = Math.max(progress.furthest, progress.offset);
      onBytes?.(chunk.byteLength);
    }
  } catch (error) {
    // All the bytes are here: that the connection broke after the last one takes nothing away from them.
    if (error instanceof TransportError && progress.offset === sizeBytes) return;
    throw error;
  }
  if (progress.offset !== sizeBytes) throw sizeMismatch(response, sizeBytes, String(progress.offset));
}

async function restart(progress: Progress, sink: ByteSink): Promise<void> {
  if (progress.offset > 0) await intoSink(() => sink.restart());
  progress.offset = 0;
  progress.validator = undefined;
}

async function intoSink(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw new SinkFailure(error);
  }
}

/** If-Range takes a strong ETag or a date (RFC 9110, section 13.1.5); a weak ETag may cover other bytes. */
function strongValidator(response: Response): string | undefined {
  const { etag, lastModified } = validatorsOf(response);
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

/** What is wrong with the answer to a request for the rest of a file, or undefined. */
function rangeFault(
  response: Response,
  offset: number,
  sizeBytes: number,
  validator: string | undefined,
): string | undefined {
  const expected = `bytes ${offset}-${sizeBytes - 1}/${sizeBytes}`;
  const found = response.headers['content-range'];
  if (response.status === 416) return `expected Content-Range "${expected}", found status 416`;
  if (found !== expected)
    return `expected Content-Range "${expected}", found ${JSON.stringify(found ?? null)}`;
  const announced = contentLength(response) ?? sizeBytes - offset;
  if (announced !== sizeBytes - offset)
    return `expected ${sizeBytes - offset} more bytes, found ${announced}`;
  const { etag } = validatorsOf(response);
  const isOtherFile = validator?.startsWith('"') && etag !== undefined && etag !== validator;
  return isOtherFile ? `expected ETag ${validator}, found ${etag}` : undefined;
}

function rangeMismatch(response: Response, fault: string): TransportError {
  return new TransportError(
    'RANGE_MISMATCH',
    `GET ${describeTarget(response)}: cannot be resumed: ${fault}`,
    {
      hint: 'The server or mirror answers range requests wrongly; try another mirror.',
      context: targetContext(response),
    },
  );
}

function requireLength(response: Response, sizeBytes: number): void {
  const announced = contentLength(response);
  if (announced === undefined || announced === sizeBytes) return;
  cut(response);
  throw sizeMismatch(response, sizeBytes, String(announced));
}

function sizeMismatch(response: Response, sizeBytes: number, found: string): VerificationError {
  return new VerificationError(
    'SIZE_MISMATCH',
    `GET ${describeTarget(response)}: expected ${sizeBytes} bytes, found ${found}`,
    {
      hint: 'The file is not the one that was resolved: upstream or the mirror changed it.',
      context: { ...targetContext(response), expectedBytes: sizeBytes, foundBytes: found },
    },
  );
}
