import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../../../src/formats/own/catalogue.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { shelfAndServer } from '../../../support/catalogue-schemas.ts';

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
const parse = (text: string) => parseCatalogue(text, file, shelfAndServer);

/** The lines of the error: a summary, then a problem each. */
function refusal(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const { code, message, context } = error as UsageError;
    expect(code).toBe('CATALOGUE_INVALID');
    const lines = message.split('\n');
    expect(lines).toHaveLength((context['problems'] as unknown[]).length + 1);
    return lines;
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
        asked: {
          source: { type: 'shelf', rooms: ['study'] },
          entry: { from: 'home', book: 'novel' },
          verification: { method: 'seal' },
        },
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
        asked: {
          source: { type: 'server', url: 'x' },
          entry: { from: 'net', path: '/tool' },
          verification: { method: 'checksum', reason: 'none is published' },
        },
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

  it.each([
    ['version: 1', 'version: 2', '1:10: version: must be 1, found 2'],
    [
      'kinds: [knd, knc]\nplatforms',
      'kind: [knd, knc]\nplatforms',
      '2:1: kind: is not a known key; did you mean "kinds"?',
    ],
    ['[knd, knc]\nplatforms', '[knd, KNC]\nplatforms', '2:14: kinds[1]: must be lower-case'],
    ['[knd, knc]\nplatforms', '[knd, knd, knc]\nplatforms', '2:14: kinds[1]: is listed twice, found "knd"'],
    [
      '[amd64, arm64]',
      '[amd64, amr64]',
      '5:28: platforms[0].architectures[1]: must be "amd64" or "arm64", found "amr64"',
    ],
    // Sources.
    [
      'type: shelf',
      'type: shelve',
      '8:11: sources.home.type: must be "shelf" or "server", found "shelve"; did you mean "shelf"?',
    ],
    ['type: shelf', 'type: constructor', '8:11: sources.home.type: must be "shelf" or "server"'],
    ['    type: shelf\n', '', '7:3: sources.home.type: is missing: must be "shelf" or "server"'],
    ['rooms: [study]', 'rooms: [study, 7]', '9:20: sources.home.rooms[1]: must be of type string, found 7'],
    [
      'rooms: [study]',
      'rooms: [study]\n    room: x',
      '10:5: sources.home.room: is not a known key; did you mean "rooms"?',
    ],
    ['rooms: [study]', '<<: { rooms: [study] }', '9:5: sources.home["<<"]: is not a known key'],
    ['  home:', '  Home\u001b[2J:', String.raw`7:3: sources["Home\u001b[2J"]: must be lower-case letters`],
    // What is asked of a source.
    [
      'from: home',
      'from: hme',
      '15:21: dependencies.novel.source.from: names no source of this file, found "hme"; did you mean "home"?',
    ],
    ['from: home', 'from: constructor', '15:21: dependencies.novel.source.from: names no source'],
    ['from: home, ', '', '15:5: dependencies.novel.source.from: is missing'],
    [', book: novel', '', '15:5: dependencies.novel.source.book: is missing'],
    [', book: novel', ', path: novel, book: x', '15:27: dependencies.novel.source.path: is not a known key'],
    // The proof.
    [
      'method: seal',
      'method: sael',
      '16:29: dependencies.novel.verification.method: must be "seal" or "checksum", found "sael"; did',
    ],
    [', reason: none is published', '', '29:5: dependencies.tool.verification.reason: is missing'],
    ['    verification: { method: seal }\n', '', '12:3: dependencies.novel.verification: is missing'],
    ['{ method: seal }', '{}', '16:5: dependencies.novel.verification.method: is missing'],
    ['{ method: seal }', 'false', '16:19: dependencies.novel.verification: must be of type object'],
    // The other fields of a dependency.
    [
      'kinds: [knc]',
      'kinds: [kncc]',
      '20:13: dependencies.tool.kinds[0]: is not among the kinds of this file, found "kncc"; did you mean "knc"?',
    ],
    ['kinds: [knc]', 'kinds: []', '20:5: dependencies.tool.kinds: must not be empty'],
    [
      'architectures: [arm64]',
      'architectures: [arm64]\n      - os: debian-12\n        architectures: [amd64]',
      '24:9: dependencies.tool.platforms[1]: is not among the platforms of this file: debian-12 amd64',
    ],
    [
      '    reason: not needed yet\n',
      '',
      '17:3: dependencies.tool.reason: is missing: why is it not enabled?',
    ],
    ['reason: not needed yet', 'reason: ""', '19:13: dependencies.tool.reason: must not be empty'],
    ['enabled: false', 'enabled: true', '19:13: dependencies.tool.reason: is only for what is not enabled'],
    [
      'enabled: false',
      'enabled: no',
      '18:14: dependencies.tool.enabled: must be of type boolean, found "no"',
    ],
    ['type: binary', 'type: rpm', '25:11: dependencies.tool.type: must be "binary" or'],
    ['  novel:', '  ../novel:', '12:3: dependencies["../novel"]: must be lower-case letters'],
    [
      '  novel:',
      '  42:',
      '12:3: dependencies.42: must be lower-case letters, digits and ".+-", with a letter or digit first, not digits only',
    ],
    // YAML itself.
    ['  tool:', '  novel:', '17:3: Map keys must be unique'],
    [
      '  home:',
      '  __proto__: { type: shelf, rooms: [x] }\n  home:',
      '7:3: the key __proto__ is not accepted',
    ],
    ['path: /tool', 'path: !!str /tool', 'tags are not accepted'],
  ])('refuses %j as %j', (from, to, expected) => {
    expect(refusal(replaced(from, to)).join('\n')).toContain(expected);
  });

  it('lists every problem at once, in the order of the file', () => {
    const text = good
      .replace('version: 1', 'version: 9')
      .replace('rooms: [study]', 'rooms: []')
      .replace('from: home', 'from: hme')
      .replace('method: seal', 'method: sael')
      .replace('path: /tool', 'pth: /tool')
      .replace('kinds: [knc]', 'kinds: [knx]');
    const [summary, ...lines] = refusal(text);
    expect(summary).toBe('catalogue.yaml: 7 problems');
    expect(lines.map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['  catalogue.yaml:1:10', 'version'],
      ['  catalogue.yaml:9:5', 'sources.home.rooms'],
      ['  catalogue.yaml:15:21', 'dependencies.novel.source.from'],
      ['  catalogue.yaml:16:29', 'dependencies.novel.verification.method'],
      ['  catalogue.yaml:20:13', 'dependencies.tool.kinds[0]'],
      ['  catalogue.yaml:26:5', 'dependencies.tool.source.path'],
      ['  catalogue.yaml:28:7', 'dependencies.tool.source.pth'],
    ]);
  });

  it.each(['', '# nothing\n', 'null', '[]', '42', '"text"', '{}', '---\n---\n', '\u0000'])(
    'refuses %j',
    (text) => {
      expect(refusal(text).length).toBeGreaterThan(1);
    },
  );

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
      { numRuns: 200 },
    );
  });
});

