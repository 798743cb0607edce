import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  catalogueJsonSchema,
  parseCatalogue,
  type CatalogueSchemas,
} from '../../../src/formats/catalogue.ts';
import { UsageError } from '../../../src/model/errors.ts';

/** Two types and two methods, as registries would give them. */
const schemas: CatalogueSchemas = {
  sources: {
    shelf: {
      source: z.strictObject({ type: z.literal('shelf'), rooms: z.array(z.string()).min(1) }),
      entry: z.strictObject({ from: z.string(), book: z.string() }),
    },
    server: {
      source: z.strictObject({ type: z.literal('server'), url: z.string() }),
      entry: z.strictObject({ from: z.string(), path: z.string(), tag: z.string().optional() }),
    },
  },
  verifications: {
    seal: z.strictObject({ method: z.literal('seal') }),
    checksum: z.strictObject({ method: z.literal('checksum'), reason: z.string() }),
  },
};

const good = `version: 1
kinds: [knd, knc]
platforms:
  - os: debian-13
    architectures: [amd64, arm64]
sources:
  home:
    type: shelf
    rooms: [study]
  net: { type: server, url: x }
dependencies:
  novel:
    kinds: [knd, knc]
    type: deb
    source: { from: home, book: novel }
    verification: { method: seal }
  tool:
    enabled: false
    reason: not needed yet
    kinds: [knc]
    platforms:
      - os: debian-13
        architectures: [arm64]
    providers: [aws]
    type: binary
    source:
      from: net
      path: /tool
    verification: { method: checksum, reason: none is published }
`;

const file = 'catalogue.yaml';
const parse = (text: string) => parseCatalogue(text, file, schemas);

interface Found {
  line: number;
  column: number;
  path: string;
  message: string;
}

function problems(text: string): Found[] {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const { code, message, context } = error as UsageError;
    expect(code).toBe('CATALOGUE_INVALID');
    const found = context['problems'] as Found[];
    const lines = message.split('\n');
    expect(lines).toHaveLength(found.length + 1);
    expect(lines[0]).toMatch(/^catalogue\.yaml: (?:1 problem|\d+ problems)$/);
    found.forEach((one, index) => {
      expect(lines[index + 1]).toContain(`${file}:${one.line}:${one.column}: `);
    });
    return found;
  }
  throw new Error('was not refused');
}

/** The good catalogue with one piece of text replaced. */
function replaced(from: string, to: string): string {
  expect(good.split(from)).toHaveLength(2);
  return good.replace(from, () => to);
}

