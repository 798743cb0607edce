/** Requests that fetch no file: asking about one (HEAD), and asking a service (POST). */
import type { Described, Fetched, PostRequest } from '../../model/ports.ts';
import { acceptEncoding, contentLength, readBody } from './body.ts';
import { startDeadline } from './deadline.ts';
import { openResponse, type Wire } from './redirects.ts';
import { discard } from './response.ts';
import type { RetryContext } from './retry.ts';
import { statusFailure } from './status.ts';

/** One attempt. Throws TransportError. */
export async function describe(wire: Wire, retries: RetryContext, asked: URL): Promise<Described> {
  const own = { 'accept-encoding': acceptEncoding.raw };
  const response = await openResponse(wire, asked, { callers: {}, own }, { method: 'HEAD' });
  discard(response);
  if (response.status !== 200) throw statusFailure(response, retries.timing.now());
  const { 'content-type': contentType, 'last-modified': modified } = response.headers;
  const lastModified = typeof modified === 'string' ? new Date(modified) : undefined;
  return {
    finalUrl: response.reached.href,
    sizeBytes: contentLength(response),
    contentType: typeof contentType === 'string' ? contentType : undefined,
    lastModified:
      lastModified === undefined || Number.isNaN(lastModified.getTime()) ? undefined : lastModified,
  };
}

/** One attempt, in the time that is allowed for its answer. Throws TransportError. */
export async function post(
  wire: Wire,
  retries: RetryContext,
  asked: URL,
  { body, contentType, maxBytes }: PostRequest,
): Promise<Fetched> {
  const own = {
    accept: 'application/json',
    'accept-encoding': acceptEncoding.decoded,
    'content-type': contentType,
  };
  const response = await openResponse(wire, asked, { callers: {}, own }, { method: 'POST', body });
  if (response.status < 200 || response.status > 299) {
    discard(response);
    throw statusFailure(response, retries.timing.now());
  }
  const deadline = startDeadline(wire.timeouts, retries.timing);
  const bytes = await readBody(response, maxBytes, 'decoded', deadline);
  return { bytes, finalUrl: response.reached.href, from: 'network' };
}
