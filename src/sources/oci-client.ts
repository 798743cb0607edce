/**
 * Reads a registry as anybody may (OCI distribution specification 1.1): manifests by tag and by digest, blobs, lists
 * of tags. Nothing that it returns is believed yet: callers compare digests.
 *
 * A registry that wants a token says so (401), and gives one to whoever asks, for reading one repository. It is kept
 * for this run, sent to the registry alone, and asked for at most once a request.
 */
import {
  maxTokenAnswerBytes,
  parseBearerChallenge,
  parseTokenAnswer,
} from '../formats/upstream/bearer-challenge.ts';
import { manifestMediaTypes, maxManifestBytes, type Descriptor } from '../formats/upstream/oci-manifest.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { Fetched, GetRequest } from '../model/ports.ts';
import { digestOf } from '../verify/digest.ts';
import type { RegistryDocument } from '../verify/image/vouch-image.ts';
import type { SourceContext } from './source.ts';

const accept = manifestMediaTypes.join(', ');

/** Where a repository's manifests and blobs are. */
export function repositoryUrl(registry: string, repository: string): string {
  // The one registry that is reached under another name than images have.
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  return `https://${host}/v2/${repository}`;
}

export class OciClient {
  readonly #context: SourceContext;
  /** `https://registry.k8s.io/v2/pause`. */
  readonly #base: string;
  readonly #repository: string;
  #token: Promise<string> | undefined;

  constructor(registry: string, repository: string, context: SourceContext) {
    this.#base = repositoryUrl(registry, repository);
    this.#repository = repository;
    this.#context = context;
  }

  /** What a tag leads to now. Throws TransportError, and VerificationError `DIGEST_MISMATCH`. */
  async tagged(tag: string): Promise<RegistryDocument & { readonly digest: Digest }> {
    const url = `${this.#base}/manifests/${tag}`;
    const request = { url, maxBytes: maxManifestBytes, headers: { accept }, revalidate: true };
    const { bytes, claimedDigest } = await this.#get(request);
    const digest = digestOf('sha256', bytes);
    // Never believed, but a registry that contradicts itself is broken, or something in between is.
    if (claimedDigest?.startsWith('sha256:') === true && claimedDigest !== digest) {
      throw new VerificationError(
        'DIGEST_MISMATCH',
        `${url} has the digest ${digest}, and the registry says ${JSON.stringify(claimedDigest.slice(0, 80))}`,
        { context: { expected: claimedDigest, found: digest } },
      );
    }
    return { url, bytes, digest };
  }

  /** A manifest that a descriptor names. Throws TransportError, and VerificationError `SIZE_MISMATCH`. */
  manifest(descriptor: Descriptor): Promise<RegistryDocument> {
    return this.#listed(`${this.#base}/manifests/${descriptor.digest}`, descriptor, { accept });
  }

  /** A blob that a descriptor names; of at most `maxManifestBytes`. Throws as `manifest` does. */
  blob(descriptor: Descriptor): Promise<RegistryDocument> {
    return this.#listed(`${this.#base}/blobs/${descriptor.digest}`, descriptor, {});
  }

  /** One page of the list of tags: the first, or the one at `url`. Throws TransportError. */
  async tags(url = `${this.#base}/tags/list?n=1000`): Promise<Fetched & { readonly url: string }> {
    const request = { url, maxBytes: maxManifestBytes, revalidate: true };
    // The token is for the registry, not for where that led to.
    const isHere = new URL(url).origin === new URL(this.#base).origin;
    return { url, ...(await (isHere ? this.#get(request) : this.#context.fetcher.get(request))) };
  }

  async #listed(
    url: string,
    { digest, size }: Descriptor,
    headers: Readonly<Record<string, string>>,
  ): Promise<RegistryDocument> {
    const { cache, reporter } = this.#context;
    const cached = await cache.read(digest);
    if (cached !== undefined) return { url, bytes: cached };
    if (size > maxManifestBytes) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${url} would have ${size} bytes, too many for what it is`,
      );
    }
    reporter.step(`fetching ${url}`);
    try {
      const { bytes } = await this.#get({ url, maxBytes: size, headers });
      // A cache takes whatever has the digest, and nothing else.
      if (digestOf('sha256', bytes) === digest) await cache.write(digest, bytes);
      return { url, bytes };
    } catch (error) {
      // The size that the descriptor names was the cap: what exceeds it is something else.
      if (!(error instanceof TransportError && error.code === 'TOO_LARGE')) throw error;
      throw new VerificationError('SIZE_MISMATCH', `${url} has more than the ${size} bytes that are named`, {
        context: { url, expected: size },
        cause: error,
      });
    }
  }

  async #get(request: GetRequest): Promise<Fetched> {
    const { fetcher } = this.#context;
    const used = this.#token;
    try {
      return await fetcher.get({ ...request, bearer: await used });
    } catch (error) {
      if (!(error instanceof TransportError) || error.challenge === undefined) throw error;
      // Another request may have got one meanwhile, for the same repository.
      if (this.#token === used) this.#token = this.#askForToken(error.challenge, request.url);
    }
    return fetcher.get({ ...request, bearer: await this.#token });
  }

  async #askForToken(challenge: string, url: string): Promise<string> {
    const { realm, service } = parseBearerChallenge(challenge, url);
    if (service !== undefined) realm.searchParams.set('service', service);
    // Ours to say, and no more than this, whatever the challenge names.
    realm.searchParams.set('scope', `repository:${this.#repository}:pull`);
    this.#context.reporter.step(
      `asking ${realm.origin}${realm.pathname} for a token to read ${this.#repository}`,
    );
    const { bytes } = await this.#context.fetcher.get({
      url: realm.href,
      maxBytes: maxTokenAnswerBytes,
      coding: 'decoded',
    });
    return parseTokenAnswer(bytes, `${realm.origin}${realm.pathname}`);
  }
}
