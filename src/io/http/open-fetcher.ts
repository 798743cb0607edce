/**
 * The network as the core sees it: `Fetcher` over undici. What is fetched is not believed here: signatures
 * and digests are checked by the callers. This layer bounds what a server can do meanwhile: how many bytes,
 * how long, from where.
 */
import type { Fetcher, GetRequest, Transfers } from '../../model/ports.ts';
import { openAhead, type Ahead } from './ahead.ts';
import { describe } from './describe.ts';
import { openConnections } from './dispatcher.ts';
import { download } from './download.ts';
import { exchange } from './exchange.ts';
import { askAhead, get } from './get.ts';
import { checkMirror, isTrustedOrigin, throughMirror } from './mirrors.ts';
import * as defaults from './options.ts';
import type { FetcherOptions } from './options.ts';
import { post } from './questions.ts';
import { isPrivate, mayCarryToken } from './redirects.ts';
import type { Wire } from './redirects.ts';
import { withRetries } from './retry.ts';
import type { RetryContext } from './retry.ts';
import { openAnswers, type Answers } from './revalidation.ts';
import { checkOriginUrl } from './url-rules.ts';
import { createValidatorStore } from './validator-store.ts';

export interface OpenFetcher extends Fetcher {
  /** Undefined without a cache. */
  readonly ahead: Ahead | undefined;
  /** Cuts what is under way. */
  close(): Promise<void>;
}

/** Throws UsageError `USAGE` if the URL of a proxy or mirror is none. */
export function openFetcher(options: FetcherOptions): OpenFetcher {
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
  const ahead =
    options.cacheDir === undefined
      ? undefined
      : openAhead(options.cacheDir, (request) => askAhead(wire, retries, store, request));
  const getWith = (answers?: Answers, transfers?: Transfers) => async (request: GetRequest) =>
    get(
      wire,
      retries,
      { answers, transfers, ahead },
      checkOriginUrl(request.url, request.mayBePlain),
      request,
    );
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
    ahead,
    async close() {
      closing.abort();
      await connections.destroy();
    },
  };
}
