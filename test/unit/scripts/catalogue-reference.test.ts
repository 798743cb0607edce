/** docs/catalogue.md says of every field what its schema says, and leaves none out. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogueTables, withTables } from '../../../scripts/catalogue-reference.ts';
import { descriptionOf, type JsonSchema } from '../../../scripts/schema-fields.ts';
import { catalogueJsonSchema, type CatalogueSchemas } from '../../../src/formats/own/catalogue-schema.ts';
import { catalogueSchemas, loadCatalogue } from '../../../src/pipeline/manifests/catalogue.ts';
import { shelfAndServer } from '../../support/catalogue-schemas.ts';

const page = readFileSync(new URL('../../../docs/catalogue.md', import.meta.url), 'utf8');
const tables = catalogueTables(catalogueSchemas);
const { sources, verifications } = catalogueSchemas;

/** Every property at any depth, in every form, also of those that are always refused. */
function everyField(schema: JsonSchema, path = ''): (readonly [string, JsonSchema])[] {
  const { properties = {}, additionalProperties, items, anyOf = [], oneOf = [] } = schema;
  const inner = [additionalProperties, items, ...anyOf, ...oneOf].filter((one) => typeof one === 'object');
  return [
    ...Object.entries(properties).flatMap(([name, field]) => [
      [`${path}/${name}`, field] as const,
      ...everyField(field, `${path}/${name}`),
    ]),
    ...inner.flatMap((one) => everyField(one, path)),
  ];
}

function withSource(source: z.ZodType, entry: z.ZodType = sources['apt']!.entry): CatalogueSchemas {
  return { ...catalogueSchemas, sources: { ...sources, shelf: { source, entry } } };
}

describe('the schemas of the catalogue', () => {
  it('describe every field, source and method', () => {
    const whole = catalogueJsonSchema(catalogueSchemas) as JsonSchema;
    const fields = everyField(whole);
    for (const path of [
      '/platforms/os',
      '/sources/suites/maxAge',
      '/sources/latest/pointer',
      '/dependencies/equals/url',
      '/dependencies/source/versions/minimumAge',
      '/dependencies/verification/signature',
    ]) {
      expect(fields.map(([name]) => name)).toContain(path);
    }
    expect(fields.filter(([, { description = '' }]) => description.trim() === '')).toEqual([]);
    for (const schema of [
      ...Object.values(sources).map(({ source }) => source),
      ...Object.values(verifications),
    ]) {
      expect(schema.description).toMatch(/\S/);
    }
  });

  it('keep their rules beside the words', () => {
    const { properties = {} } = catalogueJsonSchema(catalogueSchemas) as JsonSchema;
    expect(properties['kinds']).toMatchObject({ minItems: 1, uniqueItems: true });
    expect(properties['dependencies']).toMatchObject({
      additionalProperties: {
        required: ['kinds', 'type', 'source', 'verification'],
        properties: { enabled: { default: true }, equals: { required: ['dependency', 'url', 'constant'] } },
      },
    });
  });
});

