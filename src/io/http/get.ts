/**
 * A whole body in memory, for `Fetcher.get`: asked for, or asked about where an earlier run kept it; or the answer that
 * came of a request made ahead.
 */
import type { Fetched, GetRequest, Transfers } from '../../model/ports.ts';
import type { Ahead, AheadRequest, Begun } from './ahead.ts';
import { acceptEncoding, contentLength, readBody } from './body.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { nextLink } from './link.ts';
import { throughMirror } from './mirrors.ts';
import { openResponse, type Wire } from './redirects.ts';
import { answeredBy, discard, originName, type Exchange, type Response } from './response.ts';
import { withRetries, type RetryContext } from './retry.ts';
import { openAnswers, type Answers, type Remembered } from './revalidation.ts';
import { statusFailure } from './status.ts';
import { checkOriginUrl } from './url-rules.ts';
import type { ValidatorStore, Variant } from './validator-store.ts';

/** The fetcher decides these itself, at every hop. */
const ownHeaders =
  /^(?:authorization|proxy-.*|cookie|host|connection|range|accept-encoding|user-agent|if-.*|content-.*|transfer-encoding)$/i;

export interface Memory {
  readonly answers: Answers | undefined;
  readonly transfers: Transfers | undefined;
  readonly ahead: Ahead | undefined;
}

export async function get(
  wire: Wire,
  retries: RetryContext,
  { answers, transfers, ahead }: Memory,
  asked: URL,
  request: GetRequest,
): Promise<Fetched> {
  const { maxBytes, revalidate = false } = request;
  const variant = variantOf(wire, asked, request);
  const memory = revalidate ? answers : undefined;
  const early = memory === undefined ? undefined : aheadRequest(request);
  let begun = early && memory?.mayRecall(variant) ? ahead?.take(early) : undefined;
  const remembered = begun?.remembered ?? (await memory?.recall(variant, maxBytes));

  const deadline = startDeadline(wire.timeouts, retries.timing);
  const attempt = async () => {
    const came = await begun?.answer;
    begun = undefined;
    const { response, bytes } =
      came ?? (await obtain(wire, retries, { asked, remembered, deadline, transfers }, request));
    const answer = (bytes: Uint8Array, from: Fetched['from'], link: string | undefined): Fetched => ({
      ...{ bytes, from, ...answeredBy(response) },
      next: link === undefined ? undefined : absoluteLink(link, response),
      claimedDigest: claimedDigest(response),
    });
    if (bytes === undefined) {
      if (remembered === undefined) throw new TypeError('an answer about nothing');
      memory?.noteReused(variant);
      if (early !== undefined) ahead?.note(early);
      return answer(remembered.bytes, 'revalidated', remembered.next);
    }
    await memory?.noteFetched(variant, response, bytes, retries.timing.now());
    return answer(bytes, 'network', nextLink(response));
  };
  return withRetries(retries, asked.href, attempt, {
    overdue: (afterMs) => deadline.overdue({ asked, reached: variant.url }, maxBytes, afterMs),
  });
}

/** What of it another run can ask by itself; undefined for what needs more, such as a token of a registry. */
function aheadRequest(request: GetRequest): AheadRequest | undefined {
  const { url, maxBytes, coding = 'raw', headers = {}, withUserToken = false } = request;
  if (request.authorization !== undefined || request.onProgress !== undefined || request.mayBePlain === true)
    return undefined;
  return { url, maxBytes, coding, headers, withUserToken };
}

/** Throws what `checkOriginUrl` throws. */
export async function askAhead(
  wire: Wire,
  retries: RetryContext,
  store: ValidatorStore | undefined,
  request: AheadRequest,
): Promise<Begun | undefined> {
  const asked = checkOriginUrl(request.url);
  const remembered = await openAnswers(store, true).recall(variantOf(wire, asked, request), request.maxBytes);
  if (remembered === undefined) return undefined;
  const deadline = startDeadline(wire.timeouts, retries.timing);
  // Whoever takes it asks anew, and is told what is wrong.
  const answer = obtain(wire, retries, { asked, remembered, deadline }, request).catch(() => undefined);
  return { remembered, answer };
}

function variantOf(wire: Wire, asked: URL, { coding = 'raw', headers = {} }: Partial<GetRequest>): Variant {
  return { url: throughMirror(asked, wire.mirrors), coding, headers };
}

interface Obtaining {
  readonly asked: URL;
  readonly remembered: Remembered | undefined;
  readonly deadline: Deadline;
  readonly transfers?: Transfers | undefined;
}

/** One attempt. Throws TransportError. */
async function obtain(
  wire: Wire,
  retries: RetryContext,
  { asked, remembered, deadline, transfers }: Obtaining,
  { maxBytes, coding = 'raw', headers = {}, authorization, withUserToken = false, onProgress }: GetRequest,
): Promise<Exchange> {
  for (const name of Object.keys(headers)) {
    if (ownHeaders.test(name)) throw new TypeError(`the header ${name} is the fetcher's to set`);
  }
  const own = { 'accept-encoding': acceptEncoding[coding], ...remembered?.conditions };
  const response = await openResponse(wire, asked, { callers: headers, own, authorization, withUserToken });
  if (response.status === 304 && remembered !== undefined) {
    discard(response);
    return { response, bytes: undefined };
  }
  if (response.status !== 200) throw await statusFailure(response, retries.timing.now());
  const transfer = transfers?.begin(asked.href, contentLength(response));
  const reading = readBody(response, maxBytes, deadline, transfer?.advance, onProgress);
  return { response, bytes: await reading.finally(transfer?.end) };
}

/** At the origin, where it is to be asked for. */
function absoluteLink(link: string, response: Response): string {
  const target = URL.parse(link, response.reached.href);
  return target === null ? link : originName(response, target).href;
}

function claimedDigest({ headers }: Response): string | undefined {
  const value = headers['docker-content-digest'];
  return typeof value === 'string' ? value : undefined;
}
