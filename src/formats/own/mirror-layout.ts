/**
 * Where a mirror has what manifests name: the layout that their consumers look for.
 *
 *   vmconfig/artifacts/<key>/<version>/<last segment of the URL>      the OS image's key is `os-image`
 *   manifests/vmconfig_<kind>_<os>_<arch>.json                        the manifest's own bytes
 *   images/oci-layout index.json blobs/<algorithm>/<hex>              the container images, as an OCI image layout
 */
import type { Digest } from '../../model/digest.ts';
import { UsageError } from '../../model/errors.ts';
import { mirrorDirectories } from '../../model/mirror-tree.ts';
import { blobPath, layoutFile, layoutIndexFile } from '../upstream/oci-layout.ts';
import type { Manifest } from './manifest-schema.ts';

export interface Mirrored {
  readonly key: string;
  readonly version: string;
  /** At the origin. */
  readonly url: string;
}

/**
 * On the mirror's disk, where the last segment is decoded: a server answers a client that asks for it as the URL has it
 * with the file of the decoded name. Throws UsageError `MANIFEST_INVALID`, which names `manifestFile`.
 */
export function mirrorPath(mirrored: Mirrored, manifestFile: string): string {
  const { url } = mirrored;
  const name = decodeURIComponent(segmentOf(url));
  if (/^[A-Za-z0-9_][A-Za-z0-9_.+~:@,=&-]*$/.test(name)) return `${directoryOf(mirrored)}/${name}`;
  const message = `${manifestFile} names ${url}, which no file of a mirror can be called after`;
  throw new UsageError('MANIFEST_INVALID', message, { context: { file: manifestFile, url } });
}

/** Where a client asks for it. `base` has no slash at its end. */
export function mirrorUrl(base: string, mirrored: Mirrored): string {
  return `${base}/${directoryOf(mirrored)}/${segmentOf(mirrored.url)}`;
}

function directoryOf({ key, version }: Mirrored): string {
  return `${mirrorDirectories.artifacts}/${key}/${version}`;
}

function segmentOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

export function manifestPath({ vmconfig: { kind, os } }: Manifest): string {
  return `${mirrorDirectories.manifests}/vmconfig_${kind}_${os.name}_${os.arch}.json`;
}

/** Of the images' layout: a blob's path, relative to the mirror. */
export function mirrorBlobPath(digest: Digest): string {
  return `${mirrorDirectories.images}/${blobPath(digest)}`;
}

export const mirrorLayoutPath = `${mirrorDirectories.images}/${layoutFile}`;
export const mirrorIndexPath = `${mirrorDirectories.images}/${layoutIndexFile}`;

const ownBlob = /^images\/blobs\/(?:sha256\/[0-9a-f]{64}|sha512\/[0-9a-f]{128})$/;

const ownManifest = /^vmconfig_[a-z0-9.-]+_[a-z0-9.-]+_(?:amd64|arm64)\.json$/;

/** Of a path below one of the mirror's directories: can it be the mirror's, or did somebody else put it there? */
export function hasLayout(path: string): boolean {
  if (path.startsWith(`${mirrorDirectories.images}/`)) {
    return path === mirrorLayoutPath || path === mirrorIndexPath || ownBlob.test(path);
  }
  const manifests = `${mirrorDirectories.manifests}/`;
  return !path.startsWith(manifests) || ownManifest.test(path.slice(manifests.length));
}
