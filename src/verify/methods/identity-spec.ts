/** Who must have signed, as the catalogue says it. Nothing here is optional by default: an identity needs its issuer. */
import { z } from 'zod';
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import {
  fillTemplate,
  lacks,
  textTemplateSchema,
  type Placeholder,
  type TemplateValues,
} from '../../formats/own/template.ts';
import type { CertificatePolicy } from '../sigstore/identity.ts';

/** Of one release: the next one is refused until it is changed. */
export const sourceDigestSchema = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, { error: "must be a commit's whole hash, in lower-case hex" })
  .describe(
    'the commit that the workflow ran for, whole: beside a pinned `version`, since each release has another one',
  );

/** The fields, in whose templates these placeholders may not stand. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the schemas are the type
export function identityShapeWithout(...placeholders: readonly Placeholder[]) {
  const template = (description: string) =>
    textTemplateSchema.refine(...lacks(...placeholders)).describe(description);
  return {
    // The one subject alternative name.
    identity: template(
      "template: the certificate's one name, exactly. With a scheme it is a URI, without one an e-mail address",
    ),
    issuer: httpsUrlSchema.describe('the URL of who vouched for that identity, exactly'),
    sourceRepository: httpsUrlSchema
      .exactOptional()
      .describe('the repository that the workflow ran for, exactly'),
    sourceRef: template(
      'template: the branch or tag that the workflow ran for, exactly, such as `refs/tags/v{version}`',
    ).exactOptional(),
    sourceDigest: sourceDigestSchema.exactOptional(),
    signerWorkflow: template(
      'template: the workflow that signed, with the ref that it was used from, exactly',
    ).exactOptional(),
  };
}

export const identityShape = identityShapeWithout('kind', 'os');

type IdentitySpec = z.output<z.ZodObject<typeof identityShape>>;

/** What of it may have the release in it. */
export function identityTemplates(spec: IdentitySpec): readonly (string | undefined)[] {
  return [spec.identity, spec.sourceRef, spec.signerWorkflow];
}

export function policyOf(spec: IdentitySpec, values: TemplateValues): CertificatePolicy {
  const { identity, issuer, sourceRepository, sourceRef, sourceDigest, signerWorkflow } = spec;
  const filled = (template: string | undefined) => template && fillTemplate(template, values);
  return {
    identity: fillTemplate(identity, values),
    issuer,
    sourceRepository,
    sourceRef: filled(sourceRef),
    sourceDigest,
    signerWorkflow: filled(signerWorkflow),
  };
}
