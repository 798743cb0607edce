import { describe, expect, it } from 'vitest';
import { parseYamlDocument } from '../../../../src/formats/own/yaml-document.ts';
import { UsageError } from '../../../../src/model/errors.ts';

const parse = (text: string) => parseYamlDocument(text, 'pins.yaml', 'TRUST_INVALID');

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).code).toBe('TRUST_INVALID');
    return (error as UsageError).message;
  }
  throw new Error('was not refused');
}

describe('parseYamlDocument', () => {
  it('reads YAML 1.2, in which no, on and 012 are what they look like', () => {
    expect(parse('a: no\nb: [on, 012, 1, true, null]\nc: {d: 0x10}\n1: x\n').value).toEqual({
      a: 'no',
      b: ['on', 12, 1, true, null],
      c: { d: 16 },
      '1': 'x',
    });
  });

  it('resolves aliases', () => {
    expect(parse('a: &x { b: 1 }\nc: *x\n').value).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it.each([
    ['a repeated key', 'a: 1\nb: 2\na: 1', /:3:1: .*unique/],
    ['a repeated key in a flow map', 'x: {a: 1, a: 2}', /:1:11: .*unique/],
    ['a repeated key, once quoted', 'a: 1\n"a": 2', /:2:1: .*unique/],
    ['a tag of the core schema', 'a: !!int 1', /tags are not accepted/],
    ['a custom tag', 'a: !shelf [1]', /:1:4: .*tag/],
    ['a binary tag', 'a: !!binary aGVsbG8=', /tag/],
    ['a set', 'a: !!set {b}', /tag/],
    ['a directive', '%YAML 1.1\n---\na: yes', /:1:1: directives are not accepted/],
    ['an unknown directive', '%SHELF x\n---\na: yes', /directive/],
    ['a second document', 'a: 1\n---\na: 2', /:2:1: .*document/],
    ['a key that is a list', '[a]: 1', /keys must be strings/],
    ['an alias of nothing', 'a: 1\nb: *none', /:2:4: no anchor before it has this name, found "none"/],
    ['an alias of what comes later', 'a: *x\nb: &x 1', /:1:4: no anchor/],
    ['an alias of itself', 'a: &x [*x]', /:1:8: .*holds itself/],
    ['an alias of what it is in, by a detour', 'a: &x { b: &y { c: *x } }', /:1:20: .*holds itself/],
    ['a tab as indentation', 'a:\n\tb: 1', /:2:1: .*tab/i],
    ['an open quote', 'a: "b', /quote/],
    ['an open list', 'a: [b', /:1:4: /],
    ['a key that an object loses', 'a: 1\n__proto__: 2', /:2:1: the key __proto__/],
    ['the same, quoted, further down', 'a: [{ "__proto__": 2 }]', /:1:7: the key __proto__/],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it.each([
    ['a quote', 'a:\n  x: "abc\n  y: 1\nb: {}\n', /:2:6: Missing closing "quote/],
    ['a map', 'a: {b: c\nd: 1\n', /:1:4: Flow map/],
    ['a list, which breaks all that follows', 'a: [b\nc: [d\n e: f: g\n', /:1:4: Flow sequence/],
  ])('shows where %s was opened that is never closed, and nothing that comes of it', (_, text, message) => {
    const lines = refusal(text).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(message);
  });

  it('has no merge keys', () => {
    expect(parse('a: &x { b: 1 }\nc:\n  <<: *x\n').value).toEqual({ a: { b: 1 }, c: { '<<': { b: 1 } } });
  });

  it('limits what aliases can grow into, and how many there are', () => {
    const laughs = Array.from({ length: 10 }, (_, level) => {
      const items = level === 0 ? '"lol"' : Array.from({ length: 10 }, () => `*l${level - 1}`).join(', ');
      return `l${level}: &l${level} [${items}]`;
    });
    expect(refusal(`${laughs.join('\n')}\n`)).toContain('aliases');
    expect(refusal(`a: &a 1\nb: [${'*a, '.repeat(10_000)}]\n`)).toContain('aliases');
  });

  it('refuses deep nesting and great length without running out of stack or time', () => {
    refusal('['.repeat(50_000));
    refusal(`a: ${'{a: '.repeat(20_000)}`);
    refusal(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(refusal('a'.repeat((8 << 20) + 1))).toContain('larger');
  });

  it('lists no more than a hundred of them', () => {
    const lines = refusal('a: 1\n'.repeat(200)).split('\n');
    expect(lines).toHaveLength(102);
    expect(lines.at(-1)).toBe('  … and 99 more');
  });

  it('names the place of a problem: of the value, of the key, or of what is nearest to a field that is missing', () => {
    const document = parse('a:\n  - b: 1\n    c: &x [2, 3]\nd: *x\n');
    const place = (path: PropertyKey[], at?: 'key') =>
      document.failure([{ path, message: 'is wrong', ...(at && { at }) }]).message.split('\n')[1];
    expect(place(['a', 0, 'b'])).toBe('  pins.yaml:2:8: a[0].b: is wrong');
    expect(place(['a', 0, 'b'], 'key')).toBe('  pins.yaml:2:5: a[0].b: is wrong');
    expect(place(['a', 0, 'c'])).toBe('  pins.yaml:3:5: a[0].c: is wrong');
    expect(place(['a', 0, 'c', 1])).toBe('  pins.yaml:3:15: a[0].c[1]: is wrong');
    expect(place(['a', 0, 'missing', 'deeper'])).toBe('  pins.yaml:2:5: a[0].missing.deeper: is wrong');
    expect(place(['d', 1])).toBe('  pins.yaml:3:15: d[1]: is wrong');
    expect(place([])).toBe('  pins.yaml:1:1: is wrong');
  });

  it('lists problems in the order of the file', () => {
    const document = parse('a: 1\nb: 2\n');
    const error = document.failure([
      { path: ['b'], message: 'second' },
      { path: ['a'], message: 'first' },
    ]);
    expect(error.message).toBe(
      'pins.yaml: 2 problems\n  pins.yaml:1:4: a: first\n  pins.yaml:2:4: b: second',
    );
    expect(error.code).toBe('TRUST_INVALID');
  });
});
