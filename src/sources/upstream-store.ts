/** Upstream as a store of documents: the network, and what the cache holds of it by digest. */
import { joinJsonTexts } from '../formats/text/json-sequence.ts';
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import type { Digest } from '../model/digest.ts';
import { isNotThere, TransportError, VerificationError } from '../model/errors.ts';
import type {
  DocumentForm,
  DocumentStore,
  FileNeed,
  FormsNeed,
  Need,
  RegistryNeed,
  StoredDocument,
} from '../model/need.ts';
import type { Cache, Fetched, Fetcher, GetRequest, Reporter } from '../model/ports.ts';
import { printableUrlText } from '../model/url-text.ts';
import { once } from '../verify/method.ts';
import { RegistryClient } from './registry-client.ts';
import { SoonerForm, watchLine } from './sooner-form.ts';

export interface UpstreamPorts {
  readonly fetcher: Fetcher;
  readonly cache: Cache;
  readonly reporter: Reporter;
}

/** For one run: what a registry gave a token for is remembered. */
export class UpstreamStore implements DocumentStore {
  readonly #ports: UpstreamPorts;
  readonly #registries = new Map<string, RegistryClient>();
  /** Architectures share an index, and components may, under names of their own. */
  readonly #fetched = new Map<string, Promise<unknown>>();

  constructor(ports: UpstreamPorts) {
    this.#ports = ports;
  }

  async read(need: Need): Promise<StoredDocument | undefined> {
    try {
      return await this.#read(need);
    } catch (error) {
      if ('isOptional' in need && isMissing(error)) return undefined;
      throw error;
    }
  }

  #read(need: Need): Promise<StoredDocument> {
    const { fetcher, reporter } = this.#ports;
    switch (need.kind) {
      case 'file': {
        const { url, maxBytes, isRevalidated, withUserToken } = need;
        if (need.maxPages !== undefined) return this.#readPages(need, need.maxPages);
        reporter.step(`fetching ${printableUrlText(url)}`);
        return fetcher.get({
          ...{ url, maxBytes },
          ...(withUserToken && { withUserToken }),
          ...(isRevalidated && { revalidate: true }),
        });
      }
      case 'lookup':
        reporter.step(`asking ${need.url}`);
        return fetcher.post(need);
      case 'forms':
        return this.#readForm(need);
      case 'manifest':
      case 'blob':
        return this.#readFromRegistry(need);
    }
  }

  /** In the order in which they lead to each other. */
  async #readPages(
    { url: first, maxBytes, withUserToken }: FileNeed,
    maxPages: number,
  ): Promise<StoredDocument> {
    const { fetcher, reporter } = this.#ports;
    const pages: Uint8Array[] = [];
    let leftBytes = maxBytes;
    for (let url: string | undefined = first; url !== undefined;) {
      if (pages.length === maxPages) {
        throw new VerificationError('LIMIT_EXCEEDED', `${first} has more than ${String(maxPages)} pages`);
      }
      reporter.step(`fetching ${printableUrlText(url)}`);
      const { bytes, next }: Fetched = await fetcher.get({
        ...{ url, maxBytes: leftBytes },
        ...(withUserToken && { withUserToken }),
      });
      pages.push(bytes);
      leftBytes -= bytes.length;
      url = next === undefined ? undefined : nextPage(next, first);
    }
    return { bytes: joinJsonTexts(pages) };
  }

  /** Tags of one repository, and what it has under them. */
  registry(repository: Repository): RegistryClient {
    const key = repositoryUrl(repository);
    const client = this.#registries.get(key) ?? new RegistryClient(repository, this.#ports);
    this.#registries.set(key, client);
    return client;
  }

  /** Those of the cache first, which has compared them with their digests. Only what is not there leads on to the next. */
  async #readForm({ forms, again }: FormsNeed): Promise<StoredDocument> {
    const { cache } = this.#ports;
    for (const { urls, digest } of forms) {
      const bytes = again === true ? undefined : await cache.read(digest);
      if (bytes !== undefined) return { bytes, named: { url: urls[0] ?? '', digest } };
    }
    const failures: TransportError[] = [];
    let left = forms;
    let isTurned = false;
    while (left.length > 0) {
      const [form, ...others] = left as [DocumentForm, ...DocumentForm[]];
      try {
        return await this.#fetchForm(form, again === true, isTurned ? undefined : watchLine(form, others));
      } catch (error) {
        if (error instanceof SoonerForm) {
          // Once: where it is not there, the first is fetched whole.
          isTurned = true;
          left = [error.form, ...left.filter((one) => one !== error.form)];
        } else if (isNotThere(error)) {
          failures.push(error);
          left = others;
        } else throw error;
      }
    }
    throw failures.find(({ code }) => code === 'HTTP_STATUS') ?? failures[0] ?? new TypeError('no forms');
  }

  async #fetchForm(
    { urls, digest, sizeBytes }: DocumentForm,
    again: boolean,
    onProgress: GetRequest['onProgress'],
  ): Promise<StoredDocument> {
    for (const [at, url] of urls.entries()) {
      try {
        const get = async () => {
          const { bytes } = await this.#ports.fetcher.get({ url, maxBytes: sizeBytes, onProgress });
          return bytes;
        };
        const fetching = () => this.#fetchNamed(url, { digest, sizeBytes, by: 'its Release lists' }, get);
        const key = `${digest} ${String(at)} ${onProgress === undefined ? 'whole' : 'watched'}`;
        const bytes = await (again ? fetching() : once(this.#fetched, key, fetching));
        return { bytes, named: { url, digest } };
      } catch (error) {
        // By its name a file is known to people: where it is missing by hash, too, that is what is told.
        if (!isNotThere(error) || at === urls.length - 1) throw error;
      }
    }
    throw new TypeError('a form without a place');
  }

  async #readFromRegistry({
    kind,
    url,
    registry,
    repository,
    reference,
  }: RegistryNeed): Promise<StoredDocument> {
    const client = this.registry({ registry, repository });
    if (typeof reference === 'string') return { bytes: await client.tagged(url) };
    const { digest, sizeBytes } = reference;
    const get = () => client.named(url, kind, sizeBytes);
    const cached = await this.#ports.cache.read(digest);
    const named = { digest, sizeBytes, by: 'are named' };
    return { bytes: cached ?? (await this.#fetchNamed(url, named, get)) };
  }

  /** What is named with its size has no more bytes than that. A cache throws away what has not the digest. */
  async #fetchNamed(
    url: string,
    { digest, sizeBytes, by }: { readonly digest: Digest; readonly sizeBytes: number; readonly by: string },
    get: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const { cache, reporter } = this.#ports;
    reporter.step(`fetching ${printableUrlText(url)}`);
    try {
      const bytes = await get();
      await cache.write(digest, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'TOO_LARGE')) throw error;
      const message = `${url} has more than the ${String(sizeBytes)} bytes that ${by}`;
      const context = { url, expected: sizeBytes };
      throw new VerificationError('SIZE_MISMATCH', message, { context, cause: error });
    }
  }
}

/** A page says where the next one is; of the same server, which says so of itself. */
function nextPage(next: string, first: string): string {
  if (URL.parse(next)?.origin === new URL(first).origin) return next;
  const shown = printableUrlText(next);
  throw new TransportError('URL_REFUSED', `${first}: the link to its next page leads elsewhere: ${shown}`, {
    hint: 'Is a mirror or a proxy answering in place of the server?',
    context: { url: first, next: shown },
  });
}

/** What a server refuses to show may be there. */
function isMissing(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'NOT_FOUND';
}
