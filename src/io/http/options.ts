/**
 * What a fetcher can be told, and what it does when it is told nothing. The environment is read by the
 * command line alone: proxies and tokens arrive here as values.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { TransportError } from '../../model/errors.ts';
import type { RegistryCredentials } from '../../model/registry-credentials.ts';
import type { Mirror } from './mirrors.ts';

export interface Timeouts {
  /** To be connected, TLS included. Undici's clock for this one ticks about twice a second. */
  readonly connectMs: number;
  /** From the request sent to the headers of the answer. */
  readonly headersMs: number;
  /** Without a single byte of the body. */
  readonly stallMs: number;
  /** For a body as a whole, pauses and further attempts included, besides what its size takes at the pace below. */
  readonly overallMs: number;
  readonly leastBytesPerSecond: number;
}

export interface RetryPolicy {
  /** How often something is tried without any progress in between. */
  readonly attempts: number;
  /** How often at all, whatever the progress. */
  readonly absoluteAttempts: number;
  /** No attempt begins later than this after the first, or after the last progress. */
  readonly totalMs: number;
  readonly baseDelayMs: number;
  /** The longest pause of our own choosing; a server's Retry-After is bounded by `totalMs` alone. */
  readonly maxDelayMs: number;
}

export interface Proxies {
  /** For http:// URLs, as curl's http_proxy. */
  readonly http?: string | undefined;
  /** For https:// URLs, as curl's https_proxy: by CONNECT, so that TLS is with the origin. */
  readonly https?: string | undefined;
  /** For both, where they have none of their own, as curl's all_proxy. */
  readonly all?: string | undefined;
  /** Hosts to reach without a proxy, as in NO_PROXY. */
  readonly noProxy?: string | undefined;
}

/** What outside influences retries: tests bring their own. */
export interface Timing {
  /** Milliseconds since 1970: for what servers say of times. */
  now(): number;
  /** Milliseconds since whenever, of a clock that nobody sets: for how long something takes. */
  elapsedMs(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface RetryEvent {
  /** At the origin. */
  readonly url: string;
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: TransportError;
}

export interface FetcherOptions {
  readonly mirrors?: readonly Mirror[];
  readonly proxies?: Proxies;
  /** For https://api.github.com, and nowhere else. */
  readonly githubToken?: string | undefined;
  /** Handed through to who talks to registries. */
  readonly registryCredentials?: RegistryCredentials | undefined;
  /** Where `revalidate` keeps its answers; without it, everything is fetched again. */
  readonly cacheDir?: string | undefined;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<RetryPolicy>;
  readonly userAgent?: string;
  readonly maxConnectionsPerOrigin?: number;
  /** Certificates (PEM) to trust besides Node's own. NODE_EXTRA_CA_CERTS needs nothing here. */
  readonly ca?: string | undefined;
  readonly onRetry?: (event: RetryEvent) => void;
  readonly timing?: Partial<Timing>;
  /** Each answer, redirects among them. `url`: what was really asked, at the mirror; without its query, which may be a secret. */
  readonly onAnswer?: ((answer: AnswerEvent) => void) | undefined;
}

export interface AnswerEvent {
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export const defaultTimeouts: Timeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  stallMs: 30_000,
  overallMs: 600_000,
  leastBytesPerSecond: 16_000,
};

export const defaultRetry: RetryPolicy = {
  attempts: 5,
  absoluteAttempts: 10_000,
  totalMs: 120_000,
  baseDelayMs: 500,
  maxDelayMs: 20_000,
};

export const defaultUserAgent = 'assay';

export const defaultMaxConnectionsPerOrigin = 8;

export const machineTiming: Timing = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
  random: () => Math.random(),
};
