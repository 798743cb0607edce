/**
 * Writes into a repository of a registry (OCI distribution specification 1.1, "Push"): blobs, which another repository of
 * the registry may have already, in one piece or in chunks that are gone on with after a cut; and manifests.
 *
 * A registry says where an upload goes on (`Location`). Where that is another host it gets no credentials.
 */
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import { manifestMediaTypes } from '../formats/upstream/oci-manifest.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { Exchanged, ExchangeRequest } from '../model/http-exchange.ts';
import { printableUrlText } from '../model/url-text.ts';
import { digestOf, type Expected } from '../verify/digest.ts';
import { RegistryAuthority, type RegistryPorts } from './registry-authority.ts';
import { sendBlob, type PushedBlob, type UploadPorts } from './registry-upload.ts';

export class RegistryWriter {
  readonly repository: Repository;
  /** `https://registry.example/v2/team/manifests`. */
  readonly #base: string;
  readonly #ports: RegistryPorts;
  readonly #authority: RegistryAuthority;

  constructor(repository: Repository, ports: RegistryPorts) {
    this.repository = repository;
    this.#base = repositoryUrl(repository);
    this.#ports = ports;
    this.#authority = new RegistryAuthority(repository, ports);
  }

  /**
   * What stands in a registry's place, a page to log in at for one, answers 200 to everything: who has the blob says its
   * size or its digest. Throws TransportError, and VerificationError `SIZE_MISMATCH` for one that has another size.
   */
  async hasBlob({ digest, sizeBytes }: Expected): Promise<boolean> {
    const url = `${this.#base}/blobs/${digest}`;
    const { status, headers } = await this.#persist({ method: 'HEAD', url, accepted: [200, 404] });
    if (status === 404) return false;
    const said = headers['content-length'];
    requireSaid(headers, digest, url);
    if (said === undefined) return headers['docker-content-digest'] === digest;
    if (said === String(sizeBytes)) return true;
    throw new VerificationError(
      'SIZE_MISMATCH',
      `${url} has ${said.slice(0, 20)} bytes, as the registry says, expected ${String(sizeBytes)}`,
      { context: { url, expected: sizeBytes, found: said.slice(0, 20) } },
    );
  }

  /** By its digest, which the registry has to say. */
  async hasManifest(digest: Digest): Promise<boolean> {
    return (await this.findManifest(digest)) === digest;
  }

  /** The digest that the registry says a tag leads to; undefined where there is none. */
  async findManifest(reference: string): Promise<string | undefined> {
    const url = `${this.#base}/manifests/${reference}`;
    const headers = { accept: manifestMediaTypes.join(', ') };
    const answer = await this.#persist({ method: 'HEAD', url, headers, accepted: [200, 404] });
    return answer.status === 404 ? undefined : (answer.headers['docker-content-digest'] ?? '');
  }

  /**
   * From another repository of the same registry, if the registry does that. Throws TransportError; a registry that
   * starts an upload in its place is not asked to go on with it.
   */
  async mount({ digest }: Expected, from: string): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const url = `${this.#base}/blobs/uploads/?${query.toString()}`;
    const request = { method: 'POST', url, accepted: [201, 202] } as const;
    const { status } = await this.#persist(request, from);
    return status === 201;
  }

  /** Returns how many bytes were sent. Throws TransportError, and what reading the blob throws. */
  async upload(blob: PushedBlob, options: Pick<UploadPorts, 'chunkBytes' | 'onBytes'> = {}): Promise<number> {
    const { fetcher } = this.#ports;
    return sendBlob(blob, {
      ...{ fetcher, base: this.#base, ...options },
      send: (request) => this.#send(request),
      isThere: () => this.hasBlob(blob),
    });
  }

  /**
   * `reference`: the digest, or a tag. Says whether the registry knows about subjects (`OCI-Subject`). Throws
   * TransportError, and VerificationError `DIGEST_MISMATCH` for a registry that calls it by another digest.
   */
  async putManifest(
    bytes: Uint8Array,
    mediaType: string,
    reference?: string,
  ): Promise<{ knowsSubjects: boolean }> {
    const digest = digestOf('sha256', bytes);
    const url = `${this.#base}/manifests/${reference ?? digest}`;
    const { status, headers } = await this.#persist({
      method: 'PUT',
      ...{ url, headers: { 'content-type': mediaType }, body: bodyOf(bytes), accepted: [200, 201, 202] },
    });
    requireSaid(headers, digest, url);
    // Some registries take it with 202, and say what they took; 200 is what anybody says to anything.
    if (status !== 201 && headers['docker-content-digest'] === undefined) {
      throw new TransportError('HTTP_STATUS', `PUT ${url}: expected status 201, found ${String(status)}`, {
        hint: 'Something else than a registry answers there, such as a page to log in at.',
        context: { url, status },
      });
    }
    return { knowsSubjects: headers['oci-subject'] !== undefined };
  }

  #persist(request: ExchangeRequest, from?: string): Promise<Exchanged> {
    return this.#ports.fetcher.persist(request.url, () => this.#send(request, from));
  }

  /** Throws TransportError `URL_REFUSED` for a place that is reached by plain HTTP from one that is not. */
  async #send(request: ExchangeRequest, from?: string): Promise<Exchanged> {
    const { fetcher } = this.#ports;
    const [place, home] = [new URL(request.url), new URL(this.#base)];
    if (place.protocol !== 'https:' && home.protocol === 'https:') {
      const shown = printableUrlText(request.url);
      throw new TransportError('URL_REFUSED', `${this.#base} wants what is uploaded at ${shown}: not https`, {
        hint: 'A registry behind a proxy has to be told that it is reached by https: X-Forwarded-Proto, or its own URL.',
      });
    }
    if (place.origin !== home.origin) return fetcher.exchange(request);
    const ask = (authorization: ExchangeRequest['authorization']) =>
      fetcher.exchange({ ...request, authorization });
    return this.#authority.with(request.url, 'pull,push', ask, from);
  }
}

function bodyOf(bytes: Uint8Array): NonNullable<ExchangeRequest['body']> {
  return {
    sizeBytes: bytes.length,
    async *stream() {
      yield await Promise.resolve(bytes);
    },
  };
}

/** Never believed, but a registry that contradicts what it was asked for is broken, or something in between is. */
function requireSaid(headers: Exchanged['headers'], expected: Digest, url: string): void {
  const said = headers['docker-content-digest'];
  if (said === undefined || said === expected || !said.startsWith('sha256:')) return;
  throw new VerificationError(
    'DIGEST_MISMATCH',
    `${url} has the digest ${expected}, and the registry says ${JSON.stringify(said.slice(0, 80))}`,
    { context: { url, expected, found: said.slice(0, 80) } },
  );
}
