/** Who must have signed, as the catalogue says it. Nothing here is optional by default: an identity needs its issuer. */
import type { z } from 'zod';
import { httpsUrlSchema } from '../../formats/https-url.ts';
import { fillTemplate, lacks, textTemplateSchema } from '../../formats/template.ts';
import type { Asset } from '../method.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';

export const identityShape = {
  /** The certificate's one subject alternative name, exactly: a URI, or an e-mail address. */
  identity: textTemplateSchema.refine(...lacks('kind', 'os')),
  /** Who vouched for it, exactly. */
  issuer: httpsUrlSchema,
  /** The repository that the workflow ran for. */
  sourceRepository: httpsUrlSchema.exactOptional(),
};

type IdentitySpec = z.output<z.ZodObject<typeof identityShape>>;

export function policyOf(spec: IdentitySpec, { values }: Asset): CertificatePolicy {
  const { identity, issuer, sourceRepository } = spec;
  return { identity: fillTemplate(identity, values), issuer, sourceRepository };
}
