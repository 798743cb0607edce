/**
 * Reads the catalogue (`manifests/catalogue.yaml`, docs/catalogue.md). People write it: every mistake is reported at
 * once, with its line.
 */
import type { ArtifactType } from '../../model/artifact.ts';
import { checkAdvisories, readAdvisories, withoutAdvisories } from './catalogue-advisories.ts';
import { checkAnchors, type PinnedAnchors } from './catalogue-anchors.ts';
import {
  type Asked,
  dependencySchema,
  headSchema,
  ownPlatformsSchema,
  type Catalogue,
  type CataloguePlatform,
  type CatalogueSchemas,
  type Dependency,
  type Equals,
  type SourceSchemas,
  type SourceSpec,
} from './catalogue-schema.ts';
import { checkKeep, checkPlaces } from './catalogue-places.ts';
import { check, didYouMean, oneOf, show, type Problem } from '../text/problems.ts';
import { asRecord } from '../text/record.ts';
import { checkWaivers } from './waivers.ts';
import { parseYamlDocument } from './yaml-document.ts';

export type { Catalogue, CatalogueSchemas, Dependency } from './catalogue-schema.ts';

/**
 * Untrusted text to a catalogue; `file` is for messages. With `pinned`, the trust anchors that it names must be there.
 * Throws UsageError `CATALOGUE_INVALID`.
 */
export function parseCatalogue(
  text: string,
  file: string,
  schemas: CatalogueSchemas,
  pinned?: PinnedAnchors,
): Catalogue {
  const document = parseYamlDocument(text, file, 'CATALOGUE_INVALID');
  const problems: Problem[] = [];
  const head = check(headSchema, document.value, [], problems);
  const raw = asRecord(document.value);
  const sources = readSources(asRecord(raw['sources']), schemas, problems);
  const dependencies = readDependencies(raw, schemas, problems);
  if (pinned !== undefined)
    checkAnchors({ sources: raw['sources'], dependencies: raw['dependencies'] }, pinned, problems);
  checkPlaces({ sources, dependencies }, schemas, problems);
  if (head?.keep !== undefined) {
    const names = Object.keys(asRecord(raw['dependencies']));
    checkKeep(head.keep, { names, sources, dependencies }, schemas, problems);
  }
  checkWaivers(head?.waivers ?? [], Object.keys(asRecord(raw['dependencies'])), problems);
  if (head === undefined || problems.length > 0) throw document.failure(problems);
  const keep = Object.assign(Object.create(null) as Record<string, string>, head.keep);
  const { kinds, platforms, waivers = [] } = head;
  return { kinds, platforms, sources, dependencies, keep, waivers };
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
    checkAdvisories(value, path, problems);
    const spec = chosen && check(chosen.source, withoutAdvisories(value), path, problems);
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
    checkEquals(fields.equals, raw, path, problems);
    if (entry === undefined || proof === undefined) continue;
    checkFit(fields.type, proof.method, schemaOf(entry.from, raw, schemas), path, problems);
    const from = asRecord(raw['sources'])[entry.from];
    const asked = { source: withoutAdvisories(from), entry: source, verification };
    const advisories = readAdvisories(fields.advisories, from, path, problems);
    const read = { ...fields, name, source: entry, verification: proof, asked: asked as Asked };
    dependencies.push({ ...read, advisories });
  }
  return dependencies;
}

function schemaOf(
  from: string,
  raw: Readonly<Record<string, unknown>>,
  schemas: CatalogueSchemas,
): SourceSchemas | undefined {
  const { type } = asRecord(asRecord(raw['sources'])[from]);
  return typeof type === 'string' ? schemas.sources[type] : undefined;
}

/** An apt repository publishes .debs, and its chain is apt's own. */
function checkFit(
  type: ArtifactType,
  method: string,
  source: SourceSchemas | undefined,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  const { artifactTypes, methods } = source ?? {};
  if (artifactTypes?.includes(type) === false) {
    const message = `does not come from such a source: must be ${oneOf(artifactTypes)}, found ${show(type)}`;
    problems.push({ path: [...path, 'type'], message });
  }
  if (methods?.includes(method) === false) {
    const message = `does not fit such a source: must be ${oneOf(methods)}, found ${show(method)}`;
    problems.push({ path: [...path, 'verification', 'method'], message });
  }
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

/** The release of another dependency, whose source knows how a version is written as a tag. */
function checkEquals(
  equals: Equals | undefined,
  raw: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  if (equals === undefined) return;
  const dependencies = asRecord(raw['dependencies']);
  const { dependency: name } = equals;
  const at = [...path, 'equals', 'dependency'];
  if (!Object.hasOwn(dependencies, name)) {
    const hint = didYouMean(name, Object.keys(dependencies));
    problems.push({ path: at, message: `is no dependency of this file, found ${show(name)}${hint}` });
    return;
  }
  const { from } = asRecord(asRecord(dependencies[name])['source']);
  const { tag } = asRecord(asRecord(raw['sources'])[typeof from === 'string' ? from : '']);
  if (typeof tag === 'string') return;
  problems.push({ path: at, message: `comes from a source without tags, found ${show(name)}` });
}

function checkPlatforms(
  platforms: readonly CataloguePlatform[] | undefined,
  known: unknown,
  path: readonly PropertyKey[],
  problems: Problem[],
): void {
  if (platforms === undefined) return;
  const all = ownPlatformsSchema.safeParse(known).data;
  if (all === undefined) return;
  platforms.forEach(({ os, architectures }, index) => {
    const same = all.find((platform) => platform.os === os);
    const missing = architectures.filter((arch) => same?.architectures.includes(arch) !== true);
    if (missing.length === 0) return;
    const guess = same === undefined ? didYouMean(os, new Set(all.map((platform) => platform.os))) : '';
    const message = `is not among the platforms of this file: ${os} ${missing.join(', ')}${guess}`;
    problems.push({ path: [...path, 'platforms', index], message });
  });
}
