/** The container images of a rendered script: what of their documents has to be known when it is rendered. */
import { Option, type Command } from 'commander';
import { archiveName } from '../../formats/own/image-archive.ts';
import { mirrorBlobPath } from '../../formats/own/mirror-layout.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { parseTaggedReference, repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { blobPath } from '../../formats/upstream/oci-layout.ts';
import { authFileKeys } from '../../formats/upstream/registry-auth.ts';
import { createFileStore } from '../../io/file-store.ts';
import type { Digest } from '../../model/digest.ts';
import { directoryOf } from '../../model/directory-of.ts';
import { VerificationError } from '../../model/errors.ts';
import { gatherImage, wantedImages, type WantedImage } from '../../pipeline/staging/image-items.ts';
import { documentName, documentsDirectory } from '../../pipeline/shared/kept-documents.ts';
import type { FetchImage } from '../../render/fetch-script/image-function.ts';
import type { ImageStore } from '../../sources/image-store.ts';
import { readImageContent, type ImageContent } from '../../verify/image/image-content.ts';

export interface RenderedImagesFlags {
  readonly images?: true;
  readonly imageLayout?: string;
}

export function addRenderedImagesOptions(command: Command): Command {
  return command
    .option(
      '--images',
      'the container images too, by the documents in evidence/ beside the manifest, or in the registry',
    )
    .addOption(
      new Option(
        '--image-layout <dir>',
        'the container images too, by an OCI image layout: DIR/images of a mirror',
      ),
    );
}

interface Places {
  /** The manifest's file. */
  readonly file: string | undefined;
  /** Of mirrors over HTTP, in the order to ask in; none for the registries themselves. */
  readonly bases: readonly string[];
  /** In place of the first of them, where a registry is asked. */
  readonly store: ImageStore | undefined;
}

/**
 * Each judged by the manifest's digests before anything is rendered. Throws TransportError, and VerificationError
 * `EVIDENCE_MISSING` and as `readImageContent` and `requireConfig` do.
 */
export async function renderedImages(
  manifest: Manifest,
  { images, imageLayout }: RenderedImagesFlags,
  { file, bases, store }: Places,
): Promise<readonly FetchImage[]> {
  if (images !== true && imageLayout === undefined) return [];
  return Promise.all(
    wantedImages(manifest).map(async (wanted) => {
      const content = await contentOf(wanted, { imageLayout, store, file });
      const repository = parseTaggedReference(wanted.image.image);
      const first = (digest: Digest) => store?.sources(repository, digest)[0];
      const origin = repositoryUrl(content.repository);
      const urlsOf = (digest: Digest) => {
        const mirrors = bases.map((base) => `${base}/${mirrorBlobPath(digest)}`);
        const source = first(digest);
        if (source !== undefined) return [source.url, ...mirrors];
        return mirrors.length === 0 ? [`${origin}/blobs/${digest}`] : mirrors;
      };
      const place = first(wanted.image.digest)?.repository;
      return {
        ...{ name: archiveName(wanted.image.image), image: content, urlsOf },
        repository: place && { url: repositoryUrl(place), authKeys: authFileKeys(place) },
      };
    }),
  );
}

/** What an image consists of, by the layout that is named, by the registry, or by the evidence beside the manifest. */
async function contentOf(
  wanted: WantedImage,
  { imageLayout, store, file }: Omit<Places, 'bases'> & { readonly imageLayout: string | undefined },
): Promise<ImageContent> {
  const { image, architecture } = wanted;
  if (imageLayout === undefined && store !== undefined) {
    const nowhere = () => Promise.resolve(undefined);
    return (await gatherImage(wanted, store, { find: nowhere, withIndex: false })).pinned;
  }
  const pathOf = (digest: Digest) =>
    imageLayout === undefined
      ? `${documentsDirectory(directoryOf(file ?? ''))}/${documentName(digest)}`
      : `${imageLayout}/${blobPath(digest)}`;
  const read = async (digest: Digest) => {
    const path = pathOf(digest);
    const bytes = await createFileStore().read(path);
    if (bytes !== undefined) return bytes;
    const message = `${path} does not exist, which ${image.image} is told by`;
    throw new VerificationError('EVIDENCE_MISSING', message, {
      hint: 'Give --image-layout with the images of a mirror.',
      context: { image: image.image, expected: digest },
    });
  };
  const index = image.index === undefined ? undefined : await read(image.index);
  return readImageContent(image, architecture, { manifest: await read(image.digest), index });
}
