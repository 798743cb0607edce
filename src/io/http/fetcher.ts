/** The network for whoever has no command's needs: see open-fetcher.ts. */
import type { Fetcher } from '../../model/ports.ts';
import { openFetcher } from './open-fetcher.ts';
import type { FetcherOptions } from './options.ts';

/** Throws UsageError `USAGE` if the URL of a proxy or mirror is none. `close` cuts what is under way. */
export function createFetcher(options: FetcherOptions): Fetcher & { close(): Promise<void> } {
  return openFetcher(options);
}
