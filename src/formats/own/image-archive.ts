/**
 * One image as one file: a tar archive that `ctr images import`, podman and skopeo read as an OCI image layout, and
 * `docker load` by docker's `manifest.json` beside it. The image has the name that the manifest pins, and the manifest's
 * digest is the one that it pins: nothing is converted.
 *
 *   blobs/sha256/<manifest>   first: its digest is pinned, and all that follows can be told from it
 *   index.json manifest.json oci-layout
 *   blobs/sha256/<configuration> blobs/sha256/<layer>…   each once, in the manifest's order
 *
 * The same image is always the same bytes: there is no time, no owner and no compression in it.
 */
import { digestAlgorithm, type Digest } from '../../model/digest.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import type { Architecture } from '../../model/artifact.ts';
import type { Descriptor } from '../upstream/oci-manifest.ts';
import {
  blobPath,
  layoutFile,
  layoutFileBytes,
  layoutIndexFile,
  refNameKey,
} from '../upstream/oci-layout.ts';
import { ustarEndBytes, ustarHeader, ustarPadding } from '../upstream/ustar.ts';

/** What of an image goes into its archive; see `ImageContent` for how it is come by. */
export interface ArchivedImage {
  /** With registry and tag: `registry.k8s.io/pause:3.10.2`. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly manifest: Descriptor;
  readonly manifestBytes: Uint8Array;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A file of the archive: bytes that are made here, or a blob. */
export interface ArchiveMember {
  readonly path: string;
  readonly sizeBytes: number;
  readonly content: Uint8Array | Digest;
}

/** A stretch of the archive: the headers, small files and zeros between blobs are one. */
export type ArchivePart =
  | { readonly kind: 'made'; readonly bytes: Uint8Array; readonly sizeBytes: number }
  | { readonly kind: 'blob'; readonly digest: Digest; readonly sizeBytes: number };

/** Of containerd: an image's whole name, whatever names are made of others. */
const containerdNameKey = 'io.containerd.image.name';

/** Throws VerificationError `ALGORITHM_REFUSED` for a blob by SHA-512: the readers of such archives know none. */
export function archiveMembers(image: ArchivedImage): readonly ArchiveMember[] {
  const { manifest, manifestBytes, config, layers } = image;
  for (const { digest } of [manifest, config, ...layers]) {
    if (digestAlgorithm(digest) === 'sha256') continue;
    throw new VerificationError('ALGORITHM_REFUSED', `${image.name} has the blob ${digest}, expected sha256`);
  }
  const made = (path: string, content: Uint8Array) => ({ path, sizeBytes: content.length, content });
  const blobs = new Map([config, ...layers].map((one) => [one.digest, one]));
  blobs.delete(manifest.digest);
  return [
    made(archivedManifestPath(manifest.digest), manifestBytes),
    made(layoutIndexFile, render(indexOf(image))),
    made('manifest.json', render(dockerManifestOf(image))),
    made(layoutFile, layoutFileBytes),
    ...[...blobs.values()].map(({ digest, size }) => ({
      path: blobPath(digest),
      sizeBytes: size,
      content: digest,
    })),
  ];
}

/** The path of an archive's first member. */
export function archivedManifestPath(digest: Digest): string {
  return blobPath(digest);
}

function indexOf({ name, architecture, manifest: { mediaType, digest, size } }: ArchivedImage): object {
  const annotations = { [containerdNameKey]: name, [refNameKey]: name };
  const platform = { architecture, os: 'linux' };
  return { schemaVersion: 2, manifests: [{ mediaType, digest, size, annotations, platform }] };
}

function dockerManifestOf({ name, config, layers }: ArchivedImage): object {
  const Layers = layers.map(({ digest }) => blobPath(digest));
  return [{ Config: blobPath(config.digest), RepoTags: [name], Layers }];
}

function render(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

/** The archive from its first byte to its last. Throws as `archiveMembers` does, and `LIMIT_EXCEEDED`. */
export function archiveParts(image: ArchivedImage): readonly ArchivePart[] {
  const parts: ArchivePart[] = [];
  let made: Uint8Array[] = [];
  const flush = () => {
    const bytes = Buffer.concat(made);
    if (bytes.length > 0) parts.push({ kind: 'made', bytes, sizeBytes: bytes.length });
    made = [];
  };
  for (const { path, sizeBytes, content } of archiveMembers(image)) {
    made.push(ustarHeader(path, sizeBytes));
    if (typeof content === 'string') {
      flush();
      parts.push({ kind: 'blob', digest: content, sizeBytes });
    } else made.push(content);
    made.push(Buffer.alloc(ustarPadding(sizeBytes)));
  }
  made.push(Buffer.alloc(ustarEndBytes));
  flush();
  return parts;
}

export function archiveBytes(parts: readonly ArchivePart[]): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

const archiveSuffix = '.oci.tar';

/** A file's name has 255 bytes, and a partial file's is longer than that of the whole one. */
const maxNameLength = 200;

/**
 * What the archive of an image is called among staged files: its reference, with `+` for `/` and `++` for `:`, which no
 * two references share, and no dependency has, whose keys end otherwise. Throws UsageError `MANIFEST_INVALID`.
 */
export function archiveName(reference: string): string {
  const name = `${reference.replaceAll(':', '++').replaceAll('/', '+')}${archiveSuffix}`;
  if (name.length <= maxNameLength) return name;
  throw new UsageError('MANIFEST_INVALID', `no file can be called after ${reference}: it is too long`, {
    context: { image: reference },
  });
}
