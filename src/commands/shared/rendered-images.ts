/** The container images of a rendered script: what of their documents has to be known when it is rendered. */
import { Option, type Command } from 'commander';
import { archiveName } from '../../formats/own/image-archive.ts';
import { mirrorBlobPath } from '../../formats/own/mirror-layout.ts';
import type { Manifest } from '../../formats/own/manifest.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { blobPath } from '../../formats/upstream/oci-layout.ts';
import { createFileStore } from '../../io/file-store.ts';
import type { Digest } from '../../model/digest.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import { wantedImages } from '../../pipeline/staging/image-items.ts';
import { documentName, documentsDirectory } from '../../pipeline/shared/kept-documents.ts';
import type { FetchImage } from '../../render/fetch-script/image-function.ts';
import { readImageContent } from '../../verify/image/image-content.ts';
import { directoryOf } from './input-files.ts';

export interface RenderedImagesFlags {
  readonly images?: true;
  readonly imageLayout?: string;
}

export function addRenderedImagesOptions(command: Command): Command {
  return command
    .option('--images', 'the container images too, by the documents in evidence/ beside the manifest')
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
  /** Of mirrors, in the order to ask in; none for the registries themselves. */
  readonly bases: readonly string[];
  readonly isFromRegistry: boolean;
}

/** Throws UsageError `USAGE`, and VerificationError `EVIDENCE_MISSING` and as `readImageContent` does. */
export async function renderedImages(
  manifest: Manifest,
  { images, imageLayout }: RenderedImagesFlags,
  { file, bases, isFromRegistry }: Places,
): Promise<readonly FetchImage[]> {
  if (images !== true && imageLayout === undefined) return [];
  if (isFromRegistry) {
    throw new UsageError('USAGE', 'a script takes no images from a registry that stands in for others', {
      hint: 'Render it with a mirror over HTTP: --mirror-base.',
    });
  }
  const pathOf = (digest: Digest) => {
    if (imageLayout !== undefined) return `${imageLayout}/${blobPath(digest)}`;
    if (file !== undefined) return `${documentsDirectory(directoryOf(file))}/${documentName(digest)}`;
    throw new UsageError('USAGE', 'nothing says what the images consist of', {
      hint: 'Give --image-layout.',
    });
  };
  const read = async (digest: Digest, name: string) => {
    const path = pathOf(digest);
    const bytes = await createFileStore().read(path);
    if (bytes !== undefined) return bytes;
    throw new VerificationError('EVIDENCE_MISSING', `${path} does not exist, which ${name} is told by`, {
      hint: 'Give --image-layout with the images of a mirror.',
      context: { image: name, expected: digest },
    });
  };
  return Promise.all(
    wantedImages(manifest).map(async ({ image, architecture }) => {
      const index = image.index === undefined ? undefined : await read(image.index, image.image);
      const bytes = { manifest: await read(image.digest, image.image), index };
      const content = readImageContent(image, architecture, bytes);
      const origin = repositoryUrl(content.repository);
      const urlsOf = (digest: Digest) =>
        bases.length === 0
          ? [`${origin}/blobs/${digest}`]
          : bases.map((base) => `${base}/${mirrorBlobPath(digest)}`);
      return { name: archiveName(image.image), image: content, urlsOf };
    }),
  );
}
