/** What the catalogue says of images that cosign signs: who must have, and as what. */
import { z } from 'zod';
import { repositoryReferenceSchema } from '../../formats/image-reference.ts';
import type { Terms } from '../method.ts';
import { issuerSchema, sourceRepositorySchema } from '../methods/identity-spec.ts';

export const cosignImageSchema = z
  .strictObject({
    method: z.literal('cosign-image').describe('the kind of proof'),
    identity: z
      .string()
      .max(500)
      .regex(/^[!-z~]+$/, { error: 'must be text without spaces or placeholders' })
      .describe("the certificate's one name, exactly, without placeholders: a URI, or an e-mail address"),
    issuer: issuerSchema,
    sourceRepository: sourceRepositorySchema,
    signedAs: repositoryReferenceSchema
      .exactOptional()
      .describe(
        'what the signature calls the repository, where that is not the one that the image comes from: of a copy',
      ),
  })
  .describe("a signature over the digest of an image's index or manifest");

export type CosignImageSpec = z.output<typeof cosignImageSchema>;

/** `isIndexed`: it is the index that was signed; else the platform's manifest, whose configuration says what it runs on. */
export function cosignImageTerms({ identity, issuer }: CosignImageSpec, isIndexed: boolean): Terms {
  return {
    assurance: 'signed',
    chain: 'sigstore',
    identity: { identity, issuer },
    documents: {
      'cosign-bundle': 'kept',
      'simple-signing': 'kept',
      ...(isIndexed ? { 'oci-index': 'kept' } : {}),
      'oci-manifest': 'kept',
      ...(isIndexed ? {} : { 'oci-config': 'kept' }),
    },
  };
}
