/** Asking a service (POST): a question that changes nothing there. */
import type { Fetched, PostRequest } from '../../model/ports.ts';
import { acceptEncoding, readBody } from './body.ts';
import { startDeadline } from './deadline.ts';
import { openResponse, type Wire } from './redirects.ts';
import { answeredBy } from './response.ts';
import type { RetryContext } from './retry.ts';
import { statusFailure } from './status.ts';

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
    throw await statusFailure(response, retries.timing.now());
  }
  const deadline = startDeadline(wire.timeouts, retries.timing);
  const bytes = await readBody(response, maxBytes, deadline);
  return { bytes, from: 'network', ...answeredBy(response) };
}
