/** What the catalogue says of images that cosign signs: who must have, and as what. */
import { z } from 'zod';
import { repositoryReferenceSchema } from '../../formats/upstream/image-reference.ts';
import type { TemplateValues } from '../../formats/own/template.ts';
import type { Terms } from '../method.ts';
import { identityShapeWithout, policyOf } from '../methods/identity-spec.ts';

export const cosignImageSchema = z
  .strictObject({
    method: z.literal('cosign-image').describe('the kind of proof'),
    // A signature is of all platforms of a version.
    ...identityShapeWithout('kind', 'os', 'arch', 'asset'),
    signedAs: repositoryReferenceSchema
      .exactOptional()
      .describe(
        'what the signature calls the repository, where that is not the one that the image comes from: of a copy',
      ),
  })
  .describe("a signature over the digest of an image's index or manifest");

export type CosignImageSpec = z.output<typeof cosignImageSchema>;

/** `isIndexed`: it is the index that was signed; else the platform's manifest, whose configuration says what it runs on. */
export function cosignImageTerms(spec: CosignImageSpec, values: TemplateValues, isIndexed: boolean): Terms {
  return {
    assurance: 'signed',
    chain: 'sigstore',
    identity: policyOf(spec, values),
    documents: {
      'cosign-bundle': 'kept',
      'simple-signing': 'kept',
      ...(isIndexed ? { 'oci-index': 'kept' } : {}),
      'oci-manifest': 'kept',
      ...(isIndexed ? {} : { 'oci-config': 'kept' }),
    },
  };
}
