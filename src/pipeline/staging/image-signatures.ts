/**
 * The signatures of an image, as cosign keeps them beside it, copied along with it. The image is pinned by its manifest of
 * entries; signatures are for whoever asks that of it: an admission policy, `cosign verify`, assay in another place.
 */
import { signatureTag, signatureLayers } from '../../verify/image/cosign-signature.ts';
import type { Descriptor } from '../../formats/upstream/oci-manifest.ts';
import type { Digest } from '../../model/digest.ts';
import { TransportError } from '../../model/errors.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import {
  readSignatureImage,
  requireSignatureOf,
  type DescribedDocument,
  type ImageContent,
} from '../../verify/image/image-content.ts';
import type { FindDocument } from './image-items.ts';

export interface ImageSignatures {
  /** `registry.k8s.io/pause:sha256-<hex>.sig`. */
  readonly name: string;
  readonly manifest: DescribedDocument;
  /** Payloads, configuration and manifest, in this order. */
  readonly documents: readonly DescribedDocument[];
}

export interface SignatureSources {
  readonly store: ImageStore;
  /** What is at hand: documents by digest, and manifests by name. */
  readonly find: FindDocument;
  readonly named: ReadonlyMap<string, Descriptor>;
}

/**
 * Of what was signed, the index or else the manifest; what is at hand before what is to be asked for. Undefined where there
 * is none, or where the registry has lost what was signed. Throws TransportError, and VerificationError `SUBJECT_MISMATCH`
 * for signatures of something else, and as `readSignatureImage` does.
 */
export async function gatherSignatures(
  pinned: ImageContent,
  { store, find, named }: SignatureSources,
): Promise<ImageSignatures | undefined> {
  const signed = [pinned.index?.descriptor.digest, pinned.manifest.digest].filter((one) => one !== undefined);
  const repository = pinned.name.slice(0, pinned.name.lastIndexOf(':'));
  const nameOf = (digest: Digest) => `${repository}:${signatureTag(digest)}`;
  for (const digest of signed) {
    const own = named.get(nameOf(digest));
    const bytes = own && (await find(own.digest));
    if (bytes !== undefined)
      return readSignatures(pinned, digest, { name: nameOf(digest), bytes, store, find });
  }
  for (const digest of signed) {
    const bytes = await store.signatures(pinned.repository, digest);
    const name = nameOf(digest);
    const found = bytes && (await readSignatures(pinned, digest, { name, bytes, store, find }));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Reading extends Pick<SignatureSources, 'store' | 'find'> {
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function readSignatures(
  { repository }: ImageContent,
  digest: Digest,
  { name, bytes, store, find }: Reading,
): Promise<ImageSignatures | undefined> {
  const { manifest, config, payloads } = readSignatureImage(bytes, name);
  const read = async (descriptor: Descriptor): Promise<DescribedDocument> => {
    const named = { digest: descriptor.digest, sizeBytes: descriptor.size };
    return {
      descriptor,
      bytes: (await find(descriptor.digest)) ?? (await store.document(repository, 'blob', named)),
    };
  };
  const documents: DescribedDocument[] = [];
  try {
    for (const descriptor of [...payloads, config]) documents.push(await read(descriptor));
  } catch (error) {
    if (error instanceof TransportError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
  const said = new Set(signatureLayers(bytes, name).map((layer) => layer.digest));
  const own = documents.filter(({ descriptor }) => said.has(descriptor.digest));
  requireSignatureOf(
    digest,
    own.map((one) => one.bytes),
    `the signatures at ${name}`,
  );
  return { name, manifest, documents: [...documents, manifest] };
}
