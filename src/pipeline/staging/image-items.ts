/** The container images of manifests, and their documents, read from what is there already or from where they are kept. */
import { parseTaggedReference } from '../../formats/upstream/image-reference.ts';
import type { Manifest, ManifestImage } from '../../formats/own/manifest-schema.ts';
import type { Architecture } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import type { DocumentKind, ImageStore } from '../../sources/image-store.ts';
import { readImageContent, requireConfig, type ImageContent } from '../../verify/image/image-content.ts';

/** An image as a manifest pins it, for that manifest's architecture. */
export interface WantedImage {
  readonly image: ManifestImage;
  readonly architecture: Architecture;
}

export function wantedImages({ vmconfig: { images, os } }: Manifest): readonly WantedImage[] {
  return images.map((image) => ({ image, architecture: os.arch }));
}

/** Bytes of that digest that are at hand, if they are: compared by whoever returns them. */
export type FindDocument = (digest: Digest) => Promise<Uint8Array | undefined>;

export interface GatheredImage {
  readonly pinned: ImageContent;
  readonly config: Uint8Array;
}

/**
 * Manifest, configuration, and the index where one is pinned and `withIndex`: each judged before the next is asked for.
 * Throws TransportError, and VerificationError as `readImageContent` and `requireConfig` do.
 */
export async function gatherImage(
  { image, architecture }: WantedImage,
  store: ImageStore,
  { find, withIndex }: { readonly find: FindDocument; readonly withIndex: boolean },
): Promise<GatheredImage> {
  const { registry, repository } = parseTaggedReference(image.image);
  const read = async (kind: DocumentKind, digest: Digest, sizeBytes?: number) =>
    (await find(digest)) ??
    store.document({ registry, repository }, kind, {
      digest,
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    });
  const index = withIndex && image.index !== undefined ? await read('manifest', image.index) : undefined;
  const manifest = await read('manifest', image.digest);
  const pinned = readImageContent(image, architecture, { manifest, index });
  const config = await read('blob', pinned.config.digest, pinned.config.size);
  requireConfig(config, pinned);
  return { pinned, config };
}
