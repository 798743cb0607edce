/**
 * The catalogue (`manifests/catalogue.yaml`, docs/catalogue.md) as types and rules: what is wanted, from where, and the
 * proof that it must come with.
 *
 * What a source or a verification may say is up to the registries further up, whose schemas are an argument.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema, type ArtifactType } from '../../model/artifact.ts';
import type { OsvPackage } from '../../model/advisory.ts';
import { advisoriesSchema } from './advisories-schema.ts';
import { imagePackagesSchema } from './image-packages-schema.ts';
import { urlTemplateSchema } from './template.ts';
import { waiverSchema, type Waiver } from './waivers.ts';
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
  /** Of images: the reference without its tag. Called with what `source` and `entry` have read. */
  readonly image?: (source: never, entry: never) => { readonly repository: string } | undefined;
}

export interface CatalogueSchemas {
  /** By the source's `type`. */
  readonly sources: Readonly<Record<string, SourceSchemas>>;
  /** By the verification's `method`. */
  readonly verifications: Readonly<Record<string, z.ZodType>>;
}

/** An entry of a manifest, as messages name it: a dependency's key, an image's reference, `os.image`, `os.boot`. */
const keptNameSchema = z
  .string()
  .max(512)
  .regex(/^[a-z0-9][A-Za-z0-9.+:/_-]*$/, {
    error: 'must be an entry of a manifest, as update-manifests names it',
  });

const platformShape = {
  os: osSchema.describe('the operating system, such as `debian-13`'),
  architectures: listOf(architectureSchema).describe('those that it is built for'),
};

function eachOnce<T extends z.ZodType<{ readonly os: string }>>(platform: T) {
  return z
    .array(platform)
    .min(1, { error: 'must not be empty' })
    .superRefine((platforms, context) => {
      const seen = new Set<string>();
      for (const [index, { os }] of platforms.entries()) {
        if (seen.has(os)) {
          context.addIssue({ code: 'custom', message: 'is listed twice', path: [index, 'os'], input: os });
        }
        seen.add(os);
      }
    });
}

/** Of a dependency. */
const platformsSchema = eachOnce(z.strictObject(platformShape));
/** Of the catalogue. */
export const ownPlatformsSchema = eachOnce(
  z.strictObject({
    ...platformShape,
    packages: imagePackagesSchema
      .exactOptional()
      .describe(
        'what the OS image has installed: with it, `Depends` and `Pre-Depends` of the `.deb`s have to hold',
      ),
  }),
);

const headShape = {
  version: z.literal(1).describe('the version of this format'),
  kinds: listOf(nameSchema).describe(
    'the VM kinds; there is one manifest for each kind, OS and architecture',
  ),
  platforms: ownPlatformsSchema.describe('the operating systems, and the architectures of each'),
  keep: z
    .record(keptNameSchema, freeTextSchema)
    .exactOptional()
    .describe(
      'entries of manifests that the catalogue does not have, each with the reason why it stays: a key, the reference of an image, `os.image` or `os.boot`. Nothing vouches for them',
    ),
  waivers: z
    .array(waiverSchema)
    .exactOptional()
    .describe(
      'changes for the worse that a person has decided on: without one an entry never becomes weaker or another silently',
    ),
};

/** What a dependency must be the same as, in the words of another project: a check on both, which vouches for neither. */
const equalsSchema = z.strictObject({
  dependency: dependencyKeySchema.describe('the dependency whose release says it'),
  url: urlTemplateSchema.describe(
    'template, with `{tag}` or `{version}` in the path: a file of Go source, of that release',
  ),
  constant: z
    .string()
    .max(100)
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of a constant in Go' })
    .describe('the constant in that file: one plain string'),
});

export type Equals = z.output<typeof equalsSchema>;

const dependencyShape = {
  kinds: listOf(nameSchema).describe("those of the file's `kinds` that need it"),
  type: artifactTypeSchema.describe('how it is installed'),
  platforms: platformsSchema.exactOptional().describe('as at the top, where it is not for all of them'),
  providers: listOf(nameSchema)
    .exactOptional()
    .describe('the cloud providers that need it, all of them unless given; goes into the manifest as it is'),
  equals: equalsSchema
    .exactOptional()
    .describe('of images only: what another project compiles in, which must name this image'),
  enabled: z
    .boolean()
    .default(true)
    .describe('`false` keeps the entry out of manifests; then `reason` is required'),
  reason: freeTextSchema
    .exactOptional()
    .describe('why it is not enabled, and what would change that: with `enabled: false`, and only then'),
  advisories: advisoriesSchema.exactOptional(),
  learnt: freeTextSchema
    .exactOptional()
    .describe(
      'how the identity was learnt that has to have signed it, as pins.yaml says it of keys. Nothing is compared with it',
    ),
  stub: z
    .literal(true)
    .exactOptional()
    .describe(
      '`true` while it is under development (only `vmconfig` may be): the manifest has an entry without a file. Its source counts once this is removed',
    ),
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

/** What was asked, as the file says it: defaults and units are not filled in. */
export interface Asked {
  /** Of the source itself. */
  readonly source: SourceSpec;
  readonly entry: { readonly from: string };
  readonly verification: { readonly method: string };
}

export interface Dependency extends Omit<z.output<typeof dependencySchema>, 'advisories'> {
  readonly name: string;
  readonly asked: Asked;
  /** What OSV calls it; undefined where neither it nor its source says it. */
  readonly advisories?: OsvPackage | undefined;
}

export interface Catalogue {
  readonly kinds: readonly string[];
  readonly platforms: readonly CataloguePlatform[];
  /** By name; without a prototype, so that only names of the file are found. */
  readonly sources: Readonly<Record<string, SourceSpec>>;
  /** In the file's order. */
  readonly dependencies: readonly Dependency[];
  readonly waivers: readonly Waiver[];
  /** By name, without a prototype: why an entry stays that is not among the dependencies. */
  readonly keep: Readonly<Record<string, string>>;
}

/** The catalogue's JSON Schema, for editors: they complete and check while one writes. */
export function catalogueJsonSchema(schemas: CatalogueSchemas): unknown {
  const sources = Object.values(schemas.sources);
  // Whatever a kind of source has: none of them has to know of it.
  const withAdvisories = ({ source }: SourceSchemas) =>
    source instanceof z.ZodObject
      ? source.safeExtend({ advisories: advisoriesSchema.exactOptional() }).describe(source.description ?? '')
      : source;
  const { kinds, type, ...others } = dependencyShape;
  const dependency = z.strictObject({
    kinds,
    type,
    source: z
      .union(sources.map(({ entry }) => entry))
      .describe('`from` names a source; the other fields depend on the type of that'),
    verification: z
      .union(Object.values(schemas.verifications))
      .describe('`method` and its fields: the proof without which nothing enters a manifest'),
    ...others,
  });
  const schema = z.strictObject({
    ...headShape,
    sources: z
      .record(nameSchema, z.union(sources.map(withAdvisories)))
      .describe('by name: where upstreams publish'),
    dependencies: z.record(dependencyKeySchema, dependency).describe('by key: what is wanted'),
  });
  return z.toJSONSchema(schema, { target: 'draft-07', io: 'input' });
}
