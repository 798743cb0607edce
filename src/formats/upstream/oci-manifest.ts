/**
 * Manifests of container images and indexes over them (OCI image specification 1.1, `manifest.md` and
 * `image-index.md`; Docker's image manifest version 2, schema 2). Nothing in here is authenticated: digests and
 * signatures are compared by the callers.
 *
 * Fields that are not used may come and go. A document that could be read as either kind is refused, since two
 * readers of it would take two different images (CVE-2021-41190).
 */
import { z } from 'zod';
import { digestSchema } from '../../model/digest-schema.ts';
import { checkEvidence, malformed, parseEvidenceJson } from './evidence-json.ts';

/** What the specification advises registries to accept. */
export const maxManifestBytes = 4 << 20;

/** No blob is larger: sums stay exact. */
const maxBlobBytes = 2 ** 40;

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;
/** For Accept. */
export const manifestMediaTypes: readonly string[] = [...indexTypes, ...manifestTypes];

export const descriptorSchema = z.object({
  mediaType: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9][\w.+!#$&^-]*\/[A-Za-z0-9][\w.+!#$&^-]*$/, { error: 'must be a media type' }),
  digest: digestSchema,
  size: z
    .int()
    .positive({ error: 'must be greater than 0' })
    .max(maxBlobBytes, { error: 'must be at most 2^40' }),
  annotations: z.record(z.string(), z.string()).exactOptional(),
});

const platformSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
});

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.enum(indexTypes).exactOptional(),
  manifests: z
    .array(
      descriptorSchema.extend({
        platform: platformSchema.exactOptional(),
        /** Of what refers to another. */
        artifactType: z.string().exactOptional(),
      }),
    )
    .max(256),
});

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.enum(manifestTypes).exactOptional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(1024),
});

export type Descriptor = z.output<typeof descriptorSchema>;
export type ImageIndex = z.output<typeof indexSchema>;
export type PlatformDescriptor = ImageIndex['manifests'][number];
export type ImageManifest = z.output<typeof manifestSchema>;
export type OciDocument =
  | { readonly kind: 'index'; readonly index: ImageIndex }
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest };

/** Untrusted bytes. Throws VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`; `what` is for messages. */
export function parseOciDocument(bytes: Uint8Array, what: string): OciDocument {
  const value = parseEvidenceJson(z.record(z.string(), z.unknown()), bytes, what, {
    maxBytes: maxManifestBytes,
  });
  const isIndex = Object.hasOwn(value, 'manifests');
  if (isIndex && (Object.hasOwn(value, 'layers') || Object.hasOwn(value, 'config'))) {
    throw malformed(what, 'it is an index and a manifest at once: readers would not agree on the image');
  }
  return isIndex
    ? { kind: 'index', index: checkEvidence(indexSchema, value, what) }
    : { kind: 'manifest', manifest: checkEvidence(manifestSchema, value, what) };
}

/** Of one platform, as an index lists it. Throws as `parseOciDocument` does, for an index in an index too. */
export function parseImageManifest(bytes: Uint8Array, what: string): ImageManifest {
  const document = parseOciDocument(bytes, what);
  if (document.kind === 'manifest') return document.manifest;
  throw malformed(what, 'it is an index, expected the manifest of one image');
}

export function isManifestType(mediaType: string): boolean {
  return (manifestTypes as readonly string[]).includes(mediaType);
}

const configSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().exactOptional(),
  rootfs: z.object({ diff_ids: z.array(z.string()) }).exactOptional(),
});

/** What an image's own configuration says that it runs on. Throws as `parseOciDocument` does. */
export function parseImageConfig(bytes: Uint8Array, what: string): z.output<typeof configSchema> {
  return parseEvidenceJson(configSchema, bytes, what, { maxBytes: maxManifestBytes });
}
