/** Who must have signed, as the catalogue says it. Nothing here is optional by default: an identity needs its issuer. */
import type { z } from 'zod';
import { httpsUrlSchema } from '../../formats/https-url.ts';
import { fillTemplate, lacks, textTemplateSchema } from '../../formats/template.ts';
import type { Asset } from '../method.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';

export const issuerSchema = httpsUrlSchema.describe('the URL of who vouched for that identity, exactly');

export const sourceRepositorySchema = httpsUrlSchema
  .exactOptional()
  .describe('the repository that the workflow ran for, exactly');

export const identityShape = {
  // The one subject alternative name.
  identity: textTemplateSchema
    .refine(...lacks('kind', 'os'))
    .describe(
      "template: the certificate's one name, exactly. With a scheme it is a URI, without one an e-mail address",
    ),
  issuer: issuerSchema,
  sourceRepository: sourceRepositorySchema,
};

type IdentitySpec = z.output<z.ZodObject<typeof identityShape>>;

export function policyOf(spec: IdentitySpec, { values }: Pick<Asset, 'values'>): CertificatePolicy {
  const { identity, issuer, sourceRepository } = spec;
  return { identity: fillTemplate(identity, values), issuer, sourceRepository };
}
