/**
 * What the catalogue says about registries of container images (OCI distribution specification 1.1), and what an
 * entry asks of one: a repository, and a tag of it.
 */
import { z } from 'zod';
import { maxAgeSchema } from '../formats/own/duration-schema.ts';
import { registrySchema, repositorySchema } from '../formats/upstream/image-reference-schema.ts';
import { nameSchema } from '../formats/own/names.ts';
import { fileTemplateSchema } from '../formats/own/template.ts';
import { requireVersion, semverVersionsSchema } from '../formats/own/versions-schema.ts';

export const ociRegistrySchema = z
  .strictObject({
    type: z.literal('oci-registry').describe('the kind of source'),
    registry: registrySchema.describe(
      'the host as image references name it, `registry.k8s.io`, with a port where it is not that of https',
    ),
    maxAge: maxAgeSchema,
  })
  .describe('container images');

export const ociEntrySchema = z
  .strictObject({
    from: nameSchema.describe('a source of this file'),
    repository: repositorySchema.describe(
      'the repository in the registry, such as `pause` or `team/project`',
    ),
    tag: fileTemplateSchema
      .refine((text) => /^[^{}+~]*\{version\}[^{}+~]*$/.test(text), {
        error: 'must have {version} once, no other placeholder, and nothing that a tag may not have',
      })
      .describe(
        'template, with `{version}` once: how the publisher writes a version as a tag, `{version}` or `v{version}`',
      ),
    versions: semverVersionsSchema
      .exactOptional()
      .describe('which of its versions: with a `range` that has an end'),
    version: z
      .string()
      .max(100)
      .regex(/^\d[A-Za-z0-9._-]*$/, { error: 'must be a version without a leading v, as a tag can have it' })
      .exactOptional()
      .describe(
        'exactly this version, without a leading `v`. It, or `versions`, has to be there: an image is never the latest',
      ),
  })
  .superRefine(requireVersion);

export type OciRegistry = z.output<typeof ociRegistrySchema>;
export type OciEntry = z.output<typeof ociEntrySchema>;

/** The reference without a tag. */
export function repositoryReference(
  { registry }: Pick<OciRegistry, 'registry'>,
  { repository }: OciEntry,
): string {
  return `${registry}/${repository}`;
}
