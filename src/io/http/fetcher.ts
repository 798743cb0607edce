/**
 * The network as the core sees it: `Fetcher` over undici. What is fetched is not believed here: signatures
 * and digests are checked by the callers. This layer bounds what a server can do meanwhile: how many bytes,
 * how long, from where.
 */
import type { Fetched, Fetcher, GetRequest, Transfers } from '../../model/ports.ts';
import { acceptEncoding, contentLength, readBody } from './body.ts';
import { startDeadline } from './deadline.ts';
import { describe } from './describe.ts';
import { openConnections } from './dispatcher.ts';
import { download } from './download.ts';
import { exchange } from './exchange.ts';
import { checkMirror, isTrustedOrigin, throughMirror } from './mirrors.ts';
import * as defaults from './options.ts';
import type { FetcherOptions } from './options.ts';
import { nextLink } from './link.ts';
import { post } from './questions.ts';
import { isPrivate, mayCarryToken, openResponse } from './redirects.ts';
import type { Wire } from './redirects.ts';
import { answeredBy, discard, originName } from './response.ts';
import type { Response } from './response.ts';
import { withRetries } from './retry.ts';
import type { RetryContext } from './retry.ts';
import { openAnswers, type Answers } from './revalidation.ts';
import { statusFailure } from './status.ts';
import { checkOriginUrl } from './url-rules.ts';
import { createValidatorStore, type Variant } from './validator-store.ts';

/** The fetcher decides these itself, at every hop. */
const ownHeaders =
  /^(?:authorization|proxy-.*|cookie|host|connection|range|accept-encoding|user-agent|if-.*|content-.*|transfer-encoding)$/i;

/** Throws UsageError `USAGE` if the URL of a proxy or mirror is none. `close` cuts what is under way. */
export function createFetcher(options: FetcherOptions): Fetcher & { close(): Promise<void> } {
  const timeouts = { ...defaults.defaultTimeouts, ...options.timeouts };
  const connections = openConnections({
    proxies: options.proxies ?? {},
    timeouts,
    maxConnectionsPerOrigin: options.maxConnectionsPerOrigin ?? defaults.defaultMaxConnectionsPerOrigin,
    ca: options.ca,
  });
  const wire: Wire = {
    connections,
    mirrors: (options.mirrors ?? []).map((mirror) => checkMirror(mirror)),
    githubToken: options.githubToken,
    userAgent: options.userAgent ?? defaults.defaultUserAgent,
    timeouts,
    diverted: new Set(),
    onAnswer: options.onAnswer,
  };
  const closing = new AbortController();
  const retries: RetryContext = {
    policy: { ...defaults.defaultRetry, ...options.retry },
    timing: { ...defaults.machineTiming, ...options.timing },
    signal: closing.signal,
    onRetry: options.onRetry,
  };
  const store = options.cacheDir === undefined ? undefined : createValidatorStore(options.cacheDir);
  const getWith = (answers?: Answers, transfers?: Transfers) => async (request: GetRequest) =>
    get(wire, retries, { answers, transfers }, checkOriginUrl(request.url, request.mayBePlain), request);
  const fetcher: Fetcher = {
    registryCredentials: options.registryCredentials,
    isPrivate(url) {
      const asked = checkOriginUrl(url);
      return isPrivate(wire, { asked, reached: throughMirror(asked, wire.mirrors) });
    },
    hasTokenFor(url) {
      const asked = checkOriginUrl(url);
      const reached = throughMirror(asked, wire.mirrors);
      return mayCarryToken(wire, { asked, reached });
    },
    isTrustedOrigin(url) {
      const asked = checkOriginUrl(url);
      return isTrustedOrigin(asked, wire.mirrors) && !wire.diverted.has(asked.href);
    },
    get: getWith(),
    async describe({ url, needsSize = false, mayBePlain }) {
      const asked = checkOriginUrl(url, mayBePlain);
      return withRetries(retries, asked.href, () => describe(wire, retries.timing.now(), asked, needsSize));
    },
    async post(request) {
      const asked = checkOriginUrl(request.url);
      return withRetries(retries, asked.href, () => post(wire, retries, asked, request));
    },
    async download(request, sink) {
      await download(wire, retries, checkOriginUrl(request.url, request.mayBePlain), request, sink);
    },
    exchange(request) {
      return exchange(wire, () => retries.timing.now(), checkOriginUrl(request.url), request);
    },
    persist(url, attempt, madeProgress) {
      return withRetries(retries, url, attempt, madeProgress === undefined ? {} : { madeProgress });
    },
    revalidation({ isConditional, transfers }) {
      const answers = openAnswers(store, isConditional);
      return { ...answers, fetcher: { ...fetcher, get: getWith(answers, transfers) } };
    },
  };
  return {
    ...fetcher,
    async close() {
      closing.abort();
      await connections.destroy();
    },
  };
}

async function get(
  wire: Wire,
  retries: RetryContext,
  {
    answers,
    transfers,
  }: { readonly answers: Answers | undefined; readonly transfers: Transfers | undefined },
  asked: URL,
  {
    maxBytes,
    coding = 'raw',
    headers = {},
    revalidate = false,
    authorization,
    withUserToken = false,
    onProgress,
  }: GetRequest,
): Promise<Fetched> {
  for (const name of Object.keys(headers)) {
    if (ownHeaders.test(name)) throw new TypeError(`the header ${name} is the fetcher's to set`);
  }
  const variant: Variant = { url: throughMirror(asked, wire.mirrors), coding, headers };
  const memory = revalidate ? answers : undefined;
  const remembered = await memory?.recall(variant, maxBytes);
  const own = { 'accept-encoding': acceptEncoding[coding], ...remembered?.conditions };

  const deadline = startDeadline(wire.timeouts, retries.timing);
  const attempt = async () => {
    const response = await openResponse(wire, asked, { callers: headers, own, authorization, withUserToken });
    const answer = (bytes: Uint8Array, from: Fetched['from'], link: string | undefined): Fetched => ({
      ...{ bytes, from, ...answeredBy(response) },
      next: link === undefined ? undefined : absoluteLink(link, response),
      claimedDigest: claimedDigest(response),
    });
    if (response.status === 304 && remembered !== undefined) {
      discard(response);
      memory?.noteReused(variant);
      return answer(remembered.bytes, 'revalidated', remembered.next);
    }
    if (response.status !== 200) {
      throw await statusFailure(response, retries.timing.now());
    }
    const transfer = transfers?.begin(asked.href, contentLength(response));
    const reading = readBody(response, maxBytes, deadline, transfer?.advance, onProgress);
    const bytes = await reading.finally(transfer?.end);
    await memory?.noteFetched(variant, response, bytes, retries.timing.now());
    return answer(bytes, 'network', nextLink(response));
  };
  return withRetries(retries, asked.href, attempt, {
    overdue: (afterMs) => deadline.overdue({ asked, reached: variant.url }, maxBytes, afterMs),
  });
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
