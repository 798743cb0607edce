/**
 * Sends one request and follows its redirects (RFC 9110, section 15.4), with everything decided anew at each
 * hop: whether the URL may be asked at all, and whether it may see the GitHub token.
 */
import { TransportError } from '../../model/errors.ts';
import type { Connections } from './dispatcher.ts';
import { connectionFailure } from './failures.ts';
import { throughMirror } from './mirrors.ts';
import type { Mirror } from './mirrors.ts';
import type { Timeouts } from './options.ts';
import { describeRequest, discard, targetContext } from './response.ts';
import type { Response, Target } from './response.ts';
import { isLoopbackHost, printableUrl, urlFault } from './url-rules.ts';

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
}

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly body?: Uint8Array;
}

export interface RequestHeaders {
  /** The caller's: dropped when a redirect leads to another origin, but for Accept. */
  readonly callers: Readonly<Record<string, string>>;
  /** The fetcher's own (Accept-Encoding, Range, validators): sent on every hop. */
  readonly own: Readonly<Record<string, string>>;
  /** The caller's token, for the origin that is asked first and no other. */
  readonly bearer?: string | undefined;
}

/**
 * Asks for `asked` (an origin's URL, checked) at its mirror or origin. Returns the first answer that is
 * no redirect, whatever its status. Throws TransportError `REDIRECT_REFUSED` or what `connectionFailure`
 * makes of a broken connection.
 */
export async function openResponse(
  wire: Wire,
  asked: URL,
  headers: RequestHeaders,
  question: Question = { method: 'GET' },
): Promise<Response> {
  let reached = throughMirror(asked, wire.mirrors);
  let callers = headers.callers;
  let bearer = headers.bearer;
  let isElsewhere = false;
  let carriesToken = mayCarryToken({ asked, reached });
  const chain = [printableUrl(reached)];
  for (;;) {
    const sent: Record<string, string> = { ...callers, ...headers.own, 'user-agent': wire.userAgent };
    if (carriesToken && wire.githubToken) sent['authorization'] = `Bearer ${wire.githubToken}`;
    if (bearer !== undefined) sent['authorization'] = `Bearer ${bearer}`;
    const { method } = question;
    const target = method === 'GET' ? { asked, reached } : { method, asked, reached };
    const response = await send(wire, target, sent, question);
    if (!isRedirect(response)) return { ...response, isElsewhere };
    discard(response);
    if (question.method === 'POST') throw redirectedPost(response);
    const next = redirectTarget(response, wire.mirrors, chain);
    if (next.origin !== reached.origin) {
      callers = pickAccept(callers);
      // Once dropped, a token stays dropped: a redirect back must not fetch with our rights.
      carriesToken = false;
      bearer = undefined;
      isElsewhere = true;
    }
    chain.push(printableUrl(next));
    reached = next;
  }
}

async function send(
  wire: Wire,
  target: Target,
  headers: Record<string, string>,
  { method, body }: Question,
): Promise<Response> {
  const { reached } = target;
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
      headersTimeout: wire.timeouts.headersMs,
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

/** Sending the question on would show it to somebody else than was asked. */
function redirectedPost(response: Response): TransportError {
  return new TransportError(
    'REDIRECT_REFUSED',
    `${describeRequest(response)}: redirect refused: a question is not sent on`,
    { hint: 'Name the address that it redirects to.', context: targetContext(response) },
  );
}

function isRedirect({ status, headers }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;
}

/**
 * The token is for what was asked of https://api.github.com, and goes there alone. A mirror of it sees the
 * token only on this machine's loopback (tests, a local caching proxy): any other mirror is untrusted.
 */
export function mayCarryToken({ asked, reached }: Pick<Target, 'asked' | 'reached'>): boolean {
  return asked.origin === githubApi && (reached.origin === githubApi || isLoopbackHost(reached.hostname));
}

function pickAccept(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() === 'accept'));
}

/** Where an answer redirects to. Throws TransportError `REDIRECT_REFUSED`, with the chain in its context. */
function redirectTarget(response: Response, mirrors: readonly Mirror[], chain: readonly string[]): URL {
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
