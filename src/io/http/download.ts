/**
 * One download of a known size into a sink, resumed where the connection broke (RFC 9110, section 14:
 * Range, If-Range, Content-Range). The bytes are not verified here: the caller hashes what the sink got.
 */
import { TransportError, VerificationError } from '../../model/errors.ts';
import type { ByteSink, DownloadRequest } from '../../model/ports.ts';
import { openBlock, release, type Block } from './block.ts';
import { acceptEncoding, contentCoding, contentLength, unwantedCoding, wireChunks } from './body.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { throughMirror } from './mirrors.ts';
import { openResponse } from './redirects.ts';
import type { Wire } from './redirects.ts';
import { cut, describeRequest, targetContext } from './response.ts';
import type { Response } from './response.ts';
import { withRetries } from './retry.ts';
import type { RetryContext } from './retry.ts';
import { statusFailure } from './status.ts';
import { checkEtag, validatorsOf } from './validators.ts';

/** Carries what the sink threw past the retries, whatever its class: it is the sink's own, and final. */
class SinkFailure extends Error {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    super('the sink failed', { cause: thrown });
    this.thrown = thrown;
  }
}

/** An attempt that brings less has not got further: a few bytes for each connection would go on for days. */
const leastGainBytes = 64 * 1024;

interface Job {
  readonly wire: Wire;
  readonly retries: RetryContext;
  readonly asked: URL;
  readonly request: DownloadRequest;
  readonly sink: ByteSink;
  readonly deadline: Deadline;
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
  const job: Job = {
    wire,
    retries,
    asked,
    request,
    sink,
    deadline: startDeadline(wire.timeouts, retries.timing),
    hasStartedOver: false,
    ...startOf(wire, asked, request),
  };
  const reached = throughMirror(asked, wire.mirrors);
  let furthestBefore = job.offset;
  const attempt = async () => {
    furthestBefore = job.furthest;
    await stream(job, await openAtOffset(job));
  };
  try {
    await withRetries(retries, asked.href, attempt, {
      madeProgress: () => job.furthest - furthestBefore >= leastGainBytes,
      overdue: (afterMs) => job.deadline.overdue({ asked, reached }, request.sizeBytes, afterMs),
    });
  } catch (error) {
    throw error instanceof SinkFailure ? error.thrown : error;
  }
}

/** What an earlier run left; the validators of one server say nothing about what another has. */
function startOf(
  wire: Wire,
  asked: URL,
  { resumeFrom }: DownloadRequest,
): Pick<Job, 'offset' | 'furthest' | 'validator'> {
  const offset = resumeFrom?.offsetBytes ?? 0;
  const isHere = resumeFrom?.version.url === throughMirror(asked, wire.mirrors).href;
  return { offset, furthest: offset, validator: isHere ? resumeFrom.version.validator : undefined };
}

/** An answer whose body goes on at `job.offset`, which is 0 afterwards where resuming was not possible. */
async function openAtOffset(job: Job): Promise<Response> {
  const { wire, asked, request, retries } = job;
  const range: Record<string, string> =
    job.offset > 0 && job.validator !== undefined
      ? { range: `bytes=${job.offset}-`, 'if-range': job.validator }
      : {};
  const own = { 'accept-encoding': acceptEncoding.raw, ...range };
  const response = await openResponse(wire, asked, {
    callers: {},
    own,
    authorization: request.authorization,
  });

  if ('range' in range && (response.status === 206 || response.status === 416)) {
    const fault = rangeFault(job, response);
    if (fault === undefined) return response;
    cut(response);
    if (job.hasStartedOver) throw rangeMismatch(response, fault);
    job.hasStartedOver = true;
    await restart(job);
    return openAtOffset(job);
  }
  if (response.status !== 200) {
    throw await statusFailure(response, retries.timing.now());
  }
  requireLength(response, request.sizeBytes);
  // From the start: this is the first answer, the server does not resume, or the file is another one now.
  await restart(job);
  // A coded body is not gone on from: where its rest is not coded, the two are no file.
  const isCoded = contentCoding(response) !== undefined;
  const validator = isCoded ? undefined : strongValidator(response, retries.timing.now());
  job.validator = validator;
  const url = throughMirror(asked, wire.mirrors).href;
  await intoSink(async () => job.sink.begin?.(validator === undefined ? undefined : { url, validator }));
  return response;
}

