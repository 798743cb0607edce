import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { readPlainYaml } from '../../../../src/formats/text/plain-yaml.ts';

/** What a whole parser makes of it; undefined where it refuses, or only warns. */
function whole(text: string): unknown {
  const options = { version: '1.2', schema: 'core', stringKeys: true, merge: false } as const;
  const document = parseDocument(text, { ...options, resolveKnownTags: false, logLevel: 'error' });
  if (document.errors.length + document.warnings.length > 0) return undefined;
  return document.toJS();
}

const catalogue = `# A comment.
version: 1
kinds: [knd, knc]
platforms: [{ os: debian-13, architectures: [amd64, arm64] }]

sources:
  debian:
    type: apt
    suites:
      # Its own comment.
      - uri: https://ftp.debian.org/debian
        suite: trixie # the stable one
        maxAge: 400d
      - { uri: 'https://security.debian.org/x', components: [], label: "Debian-Security" }
  list:
  - 1.10.0
  - v{version}
dependencies:
  0ad: { enabled: true, source: { from: debian, package: 0ad } }
  libstdc++6:
    versions: { range: ^1 }
    reason: nobody signs this one, as upstream's page says
    learnt: >-
      # from a page,
      and: from "another" one

  kubelet:
    kinds: &both [knd, knc]
    verification: &kubernetes
      method: signed-sbom
      document:
        name: Kubernetes Release {tag}
  kubectl:
    kinds: *both
    verification: *kubernetes
    also: [*both, { a: *both }]
    reason: >-
      the last line
`;

