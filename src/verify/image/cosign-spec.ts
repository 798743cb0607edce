/** What the catalogue says of images that cosign signs: who must have, and as what. */
import { z } from 'zod';
import { httpsUrlSchema } from '../../formats/https-url.ts';
import { repositoryReferenceSchema } from '../../formats/image-reference.ts';

export const cosignImageSchema = z.strictObject({
  method: z.literal('cosign-image'),
  /** The certificate's one subject alternative name, exactly: a URI, or an e-mail address. No placeholders. */
  identity: z
    .string()
    .max(500)
    .regex(/^[!-z~]+$/, { error: 'must be text without spaces or placeholders' }),
  /** Who vouched for it, exactly. */
  issuer: httpsUrlSchema,
  /** The repository that the workflow ran for. */
  sourceRepository: httpsUrlSchema.exactOptional(),
  /** What the signature calls the repository, where that is not the one that the image comes from (a copy of it). */
  signedAs: repositoryReferenceSchema.exactOptional(),
});

export type CosignImageSpec = z.output<typeof cosignImageSchema>;