describe('parseCatalogue', () => {
  it('reads what is well-formed', () => {
    const catalogue = parse(good);
    expect(catalogue.kinds).toEqual(['knd', 'knc']);
    expect(catalogue.platforms).toEqual([{ os: 'debian-13', architectures: ['amd64', 'arm64'] }]);
    expect(catalogue.sources).toEqual({
      home: { type: 'shelf', rooms: ['study'] },
      net: { type: 'server', url: 'x' },
    });
    expect(catalogue.dependencies).toEqual([
      {
        name: 'novel',
        enabled: true,
        kinds: ['knd', 'knc'],
        type: 'deb',
        source: { from: 'home', book: 'novel' },
        verification: { method: 'seal' },
      },
      {
        name: 'tool',
        enabled: false,
        reason: 'not needed yet',
        kinds: ['knc'],
        platforms: [{ os: 'debian-13', architectures: ['arm64'] }],
        providers: ['aws'],
        type: 'binary',
        source: { from: 'net', path: '/tool' },
        verification: { method: 'checksum', reason: 'none is published' },
      },
    ]);
  });

  it('finds no source by the names of Object’s own', () => {
    const { sources } = parse(good);
    for (const name of ['constructor', 'toString', '__proto__']) expect(sources[name]).toBeUndefined();
  });

  it('accepts an alias', () => {
    const text = good.replace('verification: { method: seal }', 'verification: &seal { method: seal }');
    const aliased = text.replace('{ method: checksum, reason: none is published }', '*seal');
    expect(parse(aliased).dependencies[1]?.verification).toEqual({ method: 'seal' });
  });

  it.each<[string, string, string, { line: number; column: number; path: string; message: RegExp }]>([
    [
      'another version',
      'version: 1',
      'version: 2',
      { line: 1, column: 10, path: 'version', message: /must be 1, found 2/ },
    ],
    [
      'a kind that is none',
      '[knd, knc]\nplatforms',
      '[knd, KNC]\nplatforms',
      { line: 2, column: 14, path: 'kinds[1]', message: /found "KNC"/ },
    ],
    [
      'a repeated kind',
      '[knd, knc]\nplatforms',
      '[knd, knd, knc]\nplatforms',
      { line: 2, column: 14, path: 'kinds[1]', message: /twice/ },
    ],
    [
      'an unknown architecture',
      '[amd64, arm64]',
      '[amd64, amr64]',
      {
        line: 5,
        column: 28,
        path: 'platforms[0].architectures[1]',
        message: /must be "amd64" or "arm64", found "amr64"/,
      },
    ],
    [
      'an unknown type of source',
      'type: shelf',
      'type: shelve',
      {
        line: 8,
        column: 11,
        path: 'sources.home.type',
        message: /must be "shelf" or "server", found "shelve"; did you mean "shelf"\?/,
      },
    ],
    [
      'a type named like Object’s own',
      'type: shelf',
      'type: constructor',
      { line: 8, column: 11, path: 'sources.home.type', message: /must be/ },
    ],
    [
      'a source without a type',
      '    type: shelf\n',
      '',
      { line: 7, column: 3, path: 'sources.home.type', message: /is missing/ },
    ],
    [
      'what a source’s own schema refuses',
      'rooms: [study]',
      'rooms: [study, 7]',
      { line: 9, column: 20, path: 'sources.home.rooms[1]', message: /must be of type string, found 7/ },
    ],
    [
      'an unknown key of a source',
      'rooms: [study]',
      'rooms: [study]\n    room: x',
      {
        line: 10,
        column: 5,
        path: 'sources.home.room',
        message: /is not a known key; did you mean "rooms"\?/,
      },
    ],
    [
      'an unknown source',
      'from: home',
      'from: hme',
      {
        line: 15,
        column: 21,
        path: 'dependencies.novel.source.from',
        message: /found "hme"; did you mean "home"\?/,
      },
    ],
    [
      'a source named like Object’s own',
      'from: home',
      'from: constructor',
      { line: 15, column: 21, path: 'dependencies.novel.source.from', message: /names no source/ },
    ],
    [
      'no source',
      'from: home, ',
      '',
      { line: 15, column: 5, path: 'dependencies.novel.source.from', message: /is missing/ },
    ],
    [
      'a missing field of the entry',
      ', book: novel',
      '',
      { line: 15, column: 5, path: 'dependencies.novel.source.book', message: /is missing/ },
    ],
    [
      'a field of another type’s entry',
      ', book: novel',
      ', path: novel, book: x',
      { line: 15, column: 27, path: 'dependencies.novel.source.path', message: /is not a known key/ },
    ],
    [
      'an unknown method',
      'method: seal',
      'method: sael',
      {
        line: 16,
        column: 29,
        path: 'dependencies.novel.verification.method',
        message: /did you mean "seal"\?/,
      },
    ],
    [
      'a method without its reason',
      ', reason: none is published',
      '',
      { line: 29, column: 5, path: 'dependencies.tool.verification.reason', message: /is missing/ },
    ],
    [
      'no verification',
      '    verification: { method: seal }\n',
      '',
      { line: 12, column: 3, path: 'dependencies.novel.verification', message: /is missing/ },
    ],
    [
      'an empty verification',
      '{ method: seal }',
      '{}',
      { line: 16, column: 5, path: 'dependencies.novel.verification.method', message: /is missing/ },
    ],
    [
      'verification that is switched off',
      '{ method: seal }',
      'false',
      { line: 16, column: 19, path: 'dependencies.novel.verification', message: /must be of type object/ },
    ],
    [
      'a kind that the file does not have',
      'kinds: [knc]',
      'kinds: [kncc]',
      { line: 20, column: 13, path: 'dependencies.tool.kinds[0]', message: /did you mean "knc"\?/ },
    ],
    [
      'no kinds',
      'kinds: [knc]',
      'kinds: []',
      { line: 20, column: 5, path: 'dependencies.tool.kinds', message: /must not be empty/ },
    ],
    [
      'a platform that the file does not have',
      '        architectures: [arm64]',
      '        architectures: [arm64]\n      - os: debian-12\n        architectures: [amd64]',
      { line: 24, column: 9, path: 'dependencies.tool.platforms[1]', message: /debian-12 amd64/ },
    ],
    [
      'not enabled without a reason',
      '    reason: not needed yet\n',
      '',
      { line: 17, column: 3, path: 'dependencies.tool.reason', message: /why/ },
    ],
    [
      'a reason that is empty',
      'reason: not needed yet',
      'reason: ""',
      { line: 19, column: 13, path: 'dependencies.tool.reason', message: /must not be empty/ },
    ],
    [
      'a reason that is left over',
      'enabled: false',
      'enabled: true',
      { line: 19, column: 13, path: 'dependencies.tool.reason', message: /only for what is not enabled/ },
    ],
    [
      'enabled by YAML 1.1’s words',
      'enabled: false',
      'enabled: no',
      {
        line: 18,
        column: 14,
        path: 'dependencies.tool.enabled',
        message: /must be of type boolean, found "no"/,
      },
    ],
    [
      'a type that no VM installs',
      'type: binary',
      'type: rpm',
      { line: 25, column: 11, path: 'dependencies.tool.type', message: /must be "binary" or/ },
    ],
    [
      'a hostile key',
      '  novel:',
      '  ../novel:',
      { line: 12, column: 3, path: 'dependencies["../novel"]', message: /found "..\/novel"/ },
    ],
    [
      'a key of digits',
      '  novel:',
      '  42:',
      { line: 12, column: 3, path: 'dependencies.42', message: /not digits only/ },
    ],
    [
      'a hostile source name',
      '  home:',
      '  Home\u001b[2J:',
      { line: 7, column: 3, path: 'sources["Home\\u001b[2J"]', message: /must be lower-case/ },
    ],
    [
      'a misspelt key at the top',
      'kinds: [knd, knc]\nplatforms',
      'kind: [knd, knc]\nplatforms',
      { line: 2, column: 1, path: 'kind', message: /did you mean "kinds"\?/ },
    ],
  ])('refuses %s and says where', (_, from, to, expected) => {
    const { message, ...place } = expected;
    expect(problems(replaced(from, to))).toContainEqual({
      ...place,
      message: expect.stringMatching(message) as string,
    });
  });

  it('lists every problem at once, in the order of the file', () => {
    const text = good
      .replace('version: 1', 'version: 9')
      .replace('rooms: [study]', 'rooms: []')
      .replace('from: home', 'from: hme')
      .replace('method: seal', 'method: sael')
      .replace('path: /tool', 'pth: /tool')
      .replace('kinds: [knc]', 'kinds: [knx]');
    const found = problems(text);
    expect(found.map((one) => one.path)).toEqual([
      'version',
      'sources.home.rooms',
      'dependencies.novel.source.from',
      'dependencies.novel.verification.method',
      'dependencies.tool.kinds[0]',
      'dependencies.tool.source.path',
      'dependencies.tool.source.pth',
    ]);
    expect(found.map((one) => one.line)).toEqual([1, 9, 15, 16, 20, 26, 28]);
  });

  it.each([
    ['a repeated key', 'version: 1', 'version: 1\nversion: 1', 2, /unique/],
    ['a repeated dependency', '  tool:', '  novel:', 17, /unique/],
    ['a tag', 'version: 1', 'version: !!int 1', 1, /tags are not accepted/],
    ['a custom tag', 'rooms: [study]', 'rooms: !shelf [study]', 9, /tag/],
    ['a binary tag', 'path: /tool', 'path: !!binary aGVsbG8=', 27, /tag/],
    ['a directive', 'version: 1', '%YAML 1.1\n---\nversion: 1', 1, /directive/],
    ['a second document', 'version: 1', 'version: 1\n---\nversion: 1', 2, /document/],
    ['a key that is a list', 'version: 1', 'version: 1\n[a]: 1', 2, /key/],
    ['an alias of nothing', 'rooms: [study]', 'rooms: *none', 9, /no anchor/],
    ['a tab as indentation', '    rooms: [study]', '\trooms: [study]', 9, /tab/i],
    ['an open quote', 'path: /tool', 'path: "/tool', 27, /quote/i],
    ['an open list', 'rooms: [study]', 'rooms: [study', 9, /./],
  ])('refuses %s', (_, from, to, line, message) => {
    const text = good.replace(from, () => to);
    expect(text).not.toBe(good);
    const found = problems(text);
    expect(found.map((one) => one.message).join('\n')).toMatch(message);
    expect(found[0]?.line).toBeGreaterThanOrEqual(line);
  });

  it('has no merge keys', () => {
    const text = replaced('rooms: [study]', '<<: { rooms: [study] }');
    expect(problems(text)).toContainEqual({
      line: 9,
      column: 5,
      path: 'sources.home["<<"]',
      message: expect.stringContaining('is not a known key') as string,
    });
  });

  it('refuses __proto__ where it would vanish', () => {
    for (const [from, to] of [
      ['  home:', '  __proto__: { type: shelf, rooms: [x] }\n  home:'],
      ['rooms: [study]', 'rooms: [study]\n    "__proto__": {}'],
    ] as const) {
      expect(problems(replaced(from, to)).map((one) => one.message)).toContain(
        'the key __proto__ is not accepted',
      );
    }
  });

  it('limits what aliases can grow into', () => {
    const laughs = Array.from({ length: 10 }, (_, level) => {
      const items = level === 0 ? '"lol"' : Array.from({ length: 10 }, () => `*l${level - 1}`).join(', ');
      return `l${level}: &l${level} [${items}]`;
    });
    expect(problems(`${laughs.join('\n')}\n`)[0]?.message).toContain('aliases');
  });

  it.each(['', '# nothing\n', 'null', '[]', '42', '"text"', '{}', '---\n---\n', '\u0000'])(
    'refuses %j',
    (text) => {
      expect(problems(text).length).toBeGreaterThan(0);
    },
  );

  it('refuses deep nesting and great length without running out of stack or time', () => {
    problems('['.repeat(50_000));
    problems(`a: ${'{a: '.repeat(20_000)}`);
    expect(problems('a'.repeat(1024 * 1024 + 1))[0]?.message).toContain('larger');
  });

  it('refuses, never crashes, whatever characters are changed', () => {
    const character = fc.constantFrom(...':-[]{}&*!|>\'"%#@,?\n\t ~'.split(''), 'é', '\u0000', '\u2028');
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(5), character, (at, removed, added) => {
        const text = good.slice(0, at) + added + good.slice(at + removed);
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('catalogueJsonSchema', () => {
  it('knows every type of source and every method, and refuses unknown keys', () => {
    const text = JSON.stringify(catalogueJsonSchema(schemas));
    for (const word of ['"shelf"', '"server"', '"seal"', '"checksum"', '"book"', '"tag"']) {
      expect(text).toContain(word);
    }
    expect(catalogueJsonSchema(schemas)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['version', 'kinds', 'platforms', 'sources', 'dependencies'],
      additionalProperties: false,
    });
  });
});

describe('docs/catalogue.md', () => {
  it('quotes the real catalogue', () => {
    const root = join(import.meta.dirname, '../../..');
    const docs = readFileSync(join(root, 'docs/catalogue.md'), 'utf8');
    const catalogue = readFileSync(join(root, 'manifests/catalogue.yaml'), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*#(?! yaml-language-server)/.test(line));
    const quotes = [...docs.matchAll(/```yaml\n([^`]*)```/g)].map((match) => match[1]!.trimEnd());
    expect(quotes.length).toBeGreaterThan(3);
    for (const quote of quotes) expect(catalogue.join('\n')).toContain(quote);
  });
});
