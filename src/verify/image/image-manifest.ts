/**
 * From a manifest's bytes to what a node will pull: the platform's manifest, its configuration and its layers. Every
 * step is by digest and size, so that whoever vouches for the first vouches for all of them.
 */
import { malformed } from '../../formats/upstream/evidence-json.ts';
import {
  parseImageConfig,
  parseImageManifest,
  type ImageManifest,
} from '../../formats/upstream/oci-manifest.ts';
import type { Architecture } from '../../model/artifact.ts';
import { VerificationError } from '../../model/errors.ts';
import { runsOn } from './platform.ts';

const configTypes: readonly string[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];

/** Not those of other places (`foreign`, `nondistributable`): their bytes are not in the registry. */
const layerTypes: readonly string[] = [
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
];

export interface RunnableImage {
  readonly manifest: ImageManifest;
  /** Of manifest, configuration and layers. */
  readonly sizeBytes: number;
}

/** `mediaType`: what the index calls it. Throws VerificationError `EVIDENCE_MALFORMED` for what no node could run. */
export function readRunnableImage(bytes: Uint8Array, what: string, mediaType?: string): RunnableImage {
  const manifest = parseImageManifest(bytes, what);
  const { config, layers } = manifest;
  if (mediaType !== undefined && (manifest.mediaType ?? mediaType) !== mediaType) {
    throw malformed(
      what,
      `it says that it is ${String(manifest.mediaType)}, and its index that it is ${mediaType}`,
    );
  }
  if (!configTypes.includes(config.mediaType)) {
    throw malformed(what, `its configuration is of the type ${config.mediaType}, which no image has`);
  }
  if (layers.length === 0) throw malformed(what, 'it has no layers');
  const foreign = layers.find((layer) => !layerTypes.includes(layer.mediaType));
  if (foreign !== undefined) {
    throw malformed(what, `it has a layer of the type ${foreign.mediaType}, which is not of an image`);
  }
  const sizeBytes = layers.reduce((sum, { size }) => sum + size, bytes.length + config.size);
  return { manifest, sizeBytes };
}

/** What a manifest is called that does not say it: the type is an OCI one then ("Image Manifest Property Descriptions"). */
export function manifestTypeOf({ mediaType }: ImageManifest): string {
  return mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
}

/**
 * An image that no index lists says itself what it runs on: the configuration's bytes, which have been compared with
 * the manifest. Throws VerificationError `SUBJECT_MISMATCH` for another platform, and `EVIDENCE_MALFORMED`.
 */
export function requirePlatform(config: Uint8Array, arch: Architecture, what: string): void {
  const found = parseImageConfig(config, what);
  if (runsOn(found, arch)) return;
  const { os, architecture, variant } = found;
  const name = [os, architecture, ...(variant ? [variant] : [])].join('/').slice(0, 80);
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${what} is of an image for ${name}, expected linux/${arch}`,
    {
      hint: 'The image is for one platform only: limit the entry to it, with "platforms" in the catalogue.',
      context: { expected: `linux/${arch}`, found: name },
    },
  );
}
