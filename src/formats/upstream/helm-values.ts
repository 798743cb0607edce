/**
 * The values of a chart (Helm's documentation, "Values Files", "Subcharts and Global Values", "Chart.yaml"), as far as they
 * name container images. Templates are not read: an image that one of them writes by itself is in no value.
 */
import { z } from 'zod';
import { VerificationError } from '../../model/errors.ts';
import { malformed } from './evidence-json.ts';
import { parseEvidenceYaml } from './evidence-yaml.ts';

/** Of one file of a chart, as Helm has it. */
export const maxChartFileBytes = 5 << 20;

export type ChartValues = Readonly<Record<string, unknown>>;

/** A chart's own files, and the charts in it. */
export interface ChartSource {
  readonly metadata: Uint8Array;
  /** Undefined where it has no values. */
  readonly values: Uint8Array | undefined;
  readonly subcharts: readonly ChartSource[];
}

export interface ValuesImage {
  /** Where it stands in the values: `postgresql.image`. */
  readonly path: string;
  /** As the values name it: `registry.example.org/team/app`. */
  readonly repository: string;
  /** The chart's application version where the values leave it open; undefined where nothing says one. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export interface ChartContent {
  readonly name: string;
  readonly version: string;
  readonly images: readonly ValuesImage[];
}

const text = z.string().max(512);
const metadataSchema = z.object({
  name: text,
  version: text,
  appVersion: z.union([text, z.number()]).nullish(),
  dependencies: z
    .array(z.object({ name: text, alias: text.nullish(), condition: text.nullish() }))
    .max(256)
    .nullish(),
});
const valuesSchema = z.record(z.string(), z.unknown()).nullable();

/**
 * Untrusted files. `overrides`: other values, each of more weight than those before it. What is switched off by the values
 * (`enabled: false`, a dependency's condition) names no image. Throws VerificationError `EVIDENCE_MALFORMED` and
 * `LIMIT_EXCEEDED`.
 */
export function readChartImages(
  source: ChartSource,
  overrides: readonly ChartValues[],
  what: string,
): ChartContent {
  const { name, version } = metadataOf(source, what);
  const given = overrides.reduce((all, one) => merged(all, one, 'nulls stay'), {});
  return { name, version, images: imagesOf(source, given, '', what) };
}

/** A file of values: Helm's `--values`. Throws as `readChartImages` does. */
export function parseChartValues(bytes: Uint8Array, what: string): ChartValues {
  return parseEvidenceYaml(valuesSchema, bytes, what, { maxBytes: maxChartFileBytes }) ?? {};
}

function metadataOf({ metadata }: ChartSource, what: string) {
  const limit = { maxBytes: maxChartFileBytes };
  return parseEvidenceYaml(metadataSchema, metadata, `Chart.yaml of ${what}`, limit);
}

function imagesOf(source: ChartSource, given: ChartValues, at: string, what: string): readonly ValuesImage[] {
  const { name, appVersion, dependencies } = metadataOf(source, what);
  const own = source.values === undefined ? {} : parseChartValues(source.values, `values.yaml of ${what}`);
  const values = merged(own, given, 'nulls take away');
  const names = new Set<string>();
  const below = source.subcharts.flatMap((chart) => {
    const inside = `${what}, charts`;
    const subchart = metadataOf(chart, inside).name;
    const listed = (dependencies ?? []).filter((one) => one.name === subchart);
    const uses = listed.length === 0 ? [{ name: subchart, alias: null, condition: null }] : listed;
    return uses.flatMap(({ alias, condition }) => {
      const key = alias ?? subchart;
      names.add(key);
      if (!isEnabled(condition ?? '', values)) return [];
      // What is global above counts for more.
      const handed = merged(recordOf(values[key]), { global: values['global'] }, 'nulls stay');
      return imagesOf(chart, handed, `${at}${key}.`, `${inside}/${subchart}`);
    });
  });
  if (names.has('global')) throw malformed(what, `${name} has a chart in it that is called global`);
  const defaults = { tag: appVersion ?? undefined, registry: recordOf(values['global'])['imageRegistry'] };
  const rest = Object.fromEntries(Object.entries(values).filter(([key]) => !names.has(key)));
  return [...imagesIn(rest, at, defaults, 0), ...below];
}

/** The first of the paths that leads to a boolean decides. */
function isEnabled(condition: string, values: ChartValues): boolean {
  for (const path of condition.split(',')) {
    const found = path
      .trim()
      .split('.')
      .reduce<unknown>((value, key) => recordOf(value)[key], values);
    if (typeof found === 'boolean') return found;
  }
  return true;
}

interface Defaults {
  readonly tag: unknown;
  readonly registry: unknown;
}

const maxDepth = 50;

function imagesIn(value: unknown, at: string, defaults: Defaults, depth: number): readonly ValuesImage[] {
  if (depth > maxDepth) {
    throw new VerificationError('LIMIT_EXCEEDED', `values more than ${String(maxDepth)} deep: ${at}`);
  }
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => imagesIn(one, `${at}${String(index)}.`, defaults, depth + 1));
  }
  const values = recordOf(value);
  if (values['enabled'] === false) return [];
  return Object.entries(values).flatMap(([key, one]) => {
    const path = `${at}${key}`;
    return imageAt(key, one, values, { path, ...defaults }) ?? imagesIn(one, `${path}.`, defaults, depth + 1);
  });
}

