/**
 * Sends one request and follows its redirects (RFC 9110, section 15.4), with everything decided anew at each
 * hop: whether the URL may be asked at all, and whether it may see the GitHub token.
 */
import type { Readable } from 'node:stream';
import { TransportError } from '../../model/errors.ts';
import { isLoopbackHost } from '../../model/loopback.ts';
import type { Authorization } from '../../model/http-exchange.ts';
import { printableUrl } from '../../model/url-text.ts';
import type { Connections } from './dispatcher.ts';
import { connectionFailure } from './failures.ts';
import { isUnder, mirrorFor, redirectedTo, throughMirror } from './mirrors.ts';
import type { Mirror } from './mirrors.ts';
import type { FetcherOptions, Timeouts } from './options.ts';
import { describeRequest, discard, originName, targetContext } from './response.ts';
import type { Response, Target } from './response.ts';
import { urlFault } from './url-rules.ts';

const maxRedirects = 5;

/** 1xx answers before the real one: each renews undici's time-out, so that without a bound they go on for ever. */
const maxInformational = 16;

/** Of a body: undici's own 64 KiB would stop and start the connection at every read, a tenth of a large download. */
const bufferedBytes = 1024 * 1024;

const githubApi = 'https://api.github.com';

/** What every request of a fetcher shares. */
export interface Wire {
  readonly connections: Connections;
  readonly mirrors: readonly Mirror[];
  readonly githubToken: string | undefined;
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  /** Of what was asked of an origin: the URLs that a redirect led to a mirror which nobody answers for. */
  readonly diverted: Set<string>;
  readonly onAnswer?: FetcherOptions['onAnswer'];
}

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly body?: Uint8Array | Readable;
  /** See `Target`. */
  readonly shown?: string;
  /** Of the body: it takes its time, before there is anything to answer. */
  readonly sizeBytes?: number;
}

export interface RequestHeaders {
  /** The caller's: dropped when a redirect leads elsewhere, but for Accept. */
  readonly callers: Readonly<Record<string, string>>;
  /** The fetcher's own (Accept-Encoding, Range, validators): sent on every hop. */
  readonly own: Readonly<Record<string, string>>;
  /** The caller's, for the place that is asked first and no other. */
  readonly authorization?: Authorization | undefined;
  /** Asked on the user's behalf: see `mayCarryToken`. */
  readonly withUserToken?: boolean;
}

/**
 * Asks for `asked` (an origin's URL, checked) at its mirror or origin, and so for what it redirects to. Returns the
 * first answer that is no redirect, whatever its status. Throws TransportError `REDIRECT_REFUSED` or what `connectionFailure`
 * makes of a broken connection.
 */
export async function openResponse(
  wire: Wire,
  asked: URL,
  headers: RequestHeaders,
  question: Question = { method: 'GET' },
): Promise<Response> {
  let mirror = mirrorFor(asked, wire.mirrors);
  const home = mirror?.url ?? asked.origin;
  let reached = throughMirror(asked, wire.mirrors);
  let isElsewhere = false;
  let isForGood = true;
  const movedTo: string[] = [];
  const chain = [printableUrl(reached)];
  for (;;) {
    const { method, shown } = question;
    const target = {
      ...{ asked, reached },
      ...(method === 'GET' ? {} : { method }),
      ...(shown === undefined ? {} : { shown }),
    };
    const sent = { ...headersFor(wire, target, headers, isElsewhere), 'user-agent': wire.userAgent };
    const response = await send(wire, target, sent, question);
    wire.onAnswer?.({ method, url: printableUrl(reached), status: response.status });
    if (!isRedirect(response)) return { ...response, isElsewhere, mirror, movedTo };
    discard(response);
    if (question.method !== 'GET' && question.method !== 'HEAD') throw sentOn(response);
    isForGood &&= response.status === 301 || response.status === 308;
    const next = redirectTarget(response, wire.mirrors, chain);
    // A mirror may send on within itself, whatever else its host is mirrored for.
    const isWithin = mirror !== undefined && isUnder(next, mirror.url);
    if (!isWithin) mirror = mirrorFor(next, wire.mirrors);
    if (mirror !== undefined && mirror.isTrusted !== true) wire.diverted.add(asked.href);
    reached = isWithin ? next : redirectedTo(next, wire.mirrors);
    // For good: a redirect back must not fetch with our rights.
    isElsewhere ||= !isUnder(reached, home);
    chain.push(printableUrl(reached));
    if (isForGood) movedTo.push(originName({ mirror }, reached).href);
  }
}

/** An answer of one hop. */
type RawResponse = Omit<Response, 'isElsewhere' | 'mirror' | 'movedTo'>;

/** Whoever answers elsewhere than at the place that was asked gets nothing that was meant for it. */
function headersFor(
  wire: Wire,
  target: Target,
  { callers, own, authorization, withUserToken }: RequestHeaders,
  isElsewhere: boolean,
): Record<string, string> {
  if (isElsewhere) return { ...pickAccept(callers), ...own };
  const token = withUserToken === true && mayCarryToken(wire, target) ? wire.githubToken : undefined;
  const header = token === undefined ? authorizationHeader(wire, target, authorization) : `Bearer ${token}`;
  return { ...callers, ...own, ...(header === undefined ? {} : { authorization: header }) };
}

