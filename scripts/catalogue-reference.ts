/**
 * The tables of docs/catalogue.md and docs/pins.md, from the schemas that these files are checked by. They stand between
 * `<!-- generated: NAME -->` and `<!-- end -->`; what is around them is written by hand.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { catalogueJsonSchema, type CatalogueSchemas } from '../src/formats/own/catalogue-schema.ts';
import { advisoriesSchema } from '../src/formats/own/advisories-schema.ts';
import { versionsSchema } from '../src/formats/own/versions-schema.ts';
import type { AnchorKind } from '../src/verify/anchors/anchor.ts';
import { pinsJsonSchema } from '../src/verify/anchors/pins.ts';
import { identityShape } from '../src/verify/methods/identity-spec.ts';
import {
  code,
  descriptionOf,
  fieldsOf,
  jsonSchema,
  meaningOf,
  type Fields,
  type JsonSchema,
} from './schema-fields.ts';

/** By the name of their marker. Throws where a field has no description. */
export function catalogueTables(schemas: CatalogueSchemas): Record<string, string> {
  const { sources, verifications } = schemas;
  const whole = catalogueJsonSchema(schemas) as JsonSchema;
  const dependency = whole.properties?.['dependencies']?.additionalProperties as JsonSchema;
  const identity = fieldsOf(jsonSchema(z.strictObject(identityShape)));
  return {
    catalogue: fieldTable('key', fieldsOf(whole)),
    sources: sourcesTable(schemas),
    ...mapped(sources, 'source', ({ source }) => fieldTable('field', fieldsOf(jsonSchema(source), 'type'))),
    versions: fieldTable('field', fieldsOf(jsonSchema(versionsSchema))),
    advisories: fieldTable('field', fieldsOf(jsonSchema(advisoriesSchema))),
    dependency: fieldTable('field', fieldsOf(dependency), [
      'advisories',
      'platforms',
      'source',
      'verification',
    ]),
    entries: entriesTable(schemas),
    methods: table(
      ['method', 'proof'],
      Object.entries(verifications).map(([name, schema]) => [
        code(name),
        descriptionOf(jsonSchema(schema), name),
      ]),
    ),
    identity: fieldTable('field', identity),
    ...mapped(verifications, 'method', (schema) =>
      methodTable(withoutWitnesses(fieldsOf(jsonSchema(schema), 'method')), identity),
    ),
  };
}

/** By the name of their marker: what pins.yaml has, and each kind of anchor. Throws where a field has no description. */
export function pinsTables(kinds: readonly AnchorKind[]): Record<string, string> {
  return {
    pins: fieldTable('key', fieldsOf(pinsJsonSchema(kinds) as JsonSchema)),
    kinds: table(
      ['`type`', 'pins', 'the catalogue asks for it by'],
      kinds.map(({ type, schema, reference }) => [
        code(type),
        descriptionOf(jsonSchema(schema), type),
        code(reference.field),
      ]),
    ),
    ...Object.fromEntries(
      kinds.map(({ type, schema }) => [
        `anchor ${type}`,
        fieldTable('field', fieldsOf(jsonSchema(schema), 'type')),
      ]),
    ),
  };
}

/** The page with these tables in their places. Throws where a table has no place, or a place no table. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  const placed = new Set<string>();
  // A marker, all lines that are none, and the marker after them.
  const place = /^<!-- generated: (.+) -->\n(?:(?!<!-- ).*\n)*(<!-- .*)?$/gm;
  const text = page.replace(place, (_, name: string, end: string | undefined) => {
    const lines = Object.hasOwn(tables, name) ? tables[name] : undefined;
    if (lines === undefined) throw new Error(`nothing is generated for the marker "${name}"`);
    if (end !== '<!-- end -->') throw new Error(`the marker "${name}" has no end`);
    if (placed.has(name)) throw new Error(`the marker "${name}" is there twice`);
    placed.add(name);
    return `<!-- generated: ${name} -->\n\n${lines}\n\n<!-- end -->`;
  });
  const missing = Object.keys(tables).filter((name) => !placed.has(name));
  if (missing.length === 0) return text;
  throw new Error(`not documented: add ${missing.map((name) => `<!-- generated: ${name} -->`).join(', ')}`);
}

function sourcesTable({ sources }: CatalogueSchemas): string {
  return table(
    ['`type`', 'publishes', '`type` of an entry', '`verification`'],
    Object.entries(sources).map(([type, { source, artifactTypes, methods }]) => [
      code(type),
      descriptionOf(jsonSchema(source), type),
      artifactTypes?.map(code).join(', ') ?? 'any',
      methods?.map(code).join(', ') ?? 'any',
    ]),
  );
}

/** Types with the same fields share their rows. */
function entriesTable({ sources }: CatalogueSchemas): string {
  const groups: { readonly types: string[]; readonly fields: Fields }[] = [];
  for (const [type, { entry }] of Object.entries(sources)) {
    const fields = fieldsOf(jsonSchema(entry), 'from');
    const same = groups.find((group) => isDeepStrictEqual(group.fields, fields));
    if (same === undefined) groups.push({ types: [code(type)], fields });
    else same.types.push(code(type));
  }
  return table(
    ['type of the source', 'field', '', 'meaning'],
    groups.flatMap(({ types, fields }) => rowsOf(fields).map((row) => [types.join(', '), ...row])),
  );
}

/** Of all methods of released files, which the page tells of once. */
function withoutWitnesses(fields: Fields): Fields {
  return new Map([...fields].filter(([name]) => name !== 'witnesses'));
}

/** Who must have signed is said in the same fields by several methods, and has a table of its own. */
function methodTable(fields: Fields, identity: Fields): string {
  if (fields.size === 0) return 'It has no other fields.';
  const isKeyless = [...identity].every(([name, field]) => isDeepStrictEqual(fields.get(name), field));
  if (!isKeyless) return fieldTable('field', fields);
  const own = new Map([...fields].filter(([name]) => !identity.has(name)));
  const shared = [...identity.keys()].map(code).join(', ');
  return `${fieldTable('field', own)}\n${tableRow([shared, '', '[who must have signed](#who-must-have-signed)'])}`;
}

function fieldTable(title: string, fields: Fields, apart: readonly string[] = []): string {
  return table([title, '', 'meaning'], rowsOf(fields, apart));
}

/** One row a field, followed by those of what is in it; `versions`, and what is `apart`, is told of elsewhere. */
function rowsOf(fields: Fields, apart: readonly string[] = [], prefix = ''): string[][] {
  return [...fields].flatMap(([name, { schema, need }]) => {
    const path = prefix + name;
    const row = [code(path), need, meaningOf(schema, path)];
    if (name === 'versions' || apart.includes(name)) return [row];
    const inside = fieldsOf(schema);
    // Of names for each architecture the page tells once, and `asset` by itself.
    if (name !== 'asset' && [...inside.keys()].join() === 'amd64,arm64') return [row];
    const list = schema.items === undefined ? '' : '[]';
    return [row, ...rowsOf(inside, apart, `${path}${list}.`)];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableRow(head), `|${'---|'.repeat(head.length)}`, ...rows.map(tableRow)].join('\n');
}

function tableRow(cells: readonly string[]): string {
  return `|${cells.map((cell) => (cell === '' ? ' |' : ` ${escaped(cell)} |`)).join('')}`;
}

function escaped(cell: string): string {
  if (/[\r\n]/.test(cell)) throw new Error(`a cell of a table is one line, found ${JSON.stringify(cell)}`);
  return cell.replaceAll('|', String.raw`\|`);
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  kind: string,
  write: (value: T) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [`${kind} ${name}`, write(value)]));
}
