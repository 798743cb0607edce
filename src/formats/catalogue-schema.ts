/**
 * The catalogue (`manifests/catalogue.yaml`, docs/catalogue.md) as types and rules: what is wanted, from where, and the
 * proof that it must come with.
 *
 * What a source or a verification may say is up to the registries further up, whose schemas are an argument.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema, type ArtifactType } from '../model/artifact.ts';
import { urlTemplateSchema } from './template.ts';
import { dependencyKeySchema, freeTextSchema, listOf, nameSchema, osSchema } from './names.ts';

export interface SourceSchemas {
  /** Of the source itself. */
  readonly source: z.ZodType;
  /** Of what a dependency asks of it. */
  readonly entry: z.ZodType;
  /** What can come from it; any type unless given. */
  readonly artifactTypes?: readonly ArtifactType[];
  /** The verification methods that fit it; any unless given. */
  readonly methods?: readonly string[];
}

export interface CatalogueSchemas {
  /** By the source's `type`. */
  readonly sources: Readonly<Record<string, SourceSchemas>>;
  /** By the verification's `method`. */
  readonly verifications: Readonly<Record<string, z.ZodType>>;
}

export const platformsSchema = z
  .array(z.strictObject({ os: osSchema, architectures: listOf(architectureSchema) }))
  .min(1, { error: 'must not be empty' })
  .superRefine((platforms, context) => {
    platforms.forEach(({ os }, index) => {
      if (platforms.findIndex((other) => other.os === os) === index) return;
      context.addIssue({ code: 'custom', message: 'is listed twice', path: [index, 'os'], input: os });
    });
  });

const headShape = {
  version: z.literal(1),
  kinds: listOf(nameSchema),
  platforms: platformsSchema,
};

/** What a dependency must be the same as, in the words of another project: a check on both, which vouches for neither. */
const equalsSchema = z.strictObject({
  /** Whose release says it. */
  dependency: dependencyKeySchema,
  /** A file of Go source, of that release. */
  url: urlTemplateSchema,
  constant: z
    .string()
    .max(100)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of a constant in Go' }),
});

export type Equals = z.output<typeof equalsSchema>;

const dependencyShape = {
  enabled: z.boolean().default(true),
  /** Why it is not enabled. */
  reason: freeTextSchema.exactOptional(),
  kinds: listOf(nameSchema),
  /** Under development: the manifest has an entry without a file. Its source counts once this is removed. */
  stub: z.literal(true).exactOptional(),
  /** The catalogue's, where it is not for all of them. */
  platforms: platformsSchema.exactOptional(),
  type: artifactTypeSchema,
  /** Cloud providers that need it, for consumers of the manifest; all of them unless given. */
  providers: listOf(nameSchema).exactOptional(),
  /** Of a container image: what another project compiles in. */
  equals: equalsSchema.exactOptional(),
};

export const headSchema = z.strictObject({
  ...headShape,
  sources: z.record(nameSchema, z.unknown()),
  dependencies: z.record(dependencyKeySchema, z.unknown()),
});

export const dependencySchema = z
  .strictObject({
    ...dependencyShape,
    source: z.looseObject({ from: nameSchema }),
    verification: z.looseObject({ method: z.string() }),
  })
  .superRefine(({ enabled, reason, type, equals }, context) => {
    if (equals !== undefined && type !== 'oci-image') {
      context.addIssue({ code: 'custom', message: 'is only for container images', path: ['equals'] });
    }
    if (!enabled && reason === undefined) {
      context.addIssue({ code: 'custom', message: 'is missing: why is it not enabled?', path: ['reason'] });
    }
    if (enabled && reason !== undefined) {
      context.addIssue({
        code: 'custom',
        message: 'is only for what is not enabled: remove it, or add "enabled: false"',
        path: ['reason'],
      });
    }
  });

type Head = z.output<typeof headSchema>;
export type CataloguePlatform = Head['platforms'][number];

/** Checked by the schema of its type; only the source's own code knows more. */
export interface SourceSpec {
  readonly type: string;
}

export interface Dependency extends z.output<typeof dependencySchema> {
  readonly name: string;
}

export interface Catalogue {
  readonly kinds: readonly string[];
  readonly platforms: readonly CataloguePlatform[];
  /** By name; without a prototype, so that only names of the file are found. */
  readonly sources: Readonly<Record<string, SourceSpec>>;
  /** In the file's order. */
  readonly dependencies: readonly Dependency[];
}

/** The catalogue's JSON Schema, for editors: they complete and check while one writes. */
export function catalogueJsonSchema(schemas: CatalogueSchemas): unknown {
  const sources = Object.values(schemas.sources);
  const schema = z.strictObject({
    ...headShape,
    sources: z.record(nameSchema, z.union(sources.map(({ source }) => source))),
    dependencies: z.record(
      dependencyKeySchema,
      z.strictObject({
        ...dependencyShape,
        source: z.union(sources.map(({ entry }) => entry)),
        verification: z.union(Object.values(schemas.verifications)),
      }),
    ),
  });
  return z.toJSONSchema(schema, { target: 'draft-07', io: 'input' });
}