/** `image: name:tag`, also with the tag beside it; or a map with a repository, and perhaps registry, tag and digest. */
function imageAt(
  key: string,
  value: unknown,
  siblings: ChartValues,
  { path, tag: usual, registry: global }: Defaults & { readonly path: string },
): readonly ValuesImage[] | undefined {
  const isCalledSo = /image$/i.test(key);
  if (typeof value === 'string') {
    if (!isCalledSo || value === '') return undefined;
    const { repository, tag, digest } = splitReference(value);
    const beside = textOf(siblings[`${key}Tag`]) ?? textOf(siblings['tag']);
    return [{ path, repository, tag: tag ?? beside ?? textOf(usual), digest }];
  }
  const map = recordOf(value);
  const repository = textOf(map['repository']) ?? (isCalledSo ? textOf(map['name']) : undefined);
  const isImage = isCalledSo || ['registry', 'tag', 'digest'].some((part) => Object.hasOwn(map, part));
  if (repository === undefined || !isImage || map['enabled'] === false) return undefined;
  const registry = textOf(global) ?? textOf(map['registry']);
  const named = splitReference(repository);
  return [
    {
      path,
      repository: registry === undefined ? named.repository : `${registry}/${named.repository}`,
      tag: textOf(map['tag']) ?? named.tag ?? textOf(usual),
      digest: textOf(map['digest']) ?? textOf(map['sha']) ?? named.digest,
    },
  ];
}

function splitReference(reference: string) {
  const [name = '', digest] = reference.split('@', 2);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return {
    repository: colon === -1 ? name : name.slice(0, colon),
    tag: colon === -1 ? undefined : name.slice(colon + 1),
    digest,
  };
}

/** A number is text as Go writes it for small ones; an empty text says nothing. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function recordOf(value: unknown): ChartValues {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is ChartValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Helm merges: maps by key, everything else in whole. A null takes a key away, once it meets the chart's own values. */
function merged(base: ChartValues, over: ChartValues, rule: 'nulls stay' | 'nulls take away'): ChartValues {
  const entries = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = entries.get(key);
    if (value === null && rule === 'nulls take away') entries.delete(key);
    else if (isRecord(value) && isRecord(below)) entries.set(key, merged(below, value, rule));
    else if (value !== undefined) entries.set(key, value);
  }
  return Object.fromEntries(entries);
}
