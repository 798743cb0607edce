/** The network that assay itself goes by: limits, retries, mirrors, proxies; and a cache by digest. */
export * from './common.ts';
export { createFetcher } from '../io/http/fetcher.ts';
export type {
  AnswerEvent,
  FetcherOptions,
  Proxies,
  RetryEvent,
  RetryPolicy,
  Timeouts,
  Timing,
} from '../io/http/options.ts';
export type { Mirror } from '../io/http/mirrors.ts';
export * from './ports.ts';
export { createCache } from '../io/cache.ts';
