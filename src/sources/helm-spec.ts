/**
 * What the catalogue says about repositories of Helm charts, and what an entry asks of one: a chart, and a version of it.
 */
import { z } from 'zod';
import { maxAgeSchema } from '../formats/own/duration-schema.ts';
import { nameSchema } from '../formats/own/names.ts';
import { fileTemplateSchema } from '../formats/own/template.ts';
import { parseVersion } from '../formats/own/version-order.ts';
import { requireVersion, semverVersionsSchema } from '../formats/own/versions-schema.ts';
import { httpsUrlSchema } from '../formats/text/https-url.ts';
import { type Repository } from '../formats/upstream/image-reference.ts';
import { registrySchema, repositorySchema } from '../formats/upstream/image-reference-schema.ts';

const scheme = 'oci://';

/** `oci://registry/repository`, without the chart's name. */
const registryUrlSchema = z
  .string()
  .max(512)
  .startsWith(scheme)
  .refine((text) => placeOf(text) !== undefined, {
    error: 'must be oci://REGISTRY/REPOSITORY, without the chart and its version',
  });

export const helmSchema = z
  .strictObject({
    type: z.literal('helm').describe('the kind of source'),
    repository: z
      .union([httpsUrlSchema, registryUrlSchema], {
        error: 'must be the https URL of the folder that index.yaml is in, or oci://REGISTRY/REPOSITORY',
      })
      .describe(
        'the https URL of the folder that `index.yaml` is in; or `oci://REGISTRY/REPOSITORY`, of charts in a registry, without the name of the chart',
      ),
    files: z
      .array(httpsUrlSchema)
      .min(1, { error: 'must not be empty' })
      .exactOptional()
      .describe(
        'where archives may be that are not below `repository`, as https URLs: an index that names another place is refused',
      ),
    maxAge: maxAgeSchema,
  })
  .refine(({ repository, files }) => files === undefined || !repository.startsWith(scheme), {
    path: ['files'],
    error: 'is for a repository with an index: a registry has its archives itself',
  })
  .describe('Helm charts, by an index or in a registry');

const versions = semverVersionsSchema.pick({ range: true, prereleases: true, hold: true });

export const helmEntrySchema = z
  .strictObject({
    from: nameSchema.describe('a source of this file'),
    chart: z
      .string()
      .max(100)
      .regex(/^[a-z0-9][a-z0-9._-]*$/, { error: "must be a chart's name, in lower case" })
      .describe("the chart's name"),
    tag: fileTemplateSchema
      .refine((text) => /^[^{}]*\{version\}[^{}]*$/.test(text), {
        error: 'must have {version} once, and no other placeholder',
      })
      .exactOptional()
      .describe('template: how the publisher writes a version, `v{version}`; `{version}` unless given'),
    versions: versions
      .exactOptional()
      .describe('which of its versions: with a `range` that has an end. Nothing dates a chart'),
    version: z
      .string()
      .max(100)
      .regex(/^\d[A-Za-z0-9.+-]*$/, { error: 'must be a version without a leading v' })
      .refine((text) => parseVersion('semver', text) !== undefined, { error: 'is no semver version' })
      .exactOptional()
      .describe(
        'exactly this version, without a leading `v`. It, or `versions`, has to be there: a chart is never the latest',
      ),
  })
  .superRefine(requireVersion);

export type Helm = z.output<typeof helmSchema>;
export type HelmEntry = z.output<typeof helmEntrySchema>;

/** Of a chart in a registry; undefined for a repository with an index. */
export function chartRepository(
  { repository }: Pick<Helm, 'repository'>,
  chart: string,
): Repository | undefined {
  const place = placeOf(repository);
  return place && { registry: place.registry, repository: `${place.repository}/${chart}` };
}

function placeOf(text: string): Repository | undefined {
  if (!text.startsWith(scheme)) return undefined;
  const slash = text.indexOf('/', scheme.length);
  const registry = registrySchema.safeParse(text.slice(scheme.length, slash)).data;
  const repository = repositorySchema.safeParse(text.slice(slash + 1)).data;
  return slash === -1 || registry === undefined || repository === undefined
    ? undefined
    : { registry, repository };
}