function authorizationHeader(
  wire: Wire,
  target: Target,
  authorization: Authorization | undefined,
): string | undefined {
  if (authorization === undefined) return undefined;
  const { scheme, credentials, isSecret } = authorization;
  // RFC 9110, section 11.2 (token68): nothing that could end a header.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(credentials)) throw new TypeError('the credentials are none');
  return isSecret === true && !isPrivate(wire, target) ? undefined : `${scheme} ${credentials}`;
}

async function send(
  wire: Wire,
  target: Target,
  headers: Record<string, string>,
  { method, body, sizeBytes = 0 }: Question,
): Promise<RawResponse> {
  const { reached } = target;
  const { headersMs, leastBytesPerSecond } = wire.timeouts;
  const giveUp = new AbortController();
  let informational = 0;
  try {
    const { statusCode, ...answer } = await wire.connections.dispatcherFor(reached).request({
      method,
      ...(body === undefined ? {} : { body }),
      origin: reached.origin,
      path: `${reached.pathname}${reached.search}`,
      headers,
      // Once more: undici does not hand the pool's to the connections to a plain HTTP proxy.
      headersTimeout: headersMs + Math.ceil((1000 * sizeBytes) / leastBytesPerSecond),
      bodyTimeout: wire.timeouts.stallMs,
      signal: giveUp.signal,
      highWaterMark: bufferedBytes,
      onInfo: () => {
        if (++informational > maxInformational) giveUp.abort(tooInformational(target));
      },
    });
    const { stallMs } = wire.timeouts;
    return { ...target, status: statusCode, headers: answer.headers, body: answer.body, stallMs };
  } catch (error) {
    throw connectionFailure(error, target, 'request');
  }
}

function tooInformational(target: Target): TransportError {
  return new TransportError(
    'UNREACHABLE',
    `${describeRequest(target)}: more than ${maxInformational} informational answers (1xx), and no other`,
    { context: targetContext(target) },
  );
}

/** Sending a body on would show it to somebody else than was asked. */
function sentOn(response: RawResponse): TransportError {
  return new TransportError(
    'REDIRECT_REFUSED',
    `${describeRequest(response)}: redirect refused: what is sent is not sent on`,
    { hint: 'Name the address that it redirects to.', context: targetContext(response) },
  );
}

function isRedirect({ status, headers }: RawResponse): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;
}

/** The user's token is for what is asked of https://api.github.com on the user's behalf, and goes there alone. */
export function mayCarryToken(wire: Wire, target: Pick<Target, 'asked' | 'reached'>): boolean {
  const { githubToken } = wire;
  if (githubToken === undefined || githubToken === '' || target.asked.origin !== githubApi) return false;
  return isPrivate(wire, target);
}

/**
 * May the user's secrets for an origin be sent? A mirror of it sees them only on this machine's loopback (tests, a local
 * caching proxy): any other mirror is untrusted, and so is a proxy that would read along.
 */
export function isPrivate(
  { connections }: Wire,
  { asked, reached }: Pick<Target, 'asked' | 'reached'>,
): boolean {
  if (reached.protocol === 'https:' && reached.origin === asked.origin) return true;
  return isLoopbackHost(reached.hostname) && connections.isDirect(reached);
}

function pickAccept(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() === 'accept'));
}

/** Where an answer redirects to. Throws TransportError `REDIRECT_REFUSED`, with the chain in its context. */
function redirectTarget(response: RawResponse, mirrors: readonly Mirror[], chain: readonly string[]): URL {
  const { asked, reached, headers } = response;
  const location = headers['location'];
  const next = typeof location === 'string' ? URL.parse(location, reached.href) : null;
  const refuse = (fault: string) =>
    new TransportError('REDIRECT_REFUSED', `${describeRequest(response)}: redirect refused: ${fault}`, {
      hint: 'Check the URL in the catalogue, or the mirror that answers for it.',
      context: { ...targetContext(response), chain: next === null ? chain : [...chain, printableUrl(next)] },
    });
  if (chain.length > maxRedirects) throw refuse(`more than ${maxRedirects} in a row`);
  if (next === null) throw refuse('its Location is not a URL');
  if (reached.protocol === 'https:' && next.protocol === 'http:') {
    throw refuse(`from HTTPS to plain HTTP (${printableUrl(next)})`);
  }
  const isMirror = mirrors.some((mirror) => new URL(mirror.url).origin === next.origin);
  // Where it was asked for may be asked again: plain HTTP was good enough there, if it was that.
  const isAsked = next.origin === asked.origin;
  const fault = urlFault(next, isMirror || isAsked || isLoopbackHost(next.hostname));
  if (fault !== undefined) throw refuse(`to ${printableUrl(next)}: ${fault}`);
  next.hash = '';
  return next;
}