describe('advisories', () => {
  const withBoth = (source: string, own: string) =>
    good
      .replace('rooms: [study]', `rooms: [study]${source && `\n    advisories: ${source}`}`)
      .replace('{ method: seal }', `{ method: seal }${own && `\n    advisories: ${own}`}`);
  const read = (source: string, own: string) => {
    const { sources, dependencies } = parse(withBoth(source, own));
    const [novel] = dependencies;
    // No kind of source has to know of it, and no proof is about it.
    expect(sources['home']).toEqual({ type: 'shelf', rooms: ['study'] });
    expect(novel?.asked.source).toEqual({ type: 'shelf', rooms: ['study'] });
    return novel?.advisories;
  };

  it.each([
    ['{ ecosystem: "Debian:13" }', '{ name: shadow }', 'Debian:13', 'shadow'],
    ['{ ecosystem: Go, name: a.example/one }', '', 'Go', 'a.example/one'],
    ['{ ecosystem: Go, name: a.example/one }', '{ name: a.example/two }', 'Go', 'a.example/two'],
    ['', '{ ecosystem: "Ubuntu:24.04:LTS", name: shadow }', 'Ubuntu:24.04:LTS', 'shadow'],
    ['{ ecosystem: Go, name: x }', '{ ecosystem: npm, name: "@a/b" }', 'npm', '@a/b'],
  ])('of the source %s and of the entry %s', (source, own, ecosystem, name) => {
    expect(read(source, own)).toEqual({ ecosystem, name });
  });

  it("are nobody's where no field says enough", () => {
    expect(read('', '')).toBeUndefined();
    expect(read('{ ecosystem: "Debian:13" }', '')).toBeUndefined();
  });

  it.each([
    ['', '{ name: shadow }', 'dependencies.novel.advisories: has no "ecosystem", and its source says none'],
    ['', '{ ecosystem: Go }', 'dependencies.novel.advisories: has no "name", and its source says none'],
    ['', '{ ecosystem: Debian, name: a }', 'must be Debian or Ubuntu with a release'],
    ['', '{ ecosystem: go, name: a }', 'must be Debian or Ubuntu with a release'],
    ['{ ecosystem: "Alpine:v3.20", name: a }', '', 'sources.home.advisories.ecosystem: must be Debian or'],
    ['{ ecosystem: Go, name: "a b" }', '', 'sources.home.advisories.name: must be the name of a package'],
    ['{ ecosystem: Go, names: a }', '', 'did you mean "name"'],
    ['yes', '', 'sources.home.advisories: must be'],
  ])('are refused at the source as %s, at the entry as %s', (source, own, expected) => {
    const [, ...problems] = refusal(withBoth(source, own));
    expect(problems.join('\n')).toContain(expected);
  });
});
