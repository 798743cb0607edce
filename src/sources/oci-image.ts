/** One tag of a registry: what it leads to, who signed that, and the documents in between. Each is fetched once. */
import { parseOciDocument, type Descriptor, type OciDocument } from '../formats/upstream/oci-manifest.ts';
import type { Architecture } from '../model/artifact.ts';
import type { Digest } from '../model/digest.ts';
import { TransportError, VerificationError } from '../model/errors.ts';
import { digestOf, verifyBytes } from '../verify/digest.ts';
import { readRunnableImage } from '../verify/image/image-manifest.ts';
import { selectPlatform } from '../verify/image/platform.ts';
import type { ImageChain, RegistryDocument } from '../verify/image/vouch-image.ts';
import {
  bundleOf,
  nameSignature,
  signatureLayers,
  signatureTag,
  verifyImageSignature,
  type VerifiedImageSignature,
} from '../verify/image/cosign-signature.ts';
import { anyOf } from '../verify/sigstore/any-of.ts';
import type { CertificatePolicy } from '../verify/sigstore/identity.ts';
import { once } from '../verify/method.ts';
import type { OciClient } from './oci-client.ts';
import type { SourceContext, Watermark } from './source.ts';

/** Who must have signed an image, and as what. */
export interface ImageSigner {
  readonly signer: CertificatePolicy;
  /** The repository, where the signature names another than the image comes from. */
  readonly signedAs: string | undefined;
}

interface Signed {
  readonly signature: VerifiedImageSignature;
  readonly signatureUrls: ImageChain['signatureUrls'];
}

const missingPayloadHint =
  'Some registries do not serve the payloads of all signatures everywhere: registry.k8s.io none of those made since ' +
  "2026-05-12 to most of Google's cloud (kubernetes-sigs/promo-tools, issue 1949). Run it on another network, or name " +
  'an older "version" in the catalogue.';

export class OciImage {
  /** The reference: `registry.k8s.io/pause:3.10.2`. */
  readonly url: string;
  readonly tag: string;
  readonly watermark: Watermark;
  readonly #client: OciClient;
  readonly #repository: string;
  readonly #top: RegistryDocument & { readonly digest: Digest };
  readonly #context: SourceContext;
  readonly #memo = new Map<string, Promise<unknown>>();

  /** `top`: what the tag leads to. */
  constructor(
    client: OciClient,
    repository: string,
    tag: string,
    top: RegistryDocument & { readonly digest: Digest },
    context: SourceContext,
  ) {
    this.url = `${repository}:${tag}`;
    this.tag = tag;
    this.watermark = { [this.url]: top.digest };
    this.#client = client;
    this.#repository = repository;
    this.#top = top;
    this.#context = context;
  }

  /**
   * Whichever is signed, index or platform's manifest. Throws VerificationError, `EVIDENCE_MISSING` where neither is,
   * and TransportError.
   */
  async chainFor(arch: Architecture, wanted: ImageSigner): Promise<ImageChain> {
    // Asked for before anything is parsed: of the tag's own answer, only the digest is needed for it.
    const signed = await this.#signatureOf(this.#top.digest, wanted);
    const document = parseOciDocument(this.#top.bytes, this.url);
    if (document.kind === 'manifest') {
      if (signed === undefined) throw this.#unsigned([this.#top.digest]);
      return { ...signed, index: undefined, manifest: this.#top, config: await this.#configOf(this.#top) };
    }
    const manifest = await this.#manifestIn(document, arch);
    if (signed !== undefined) return { ...signed, index: this.#top, manifest, config: undefined };
    const digest = digestOf('sha256', manifest.bytes);
    const own = await this.#signatureOf(digest, wanted);
    if (own === undefined) throw this.#unsigned([this.#top.digest, digest]);
    return { ...own, index: undefined, manifest, config: await this.#configOf(manifest) };
  }

  async #manifestIn(
    { index }: Extract<OciDocument, { kind: 'index' }>,
    arch: Architecture,
  ): Promise<RegistryDocument> {
    const descriptor = selectPlatform(index, arch, this.url);
    const manifest = await this.#client.manifest(descriptor);
    verifyBytes(manifest.bytes, { digest: descriptor.digest, sizeBytes: descriptor.size }, manifest.url);
    return manifest;
  }

  async #configOf({ bytes, url }: RegistryDocument): Promise<RegistryDocument> {
    return this.#client.blob(readRunnableImage(bytes, url).manifest.config);
  }

  /** Undefined where there is none; what is there and does not hold is a refusal. */
  #signatureOf(digest: Digest, wanted: ImageSigner): Promise<Signed | undefined> {
    return once(this.#memo, `${digest} ${JSON.stringify(wanted)}`, async () => {
      const found = await this.#client.tagged(signatureTag(digest)).catch((error: unknown) => {
        if (error instanceof TransportError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      });
      return found && this.#verify(digest, found, wanted);
    });
  }

  async #verify(digest: Digest, found: RegistryDocument, { signer, signedAs }: ImageSigner): Promise<Signed> {
    const trustedRoot = await this.#context.anchors.trustedRoot();
    return anyOf(
      signatureLayers(found.bytes, found.url),
      async (layer, index) => {
        const what = nameSignature(digest, this.#repository, index);
        const bundle = bundleOf(layer, what);
        const payload = await this.#payloadOf(layer, what);
        const signature = await verifyImageSignature({
          ...{ bundle, payload: payload.bytes, layer, digest, what, trustedRoot },
          reference: signedAs ?? this.#repository,
          signer,
        });
        return { signature, signatureUrls: { manifest: found.url, payload: payload.url } };
      },
      { noun: 'signatures' },
    );
  }

  /** What is not there does not spoil the signatures beside it. */
  async #payloadOf(layer: Descriptor, what: string): Promise<RegistryDocument> {
    try {
      return await this.#client.blob(layer);
    } catch (cause) {
      if (!(cause instanceof TransportError) || cause.code !== 'NOT_FOUND') throw cause;
      throw new VerificationError(
        'EVIDENCE_MISSING',
        `${what}: the registry has the image and its signature, and not the signature's payload: ${cause.message}`,
        { hint: missingPayloadHint, context: { payload: layer.digest }, cause },
      );
    }
  }

  #unsigned(digests: readonly Digest[]): VerificationError {
    return new VerificationError(
      'EVIDENCE_MISSING',
      `${this.url} is not signed: neither ${digests.join(' nor ')} is`,
      {
        hint: 'cosign puts a signature under the tag sha256-<hex>.sig of the same repository. Was it copied along?',
        context: { digests },
      },
    );
  }
}
