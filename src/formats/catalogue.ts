/**
 * The catalogue (`manifests/catalogue.yaml`, docs/catalogue.md): what is wanted, from where, and the proof that it
 * must come with. Written by people, so that every mistake is reported at once, with its line.
 *
 * What a source or a verification may say is up to the registries further up, whose schemas are an argument.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema } from '../model/artifact.ts';
import { dependencyKeySchema, freeTextSchema, kindSchema, listOf, nameSchema, osSchema } from './names.ts';
import { check, didYouMean, oneOf, show, type Problem } from './problems.ts';
import { parseYamlDocument } from './yaml-document.ts';

export interface CatalogueSchemas {
  /** By the source's `type`: of the source itself, and of what a dependency asks of it. */
  readonly sources: Readonly<Record<string, { readonly source: z.ZodType; readonly entry: z.ZodType }>>;
  /** By the verification's `method`. */
  readonly verifications: Readonly<Record<string, z.ZodType>>;
}

const platformsSchema = z
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
  kinds: listOf(kindSchema),
  platforms: platformsSchema,
};

const dependencyShape = {
  enabled: z.boolean().default(true),
  /** Why it is not enabled. */
  reason: freeTextSchema.exactOptional(),
  kinds: listOf(kindSchema),
  /** The catalogue's, where it is not for all of them. */
  platforms: platformsSchema.exactOptional(),
  type: artifactTypeSchema,
  /** Cloud providers that need it, for consumers of the manifest; all of them unless given. */
  providers: listOf(nameSchema).exactOptional(),
};

const headSchema = z.strictObject({
  ...headShape,
  sources: z.record(nameSchema, z.unknown()),
  dependencies: z.record(dependencyKeySchema, z.unknown()),
});

const dependencySchema = z
  .strictObject({
    ...dependencyShape,
    source: z.looseObject({ from: nameSchema }),
    verification: z.looseObject({ method: z.string() }),
  })
  .superRefine(({ enabled, reason }, context) => {
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

/** Untrusted text to a catalogue; `file` is for messages. Throws UsageError `CATALOGUE_INVALID`. */
export function parseCatalogue(text: string, file: string, schemas: CatalogueSchemas): Catalogue {
  const document = parseYamlDocument(text, file, 'CATALOGUE_INVALID');
  const problems: Problem[] = [];
  const head = check(headSchema, document.value, [], problems);
  const raw = asRecord(document.value);
  const sources = readSources(asRecord(raw['sources']), schemas, problems);
  const dependencies = readDependencies(raw, schemas, problems);
  if (head === undefined || problems.length > 0) throw document.failure(problems);
  return { kinds: head.kinds, platforms: head.platforms, sources, dependencies };
}

function readSources(
  raw: Readonly<Record<string, unknown>>,
  schemas: CatalogueSchemas,
  problems: Problem[],
): Record<string, SourceSpec> {
  const sources = Object.create(null) as Record<string, SourceSpec>;
  for (const [name, value] of Object.entries(raw)) {
    const path = ['sources', name];
    const chosen = choose(schemas.sources, value, 'type', path, problems);
    const spec = chosen && check(chosen.source, value, path, problems);
    if (spec !== undefined) sources[name] = spec as SourceSpec;
  }
  return sources;
}

function readDependencies(
  raw: Readonly<Record<string, unknown>>,
  schemas: CatalogueSchemas,
  problems: Problem[],
): Dependency[] {
  const dependencies: Dependency[] = [];
  for (const [name, value] of Object.entries(asRecord(raw['dependencies']))) {
    const path = ['dependencies', name];
    const fields = check(dependencySchema, value, path, problems);
    const { source, verification } = asRecord(value);
    const entry = readEntry(source, asRecord(raw['sources']), schemas, [...path, 'source'], problems);
    const proof = readVerification(verification, schemas, [...path, 'verification'], problems);
    if (fields === undefined) continue;
    checkKinds(fields.kinds, raw['kinds'], path, problems);
    checkPlatforms(fields.platforms, raw['platforms'], path, problems);
    if (entry === undefined || proof === undefined) continue;
    dependencies.push({ ...fields, name, source: entry, verification: proof });
  }
  return dependencies;
}

/** What is asked of a source depends on the type of the source that is named. */
function readEntry(
  value: unknown,
  sources: Readonly<Record<string, unknown>>,
  schemas: CatalogueSchemas,
  path: readonly PropertyKey[],
  problems: Problem[],
): Dependency['source'] | undefined {
  const { from } = asRecord(value);
  if (typeof from !== 'string') return undefined;
  if (!Object.hasOwn(sources, from)) {
    const message = `names no source of this file, found ${show(from)}${didYouMean(from, Object.keys(sources))}`;
    problems.push({ path: [...path, 'from'], message });
    return undefined;
  }
  const { type } = asRecord(sources[from]);
  // An unknown type has been reported where it stands.
  if (typeof type !== 'string' || !Object.hasOwn(schemas.sources, type)) return undefined;
  const schema = schemas.sources[type]?.entry;
  return schema && (check(schema, value, path, problems) as Dependency['source'] | undefined);
}

function readVerification(
  value: unknown,
  schemas: CatalogueSchemas,
  path: readonly PropertyKey[],
  problems: Problem[],
): Dependency['verification'] | undefined {
  if (typeof asRecord(value)['method'] !== 'string') return undefined;
  const schema = choose(schemas.verifications, value, 'method', path, problems);
  return schema && (check(schema, value, path, problems) as Dependency['verification'] | undefined);
}

/** The schema that a value's own tag names. */
function choose<T>(
  schemas: Readonly<Record<string, T>>,
  value: unknown,
  tag: 'type' | 'method',
  path: readonly PropertyKey[],
  problems: Problem[],
): T | undefined {
  const name = asRecord(value)[tag];
  if (typeof name === 'string' && Object.hasOwn(schemas, name)) return schemas[name];
  const known = Object.keys(schemas);
  const expected = `must be ${oneOf(known)}`;
  const message =
    name === undefined
      ? `is missing: ${expected}`
      : `${expected}, found ${show(name)}${typeof name === 'string' ? didYouMean(name, known) : ''}`;
  problems.push({ path: [...path, tag], message });
  return undefined;
}

function checkKinds(
  kinds: readonly string[],
  known: unknown,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  if (!Array.isArray(known)) return;
  const names = known.filter((name) => typeof name === 'string');
  kinds.forEach((kind, index) => {
    if (names.includes(kind)) return;
    const message = `is not among the kinds of this file, found ${show(kind)}${didYouMean(kind, names)}`;
    problems.push({ path: [...path, 'kinds', index], message });
  });
}

function checkPlatforms(
  platforms: readonly CataloguePlatform[] | undefined,
  known: unknown,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  const all = platformsSchema.safeParse(known).data;
  if (all === undefined) return;
  platforms?.forEach(({ os, architectures }, index) => {
    const same = all.find((platform) => platform.os === os);
    const missing = architectures.filter((arch) => same?.architectures.includes(arch) !== true);
    if (missing.length === 0) return;
    const message = `is not among the platforms of this file: ${os} ${missing.join(', ')}`;
    problems.push({ path: [...path, 'platforms', index], message });
  });
}

/** The members of a map; none where a value is something else, which its schema reports. */
function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
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
