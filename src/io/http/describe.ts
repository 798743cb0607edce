/**
 * Asking about a file without fetching it: HEAD (RFC 9110, section 9.3.2), and where that is refused or does not tell,
 * GET of its first byte (section 14.2). Static servers and presigned URLs know GET alone.
 */
import type { Described } from '../../model/ports.ts';
import { acceptEncoding, contentCoding, contentLength, unwantedCoding } from './body.ts';
import { openResponse, type Wire } from './redirects.ts';
import { answeredBy, cut, discard, type Response } from './response.ts';
import { statusFailure } from './status.ts';

const own = { 'accept-encoding': acceptEncoding.raw };

/** One attempt, of two requests at most. `needsSize`: HEAD alone will not do without it. Throws TransportError. */
export async function describe(
  wire: Wire,
  nowMs: number,
  asked: URL,
  needsSize: boolean,
): Promise<Described> {
  const response = await openResponse(wire, asked, { callers: {}, own }, { method: 'HEAD' });
  if (response.status === 200) {
    discard(response);
    const sizeBytes = contentCoding(response) === undefined ? contentLength(response) : undefined;
    // Servers that make up their answers say 0 of what they have not made.
    const isKnown = sizeBytes !== undefined && sizeBytes > 0;
    if (isKnown || !needsSize) return described(response, sizeBytes);
  } else {
    const failure = await statusFailure(response, nowMs);
    // What may pass is tried again, and 404 is about the file. The rest GET decides, as where HEAD is not known (500, 501).
    const isAboutHead = failure.code === 'HTTP_STATUS' && !failure.retryable;
    if (!isAboutHead && response.status !== 500 && response.status !== 501) throw failure;
  }
  return describeByFirstByte(wire, nowMs, asked);
}

/** Asks anew from `asked` on: a presigned URL that HEAD was led to is for HEAD alone. */
async function describeByFirstByte(wire: Wire, nowMs: number, asked: URL): Promise<Described> {
  const range = { ...own, range: 'bytes=0-0' };
  const response = await openResponse(wire, asked, { callers: {}, own: range });
  const isWhole = response.status === 200;
  if (isWhole || response.status === 206) {
    // Of a whole file, everything is still to come.
    (isWhole ? cut : discard)(response);
    // The length would be that of the coded body, whatever the file's is.
    if (contentCoding(response) !== undefined) throw unwantedCoding(response);
    return described(response, isWhole ? contentLength(response) : totalLength(response));
  }
  if (response.status === 416 && response.headers['content-range'] === 'bytes */0') {
    discard(response);
    return described(response, 0);
  }
  throw await statusFailure(response, nowMs);
}

/** Of a part from the first byte on (section 14.4), how long the whole is; undefined where that is not said. */
function totalLength({ headers }: Response): number | undefined {
  const [, total] = /^bytes 0-\d{1,15}\/(\d{1,15})$/.exec(String(headers['content-range'])) ?? [];
  return total === undefined ? undefined : Number(total);
}

function described(response: Response, sizeBytes: number | undefined): Described {
  const { 'content-type': contentType, 'last-modified': modified } = response.headers;
  const lastModified = typeof modified === 'string' ? new Date(modified) : undefined;
  return {
    ...answeredBy(response),
    sizeBytes,
    contentType: typeof contentType === 'string' ? contentType : undefined,
    lastModified:
      lastModified === undefined || Number.isNaN(lastModified.getTime()) ? undefined : lastModified,
  };
}
