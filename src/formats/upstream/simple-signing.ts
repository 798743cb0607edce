/**
 * What a signature of a container image is over (containers/image, "Container signature format"; cosign's
 * `SIGNATURE_SPEC.md`): a few lines of JSON that name the image's manifest and the repository.
 *
 * `critical` is strict: the specification has readers refuse what they do not know in it. `optional` is free.
 */
import { z } from 'zod';
import { digestSchema } from '../../model/digest-schema.ts';
import { parseEvidenceJson } from './evidence-json.ts';

/** One has about 300 bytes. */
export const maxPayloadBytes = 64 << 10;

const payloadSchema = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': digestSchema }),
    type: z.literal('cosign container image signature'),
  }),
  optional: z.unknown().optional(),
});

export interface SimpleSigning {
  /** The repository, as its publisher calls it. */
  readonly reference: string;
  readonly manifestDigest: z.output<typeof digestSchema>;
}

/** Throws VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`; `what` is for messages. */
export function parseSimpleSigning(bytes: Uint8Array, what: string): SimpleSigning {
  const { critical } = parseEvidenceJson(payloadSchema, bytes, what, { maxBytes: maxPayloadBytes });
  return {
    reference: critical.identity['docker-reference'],
    manifestDigest: critical.image['docker-manifest-digest'],
  };
}
