/**
 * The list of what is about a manifest, under a tag of its own (OCI distribution specification 1.1, "Referrers Tag
 * Schema"): for registries that have no list of referrers. Nothing in it is authenticated.
 */
import { z } from 'zod';
import type { Digest } from '../../model/digest.ts';
import { parseEvidenceJson } from './evidence-json.ts';
import { maxManifestBytes } from './oci-manifest.ts';

export interface Referrer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly artifactType: string;
}

export const referrersType = 'application/vnd.oci.image.index.v1+json';

export function referrersTag(subject: Digest): string {
  return subject.replace(':', '-');
}

/** Others have written what else is there: it stays as it is. */
const listSchema = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(z.looseObject({ digest: z.string() })).max(10_000),
});

/**
 * The list with one more in it; undefined where it is in it. `list`: untrusted bytes, if there is one. Throws
 * VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`.
 */
export function withReferrer(
  list: Uint8Array | undefined,
  { digest, sizeBytes, artifactType }: Referrer,
  what: string,
): Uint8Array | undefined {
  const known =
    list === undefined
      ? { schemaVersion: 2, mediaType: referrersType, manifests: [] }
      : parseEvidenceJson(listSchema, list, what, { maxBytes: maxManifestBytes });
  if (known.manifests.some((one) => one.digest === digest)) return undefined;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const own = { mediaType, digest, size: sizeBytes, artifactType };
  return Buffer.from(JSON.stringify({ ...known, manifests: [...known.manifests, own] }));
}
