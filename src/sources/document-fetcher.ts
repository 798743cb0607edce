/** A network by its two questions, for whoever verifies one thing and brings their own. */
import { TransportError } from '../model/errors.ts';
import type { Cache, Fetched, Fetcher, PostRequest, Reporter } from '../model/ports.ts';
import type { UpstreamPorts } from './upstream-store.ts';

/**
 * Fetches a document whole: every `Fetcher` does, and a few lines over `fetch` do as well. Throws TransportError
 * `NOT_FOUND` for what is not there, and must not return more than `maxBytes`: TransportError `TOO_LARGE`. What it returns
 * is untrusted.
 */
export interface DocumentFetcher {
  get(request: DocumentRequest): Promise<{ readonly bytes: Uint8Array }>;
}

export interface DocumentRequest {
  readonly url: string;
  readonly maxBytes: number;
}

/** Asks a log a question. Throws as `DocumentFetcher` does. */
export interface LogFetcher {
  post(request: PostRequest): Promise<{ readonly bytes: Uint8Array }>;
}

/** Without a cache everything is fetched; nothing is reported. */
export function documentPorts(fetcher: Partial<DocumentFetcher & LogFetcher>, cache?: Cache): UpstreamPorts {
  return { fetcher: fetcherOf(fetcher), cache: cache ?? noCache, reporter: silent };
}

/** What nobody asks of it refuses: a chain of files has no use for the rest. */
function fetcherOf({ get, post }: Partial<DocumentFetcher & LogFetcher>): Fetcher {
  const other = () => {
    throw new TypeError('a chain asks for more than documents');
  };
  const answered = async (
    { url, maxBytes }: DocumentRequest,
    answer: ReturnType<DocumentFetcher['get']>,
  ): Promise<Fetched> => {
    const { bytes } = await answer;
    if (bytes.length > maxBytes) {
      throw new TransportError('TOO_LARGE', `${url} has more than ${maxBytes} bytes`, {
        context: { url, maxBytes },
      });
    }
    return { bytes, from: 'network', finalUrl: url, originUrl: url, movedTo: [] };
  };
  return {
    get: (request) => (get === undefined ? other() : answered(request, get(request))),
    post: (request) => (post === undefined ? other() : answered(request, post(request))),
    ...{ isPrivate: other, hasTokenFor: other, isTrustedOrigin: other, describe: other },
    ...{ download: other, exchange: other, persist: other, revalidation: other },
  };
}

export const noCache: Cache = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
};

const nothing = (): void => undefined;
export const silent: Reporter = { step: nothing, warn: nothing, info: nothing, error: nothing };
