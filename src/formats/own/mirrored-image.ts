/**
 * Where a registry that stands in for others has their images, as zot is laid out beside podplane's VMs:
 *
 *   <registry>/mirror/<original registry>/<repository>:<tag>
 */
import type { Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { isRegistryHost } from '../upstream/image-reference.ts';
import type { ManifestImage } from './manifest-schema.ts';

export interface MirroredImage {
  /** As the manifest names it. */
  readonly image: string;
  /** With its registry, also where the manifest leaves Docker's to be understood. */
  readonly originalRepository: string;
  /** In the registry that stands in. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
}

export const mirrorPrefix = 'mirror';
/** What a reference without a registry is of, and what that one is called in it. */
const defaultRegistry = 'docker.io';

/** OCI distribution specification 1.1, `<name>`. */
const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/**
 * Of an image of a manifest. Throws UsageError `MANIFEST_INVALID`, which names `manifestFile`, for one of a registry with a
 * port: no repository can have a colon in its name.
 */
export function mirroredImage({ image, digest }: ManifestImage, manifestFile: string): MirroredImage {
  const colon = image.lastIndexOf(':');
  const name = image.slice(0, colon);
  const originalRepository = isRegistryHost(name.slice(0, name.indexOf('/')))
    ? name
    : `${defaultRegistry}/${name}`;
  const repository = `${mirrorPrefix}/${originalRepository}`;
  if (repositoryName.test(repository)) {
    return { image, originalRepository, repository, tag: image.slice(colon + 1), digest };
  }
  const message = `${manifestFile} names ${image}, which no repository of a registry can be called after`;
  throw new UsageError('MANIFEST_INVALID', message, {
    context: { file: manifestFile, image },
    hint: 'The name of a repository has no port in it: publish the image under a host name of its own.',
  });
}
