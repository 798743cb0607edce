/**
 * Reads a registry as anybody may (OCI distribution specification 1.1): manifests by tag and by digest, blobs, lists
 * of tags. Nothing that it returns is believed yet.
 *
 * A registry that wants a token says so (401), and gives one to whoever asks, for reading one repository. It is kept
 * for this run, sent to the registry alone, and asked for at most once a request.
 */
import {
  maxTokenAnswerBytes,
  parseBearerChallenge,
  parseTokenAnswer,
} from '../formats/upstream/bearer-challenge.ts';
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import { manifestMediaTypes, maxManifestBytes } from '../formats/upstream/oci-manifest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { ByteSink, DownloadRequest, Fetched, Fetcher, GetRequest, Reporter } from '../model/ports.ts';
import { digestOf } from '../verify/digest.ts';

const accept = manifestMediaTypes.join(', ');

export interface RegistryPorts {
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
}

export class RegistryClient {
  readonly #ports: RegistryPorts;
  /** `https://registry.k8s.io/v2/pause`. */
  readonly #base: string;
  readonly #repository: string;
  #token: Promise<string> | undefined;

  constructor(repository: Repository, ports: RegistryPorts) {
    this.#base = repositoryUrl(repository);
    this.#repository = repository.repository;
    this.#ports = ports;
  }

  /** What a tag leads to now. Throws TransportError, and VerificationError `DIGEST_MISMATCH`. */
  async tagged(url: string): Promise<Uint8Array> {
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
    return bytes;
  }

  /** What a descriptor names; of at most `maxManifestBytes`. Throws TransportError, VerificationError `LIMIT_EXCEEDED`. */
  async named(url: string, kind: 'manifest' | 'blob', sizeBytes: number): Promise<Uint8Array> {
    if (sizeBytes > maxManifestBytes) {
      const message = `${url} would have ${sizeBytes} bytes, too many for what it is`;
      throw new VerificationError('LIMIT_EXCEEDED', message);
    }
    const headers = kind === 'manifest' ? { accept } : {};
    return (await this.#get({ url, maxBytes: sizeBytes, headers })).bytes;
  }

  /** One page of the list of tags: the first, or the one at `url`. Throws TransportError. */
  async tags(url = `${this.#base}/tags/list?n=1000`): Promise<Fetched & { readonly url: string }> {
    const request = { url, maxBytes: maxManifestBytes, revalidate: true };
    // The token is for the registry, not for where that led to.
    const isHere = new URL(url).origin === new URL(this.#base).origin;
    return { url, ...(await (isHere ? this.#get(request) : this.#ports.fetcher.get(request))) };
  }

  /** A blob of known size into a sink, resumed where the connection broke. Throws as `Fetcher.download` does. */
  async download(request: DownloadRequest, sink: ByteSink): Promise<void> {
    await this.#withToken(request.url, (bearer) =>
      this.#ports.fetcher.download({ ...request, bearer }, sink),
    );
  }

  #get(request: GetRequest): Promise<Fetched> {
    return this.#withToken(request.url, (bearer) => this.#ports.fetcher.get({ ...request, bearer }));
  }

  async #withToken<T>(url: string, ask: (token: string | undefined) => Promise<T>): Promise<T> {
    const used = this.#token;
    try {
      return await ask(await used);
    } catch (error) {
      if (!(error instanceof TransportError) || error.challenge === undefined) throw error;
      // Another request may have got one meanwhile, for the same repository.
      if (this.#token === used) this.#token = this.#askForToken(error.challenge, url);
    }
    return ask(await this.#token);
  }

  async #askForToken(challenge: string, url: string): Promise<string> {
    const { realm, service } = parseBearerChallenge(challenge, url);
    if (service !== undefined) realm.searchParams.set('service', service);
    // Ours to say, and no more than this, whatever the challenge names.
    realm.searchParams.set('scope', `repository:${this.#repository}:pull`);
    this.#ports.reporter.step(
      `asking ${realm.origin}${realm.pathname} for a token to read ${this.#repository}`,
    );
    const { bytes } = await this.#ports.fetcher.get({
      url: realm.href,
      maxBytes: maxTokenAnswerBytes,
      coding: 'decoded',
    });
    return parseTokenAnswer(bytes, `${realm.origin}${realm.pathname}`);
  }
}
