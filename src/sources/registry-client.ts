/**
 * Reads a registry (OCI distribution specification 1.1): manifests by tag and by digest, blobs, lists of tags. Nothing
 * that it returns is believed yet.
 */
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import { manifestMediaTypes, maxManifestBytes } from '../formats/upstream/oci-manifest.ts';
import { VerificationError } from '../model/errors.ts';
import type { ByteSink, DownloadRequest, Fetched, GetRequest } from '../model/ports.ts';
import { digestOf } from '../verify/digest.ts';
import { RegistryAuthority, type RegistryPorts } from './registry-authority.ts';

const accept = manifestMediaTypes.join(', ');

export class RegistryClient {
  readonly #ports: RegistryPorts;
  /** `https://registry.k8s.io/v2/pause`. */
  readonly #base: string;
  readonly #authority: RegistryAuthority;

  constructor(repository: Repository, ports: RegistryPorts) {
    this.#base = repositoryUrl(repository);
    this.#authority = new RegistryAuthority(repository, ports);
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
    let asked = request;
    const noting: ByteSink = {
      write: (pieces) => {
        asked = { ...request, resumeFrom: undefined };
        return sink.write(pieces);
      },
      restart: () => sink.restart(),
      begin: async (version) => sink.begin?.(version),
    };
    await this.#authority.with(request.url, 'pull', async (authorization) => {
      // A token that ran out on the way: what is there is of no known version any more.
      if (asked !== request) await sink.restart();
      await this.#ports.fetcher.download({ ...asked, authorization }, noting);
    });
  }

  #get(request: GetRequest): Promise<Fetched> {
    const { fetcher } = this.#ports;
    return this.#authority.with(request.url, 'pull', (authorization) =>
      fetcher.get({ ...request, authorization }),
    );
  }
}
