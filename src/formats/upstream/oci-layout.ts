/**
 * OCI image layouts (OCI image specification 1.1, `image-layout.md`): a file that says so, an index by name, and blobs
 * by digest. Nothing in here is authenticated: what an index names is believed for its digest's sake alone.
 */
import { z } from 'zod';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { malformed, parseEvidenceJson } from './evidence-json.ts';
import { descriptorSchema, maxManifestBytes, type Descriptor } from './oci-manifest.ts';
import { byKey } from '../text/record.ts';

export const layoutFile = 'oci-layout';
export const layoutIndexFile = 'index.json';
export const layoutFileBytes: Uint8Array = Buffer.from('{"imageLayoutVersion":"1.0.0"}\n');

/** What an index calls a descriptor in it ("Pre-Defined Annotation Keys"). */
export const refNameKey = 'org.opencontainers.image.ref.name';

/** Relative to the layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

const layoutIndexSchema = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(descriptorSchema).max(100_000),
});

/** Of many images there are many names. */
export const maxLayoutIndexBytes = 8 * maxManifestBytes;

/**
 * What a layout has by name; descriptors without one are left out. Throws VerificationError `LIMIT_EXCEEDED` and
 * `EVIDENCE_MALFORMED`; `what` is for messages.
 */
export function parseLayoutIndex(bytes: Uint8Array, what: string): ReadonlyMap<string, Descriptor> {
  const { manifests } = parseEvidenceJson(layoutIndexSchema, bytes, what, { maxBytes: maxLayoutIndexBytes });
  const named = new Map<string, Descriptor>();
  for (const { annotations, ...descriptor } of manifests) {
    const name = annotations?.[refNameKey];
    if (name === undefined) continue;
    // Of two, one reader would take the first and another the last.
    if ((named.get(name)?.digest ?? descriptor.digest) !== descriptor.digest) {
      throw malformed(what, `${name} leads to two digests`);
    }
    named.set(name, descriptor);
  }
  return named;
}

/** The same bytes for the same names, in whatever order they came. */
export function renderLayoutIndex(named: ReadonlyMap<string, Descriptor>): Uint8Array {
  const manifests = [...named].sort(byKey).map(([name, { mediaType, digest, size }]) => ({
    ...{ mediaType, digest, size },
    annotations: { [refNameKey]: name },
  }));
  return Buffer.from(`${JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }, null, 2)}\n`);
}

const indexType = 'application/vnd.oci.image.index.v1+json';

export interface PlatformManifest {
  readonly descriptor: Descriptor;
  /** `amd64`; the system is Linux. */
  readonly architecture: string;
}

/** An index over platforms that their publisher has none for: the same bytes for the same images. */
export function renderPlatformIndex(members: readonly PlatformManifest[]): Uint8Array {
  const manifests = members
    .toSorted((one, other) => (one.architecture < other.architecture ? -1 : 1))
    .map(({ descriptor: { mediaType, digest, size }, architecture }) => ({
      ...{ mediaType, digest, size },
      platform: { architecture, os: 'linux' },
    }));
  return Buffer.from(`${JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }, null, 2)}\n`);
}