async function stream(job: Job, response: Response): Promise<void> {
  const { sizeBytes } = job.request;
  const block = openBlock();
  let isMore = false;
  try {
    for await (const piece of wireChunks(response, job.deadline, sizeBytes)) {
      isMore = job.offset + block.sizeBytes + piece.byteLength > sizeBytes;
      if (isMore) break;
      if (block.add(piece)) await deliver(job, block);
    }
    await deliver(job, block);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    // What came before the connection broke is gone on from. Where that is all, the break takes nothing away from it.
    await deliver(job, block);
    if (job.offset === sizeBytes) return;
    throw error;
  }
  if (isMore) throw sizeMismatch(response, sizeBytes, `more than ${sizeBytes}`);
  if (job.offset !== sizeBytes) throw sizeMismatch(response, sizeBytes, String(job.offset));
}

async function deliver(job: Job, block: Block): Promise<void> {
  const { sizeBytes } = block;
  if (sizeBytes === 0) return;
  const pieces = block.take();
  await intoSink(() => job.sink.write(pieces));
  release(pieces);
  job.offset += sizeBytes;
  job.furthest = Math.max(job.furthest, job.offset);
  job.request.onBytes?.(sizeBytes);
}

async function restart(job: Job): Promise<void> {
  if (job.offset > 0) await intoSink(() => job.sink.restart());
  job.offset = 0;
  job.validator = undefined;
}

async function intoSink(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw new SinkFailure(error);
  }
}

/** If-Range takes a strong ETag or a date (RFC 9110, section 13.1.5); a weak ETag may cover other bytes. */
function strongValidator(response: Response, receivedAtMs: number): string | undefined {
  const { etag, lastModified } = validatorsOf(response, receivedAtMs);
  return etag?.startsWith('"') === true ? etag : lastModified;
}

/** What is wrong with the answer to a request for the rest of a file, or undefined. */
function rangeFault(
  { offset, validator, request: { sizeBytes } }: Job,
  response: Response,
): string | undefined {
  const expected = `bytes ${offset}-${sizeBytes - 1}/${sizeBytes}`;
  const found = response.headers['content-range'];
  if (response.status === 416) return `expected Content-Range "${expected}", found status 416`;
  if (found !== expected)
    return `expected Content-Range "${expected}", found ${JSON.stringify(found ?? null)}`;
  const announced = contentLength(response) ?? sizeBytes - offset;
  if (announced !== sizeBytes - offset)
    return `expected ${sizeBytes - offset} more bytes, found ${announced}`;
  const etag = checkEtag(response.headers['etag']);
  const isOtherFile = validator?.startsWith('"') && etag !== undefined && etag !== validator;
  return isOtherFile ? `expected ETag ${validator}, found ${etag}` : undefined;
}

function rangeMismatch(response: Response, fault: string): TransportError {
  return new TransportError('RANGE_MISMATCH', `${describeRequest(response)}: cannot be resumed: ${fault}`, {
    hint: 'The server or mirror answers range requests wrongly; try another mirror.',
    context: targetContext(response),
  });
}

function requireLength(response: Response, sizeBytes: number): void {
  const announced = contentLength(response);
  if (announced === undefined || announced === sizeBytes) return;
  cut(response);
  throw sizeMismatch(response, sizeBytes, String(announced));
}

/** Compressed for the way, no body has the size of its file: that says nothing about the file. */
function sizeMismatch(
  response: Response,
  sizeBytes: number,
  found: string,
): VerificationError | TransportError {
  if (contentCoding(response) !== undefined) return unwantedCoding(response);
  return new VerificationError(
    'SIZE_MISMATCH',
    `${describeRequest(response)}: expected ${sizeBytes} bytes, found ${found}`,
    {
      hint: 'The file is not the one that was resolved: upstream or the mirror changed it.',
      context: { ...targetContext(response), expectedBytes: sizeBytes, foundBytes: found },
    },
  );
}