describe('readPlainYaml', () => {
  it('reads what a catalogue is mostly written in', () => {
    expect(readPlainYaml(catalogue)).toBeDefined();
    expect(readPlainYaml(catalogue)).toEqual(whole(catalogue));
  });

  it.each(['manifests/catalogue.yaml', 'trust/pins.yaml'])('reads %s, which each run does', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(readPlainYaml(text)).toBeDefined();
    expect(readPlainYaml(text)).toEqual(whole(text));
  });

  it.each([
    ['an alias of nothing', 'a: *x'],
    ['an alias of what comes later', 'a: *x\nb: &x 1'],
    ['an anchor that is there twice', 'a: &x 1\nb: &x 2'],
    ['an anchor in an anchored map', 'a: &x\n  b: &y 1'],
    ['an alias in an anchored map', 'a: &x 1\nb: &y\n  c: *x'],
    ['an alias of itself', 'a: &x\n  b: *x'],
    ['an anchor without a value', 'a: &x\nb: 1'],
    ['an anchored key', '&x a: 1'],
    ['an alias as a key', 'a: &x b\n*x : 1'],
    ['an anchored item', '- &x\n  a: 1'],
    ['many aliases', `a: &x 1\nb: [${Array.from({ length: 51 }, () => '*x').join(', ')}]`],
    ['a tag', 'a: !!str 1'],
    ['a block scalar that ends with a line end', 'a: >\n  text'],
    ['a literal block scalar', 'a: |-\n  text'],
    ['a block scalar with an indentation of its own', 'a: >1-\n  text'],
    ['a block scalar with nothing in it', 'a: >-\nb: 1'],
    ['a block scalar of one column', 'a:\n  b: >-\n  c'],
    ['a blank line in a block scalar', 'a: >-\n  b\n\n  c'],
    ['a line of blanks behind a block scalar', 'a: >-\n  b\n  \n  c'],
    ['a block scalar that begins with a blank line', 'a: >-\n\n  b'],
    ['a line of a block scalar that ends with a blank', 'a: >-\n  b \n  c'],
    ['a line of a block scalar further to the right', 'a: >-\n  b\n   c'],
    ['a comment between the columns of a block scalar', 'a: >-\n    b\n  # c\nd: 1'],
    ['a comment behind the sign of a block scalar', 'a: >- # c\n  b'],
    ['a block scalar in a list', '- >-\n  b'],
    ['a scalar over two lines', 'a: one\n  two'],
    ['a quoted scalar over two lines', "a: 'one\n  two'"],
    ['an escape', 'a: "\\n"'],
    ['a doubled quote', "a: 'it''s'"],
    ['a flow collection over two lines', 'a: [1,\n  2]'],
    ['a trailing comma', 'a: [1, ]'],
    ['a pair in a flow list', 'a: [b: 1]'],
    ['a flow map without values', 'a: { b, c }'],
    ['a key without a value', 'a:\nb: 1'],
    ['a repeated key', 'a: 1\na: 2'],
    ['a repeated key in a flow map', 'a: { b: 1, b: 2 }'],
    ['the key __proto__', '__proto__: 1'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['a directive', '%YAML 1.2\n---\na: 1'],
    ['a tab', 'a:\t1'],
    ['a carriage return', 'a: 1\r\nb: 2'],
    ['a byte order mark', '\ufeffa: 1'],
    ['a float', 'a: 1.5'],
    ['an octal number', 'a: 0o17'],
    ['a number that begins with a zero', 'a: 012'],
    ['a large number', 'a: 9007199254740993'],
    ['null', 'a: null'],
    ['True', 'a: True'],
    ['two maps in one line', 'a: b: c'],
    ['a line that is indented too far', 'a: 1\n  b: 2'],
    ['a line between two columns', 'a:\n    b: 1\n  c: 2'],
    ['a comment that is none', "a: 'b'#c"],
    ['nothing', ''],
    ['a scalar alone', 'text'],
    ['maps in maps without end', 'a: ' + '{ a: '.repeat(100) + '1' + ' }'.repeat(100)],
  ])('leaves %s to the whole parser', (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined();
  });

  const plainly = [
    'a',
    'b c',
    '1',
    '0',
    '1.10.0',
    'true',
    'no',
    '^1',
    'v{version}',
    'https://e.org/x',
    "'a: b'",
  ];
  const oddly = [
    ...[
      '012',
      '1.5',
      '1e3',
      '0x1F',
      '1_0',
      'null',
      '~',
      'a:b',
      'a :b',
      'a: b',
      'a#b',
      'a #b',
      '- a',
      '-a',
      '"a"',
    ],
    ...[
      '&x [a]',
      '*x',
      '&y b',
      '*y',
      '>-\n    a\n    # b',
      '>-\n  a',
      '>-\n  a\n\n',
      '>-\n a\n  b',
      '&x >-\n   a',
    ],
    ...["'a''b'", '"a\\n"', "it's", '*a', '&a b', '!a b', '|', '>-', '@a', '`a', '%a', '?a', '? a', ':a', ''],
    ...['400d', '1:2', 'a, b', 'a]', '}', 'ü', 'a\tb', 'a  b', '[', '{'],
  ];
  const mostly = <T>(usual: readonly T[], odd: readonly T[]) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...usual), weight: 6 },
      { arbitrary: fc.constantFrom(...odd), weight: 1 },
    );
  const scalar = mostly(plainly, oddly);
  const pair = fc.tuple(mostly(['a', 'b', 'c'], ['d e', '"q"', '1']), scalar).map((both) => both.join(': '));
  const value = fc.oneof(
    { arbitrary: scalar, weight: 3 },
    fc
      .array(
        fc.oneof(
          scalar,
          pair.map((one) => `{ ${one} }`),
        ),
        { maxLength: 3 },
      )
      .map((all) => `[${all.join(', ')}]`),
    fc.array(pair, { maxLength: 2 }).map((all) => `{ ${all.join(', ')} }`),
  );
  const keys = mostly(
    ['key: ', 'key: ', 'key: ', 'key:\n  in: ', 'key:\n    - '],
    ['', 'a: ', 'key:', '"q": ', '1: '],
  );
  const line = fc
    .tuple(
      mostly([''], ['  ', '    ', ' ']),
      mostly([''], ['- ', '-']),
      keys,
      value,
      mostly(['', ' # c'], [' ', '#c', ': x']),
    )
    .map((parts) => parts.join(''));
  const text = fc
    .array(line, { minLength: 1, maxLength: 5 })
    .map((lines) => lines.map((one, at) => one.replace('key', `k${String(at)}`)).join('\n'));

  it('reads the same as the whole parser, or nothing', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (one) => {
        const plain = readPlainYaml(one);
        if (plain === undefined) return;
        read += 1;
        expect(plain).toStrictEqual(whole(one));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('reads the same of a catalogue in which some characters are others', () => {
    const edit = fc.tuple(
      fc.nat(catalogue.length - 1),
      fc.constantFrom(...'ab1 :-#,[]{}\'"\n&*!|>%@?^~.\t'.split('')),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const characters = catalogue.split('');
        for (const [at, character] of edits) characters[at] = character;
        const edited = characters.join('');
        const plain = readPlainYaml(edited);
        if (plain !== undefined) expect(plain).toStrictEqual(whole(edited));
      }),
      { numRuns: 500 },
    );
  });
});
