/**
 * Where the documents and blobs of container images come from: their registry, or the layout of a mirror, asked first or
 * alone. Everything is asked for by digest, and a mirror is believed for nothing: another mirror, or the origin, is asked
 * for what cannot be had, never for other bytes.
 */
import { mirrorBlobPath, mirrorIndexPath } from '../formats/own/mirror-layout.ts';
import { mirrorPrefix } from '../formats/own/mirrored-image.ts';
import { isOciPlace, parseOciPlace } from '../formats/own/oci-place.ts';
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import { maxManifestBytes, type Descriptor } from '../formats/upstream/oci-manifest.ts';
import { maxLayoutIndexBytes, parseLayoutIndex } from '../formats/upstream/oci-layout.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import type { ByteSink, DownloadRequest, Fetcher } from '../model/ports.ts';
import { requireDigest } from '../verify/image/image-content.ts';
import { signatureTag } from '../verify/image/cosign-signature.ts';
import { withBlobs } from './blob-downloads.ts';
import type { RegistryPorts } from './registry-authority.ts';
import { RegistryClient } from './registry-client.ts';

export interface ImageMirror {
  /** A mirror's base URL, without a slash at its end; `oci://REGISTRY/…`: a registry that stands in for others. */
  readonly url: string;
  /** Ask the registry where the mirror cannot be had. */
  readonly fallsBack: boolean;
}

export interface BlobSource {
  readonly url: string;
  /** A mirror may be reached by plain HTTP. */
  readonly isMirror: boolean;
  /** Undefined where no registry is asked. */
  readonly repository: Repository | undefined;
}

export type DocumentKind = 'manifest' | 'blob';

export class ImageStore {
  readonly #ports: RegistryPorts;
  readonly #mirror: ImageMirror | undefined;
  readonly #registries = new Map<string, RegistryClient>();
  #mirrored: Promise<ReadonlyMap<string, Descriptor>> | undefined;

  constructor(ports: RegistryPorts, mirror?: ImageMirror) {
    this.#ports = ports;
    this.#mirror = mirror;
  }

  /** For downloads from `sources`: those of a registry carry its token. */
  get fetcher(): Fetcher {
    const { fetcher } = this.#ports;
    return { ...fetcher, download: (request, sink) => this.#download(request, sink) };
  }

  /** Where a blob or manifest is, in the order to ask in. */
  sources(repository: Repository, digest: Digest, kind: DocumentKind = 'blob'): readonly BlobSource[] {
    const registry = this.#inRegistry(repository, digest, kind, false);
    if (this.#mirror === undefined) return [registry];
    const { url, fallsBack } = this.#mirror;
    const mirror = isOciPlace(url)
      ? this.#inRegistry(standIn(url, repository), digest, kind, true)
      : { url: `${url}/${mirrorBlobPath(digest)}`, isMirror: true, repository: undefined };
    return fallsBack ? [mirror, registry] : [mirror];
  }

  #inRegistry(repository: Repository, digest: Digest, kind: DocumentKind, isMirror: boolean): BlobSource {
    // Its token is asked for when it wants one.
    this.#registry(repository);
    return { url: `${repositoryUrl(repository)}/${kind}s/${digest}`, isMirror, repository };
  }

  /**
   * A small document, compared with its digest. `sizeBytes`: where it is known. Throws TransportError, and
   * VerificationError `DIGEST_MISMATCH`, `SIZE_MISMATCH` and `LIMIT_EXCEEDED`.
   */
  async document(
    repository: Repository,
    kind: DocumentKind,
    { digest, sizeBytes = maxManifestBytes }: { readonly digest: Digest; readonly sizeBytes?: number },
  ): Promise<Uint8Array> {
    if (sizeBytes > maxManifestBytes) {
      const message = `${digest} would have ${String(sizeBytes)} bytes, too many for what it is`;
      throw new VerificationError('LIMIT_EXCEEDED', message);
    }
    const sources = this.sources(repository, digest, kind);
    for (const [at, source] of sources.entries()) {
      const { url } = source;
      try {
        const bytes = await this.#read(source, kind, sizeBytes);
        requireDigest(bytes, digest, url);
        return bytes;
      } catch (error) {
        if (isTooLarge(error)) throw wrongSize(url, sizeBytes, error);
        if (!(error instanceof TransportError) || at === sources.length - 1) throw error;
        this.#ports.reporter.warn(`${error.message} [${error.code}]; asking ${sources[at + 1]?.url ?? ''}`);
      }
    }
    throw new TypeError(`${digest} has no source`);
  }

  /**
   * The manifest of signatures of what has this digest; undefined where there is none. Nothing vouches for it. Throws
   * TransportError and VerificationError.
   */
  async signatures(repository: Repository, digest: Digest): Promise<Uint8Array | undefined> {
    const tag = signatureTag(digest);
    if (this.#mirror !== undefined && !isOciPlace(this.#mirror.url)) {
      const descriptor = (await this.#mirrorIndex(this.#mirror.url)).get(
        `${repository.registry}/${repository.repository}:${tag}`,
      );
      if (descriptor === undefined) return undefined;
      const named = { digest: descriptor.digest, sizeBytes: descriptor.size };
      return this.document(repository, 'manifest', named);
    }
    const asked = this.#mirror === undefined ? repository : standIn(this.#mirror.url, repository);
    try {
      return await this.#registry(asked).tagged(`${repositoryUrl(asked)}/manifests/${tag}`);
    } catch (error) {
      if (error instanceof TransportError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  #mirrorIndex(base: string): Promise<ReadonlyMap<string, Descriptor>> {
    const url = `${base}/${mirrorIndexPath}`;
    return (this.#mirrored ??= this.#ports.fetcher
      .get({ url, maxBytes: maxLayoutIndexBytes, mayBePlain: true })
      .then(({ bytes }) => parseLayoutIndex(bytes, url)));
  }

  async #read({ url, repository }: BlobSource, kind: DocumentKind, sizeBytes: number): Promise<Uint8Array> {
    this.#ports.reporter.step(`fetching ${url}`);
    if (repository !== undefined) return this.#registry(repository).named(url, kind, sizeBytes);
    return (await this.#ports.fetcher.get({ url, maxBytes: sizeBytes, mayBePlain: true })).bytes;
  }

  #registry(repository: Repository): RegistryClient {
    const key = repositoryUrl(repository);
    const client = this.#registries.get(key) ?? new RegistryClient(repository, this.#ports);
    this.#registries.set(key, client);
    return client;
  }

  async #download(request: DownloadRequest, sink: ByteSink): Promise<void> {
    for (const [base, client] of this.#registries) {
      if (request.url.startsWith(`${base}/blobs/`)) return client.download(request, sink);
    }
    return withBlobs(this.#ports).download(request, sink);
  }
}

/** Where `push` copies the images of a repository to. */
function standIn(place: string, { registry, repository }: Repository): Repository {
  return {
    registry: parseOciPlace(place, '--mirror-base').registry,
    repository: `${mirrorPrefix}/${registry}/${repository}`,
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'TOO_LARGE';
}

function wrongSize(url: string, sizeBytes: number, cause: unknown): VerificationError {
  const message = `${url} has more than the ${String(sizeBytes)} bytes that it may have`;
  return new VerificationError('SIZE_MISMATCH', message, { context: { url, expected: sizeBytes }, cause });
}