describe('docs/catalogue.md', () => {
  it('has the tables that the schemas give', () => {
    expect(withTables(page, tables)).toBe(page);
  });

  it.each(Object.keys(sources))('has a chapter on the source type %s, with its fields', (type) => {
    const chapter = page.split(/^(?=##+ )/m).find((text) => text.startsWith(`### \`type: ${type}\`\n`));
    expect(chapter).toContain(`<!-- generated: source ${type} -->`);
    expect(chapter).toContain(`type: ${type}\n`);
  });

  it.each(Object.keys(verifications))('has a chapter on the method %s, with its fields', (method) => {
    const chapter = page.split(/^(?=##+ )/m).find((text) => text.startsWith(`### \`method: ${method}\`\n`));
    expect(chapter).toContain(`<!-- generated: method ${method} -->`);
  });

  it('has examples of entries that a catalogue can have', () => {
    const head = `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources: { tool: { type: github-release, repository: owner/tool, tag: 'v{version}' } }
dependencies:
`;
    const entry = '  tool:\n    kinds: [knd]\n    type: binary\n    source: { from: tool, asset: tool }\n';
    const examples = [
      ...page.matchAll(/^```yaml title="an example"\n((?: {2}tool| {4}verification):\n[^`]*)/gm),
    ];
    expect(examples.length).toBeGreaterThanOrEqual(5);
    for (const [, text = ''] of examples) {
      const whole = text.startsWith(' '.repeat(4)) ? entry + text : text;
      const { dependencies } = loadCatalogue(Buffer.from(head + whole), 'catalogue.yaml');
      expect(dependencies).toHaveLength(1);
    }
  });

  it('leads to headings that it has', () => {
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor);
    expect(links).toContain('who-must-have-signed');
    expect(links.filter((anchor) => !headings.includes(anchor!))).toEqual([]);
  });
});

describe('withTables', () => {
  it('replaces what was changed by hand', () => {
    const [row = ''] = /^\| `suites\[\]\.suite` \| required \|.*$/m.exec(page) ?? [];
    expect(row).not.toBe('');
    for (const other of ['', `${row}\n${row}\n`, '| `suites[].suite` | optional | any |\n']) {
      expect(
        withTables(
          page.replace(`${row}\n`, () => other),
          tables,
        ),
      ).toBe(page);
    }
  });

  it('refuses a page that has no place for a new source or method', () => {
    const shelf = z.strictObject({ type: z.literal('shelf').describe('the kind') }).describe('books');
    const added = catalogueTables(withSource(shelf));
    expect(() => withTables(page, added)).toThrow('not documented: add <!-- generated: source shelf -->');
    const marker = '<!-- generated: method in-toto -->';
    expect(() => withTables(page.replace(marker, ''), tables)).toThrow(`not documented: add ${marker}`);
  });

  it.each([
    ['of nothing that there is', '<!-- generated: source ftp -->\n\n<!-- end -->\n', 'nothing is generated'],
    [
      'of a name that objects inherit',
      '<!-- generated: toString -->\n\n<!-- end -->\n',
      'nothing is generated',
    ],
    ['that is there twice', '<!-- generated: sources -->\n\n<!-- end -->\n', '"sources" is there twice'],
  ])('refuses a marker %s', (_, text, message) => {
    expect(() => withTables(page + text, tables)).toThrow(message);
  });

  it.each(['<!-- end -->\n', '<!-- end -->'])('refuses a marker without an end', (end) => {
    const [before = '', ...others] = page.split(end);
    expect(others.length).toBeGreaterThan(10);
    const without = before + others[0]! + end + others.slice(1).join(end);
    expect(() => withTables(without, tables)).toThrow('the marker "catalogue" has no end');
    expect(() => withTables('<!-- generated: a -->\ntext\n', { a: '' })).toThrow('"a" has no end');
  });
});

describe('catalogueTables', () => {
  const type = z.literal('shelf').describe('the kind');
  const row = (source: z.ZodType, name: string) =>
    catalogueTables(withSource(source.describe('books')))
      ['source shelf']!.split('\n')
      .find((line) => line.startsWith(`| \`${name}\` |`));

  it('tells what must be there, and what holds otherwise', () => {
    const shelf = z.strictObject({
      type,
      room: z.string().describe('where'),
      floor: z.enum(['1', '2']).exactOptional().describe('how high'),
      lamp: z.boolean().default(false).describe('is there light'),
      book: z.union([z.string(), z.strictObject({ title: z.string().describe('a | b') })]).describe('which'),
      ladder: z.never().exactOptional().describe('is not for shelves'),
    });
    expect(row(shelf, 'room')).toBe('| `room` | required | where |');
    expect(row(shelf, 'floor')).toBe('| `floor` | optional | `1`, `2`: how high |');
    expect(row(shelf, 'lamp')).toBe('| `lamp` | `false` unless given | is there light |');
    expect(row(shelf, 'book.title')).toBe('| `book.title` | required in a map | a \\| b |');
    expect(row(shelf, 'ladder')).toBeUndefined();
    expect(row(shelf, 'type')).toBeUndefined();
  });

  it('refuses a field, a source or a method without a description', () => {
    expect(() => catalogueTables(shelfAndServer)).toThrow('has no description in its schema');
    expect(() => row(z.strictObject({ type, rooms: z.string() }), 'rooms')).toThrow(
      'rooms has no description',
    );
    const inner = z.array(z.strictObject({ bare: z.string() })).describe('all');
    expect(() => row(z.strictObject({ type, rooms: inner }), 'rooms')).toThrow('rooms[].bare has no');
    expect(() => catalogueTables(withSource(z.strictObject({ type })))).toThrow('shelf has no description');
    const entry = z.strictObject({ from: z.string(), book: z.string().describe(' ') });
    expect(() => catalogueTables(withSource(sources['apt']!.source, entry))).toThrow(
      'book has no description',
    );
    const seal = z.strictObject({ method: z.literal('seal') });
    const sealed = { sources, verifications: { ...verifications, seal } };
    expect(() => catalogueTables(sealed)).toThrow('seal has no description');
    expect(() => descriptionOf({}, 'it')).toThrow('it has no description');
  });

  it('refuses what would break a table, and forms that nothing tells apart', () => {
    const broken = z.strictObject({ type, room: z.string().describe('one\ntwo') });
    expect(() => row(broken, 'room')).toThrow('a cell of a table is one line');
    const one = z.strictObject({ a: z.string().exactOptional().describe('a') });
    const other = z.strictObject({ b: z.string().describe('b') });
    const told = z.strictObject({ type, room: z.union([other, one.required()]).describe('where') });
    expect(row(told, 'room.a')).toContain('one of `b`, `a`');
    const either = z.strictObject({ type, room: z.union([one, other]).describe('where') });
    expect(() => row(either, 'room')).toThrow('nothing tells the map of a from other forms');
  });
});
