import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tagsInIndex, type IndexShape } from '../../../../src/formats/upstream/version-index.ts';
import { VerificationError } from '../../../../src/model/errors.ts';

const read = (document: unknown, shape: IndexShape = {}) =>
  tagsInIndex(
    Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)),
    shape,
    'index',
  );
const outcome = (document: unknown, shape?: IndexShape) => {
  try {
    return read(document, shape);
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
};

const node = [
  { version: 'v24.11.1', lts: 'Krypton', security: false },
  { version: 'v25.2.0', lts: false, security: false },
  { version: 'v22.21.1', lts: 'Jod', security: true },
];

describe('tags of an index', () => {
  it('are those of a list by a pointer, under conditions that all hold', () => {
    const lts = { pointer: '/lts', isNot: false } as const;
    expect(read(node, { tag: '/version' })).toEqual(['v24.11.1', 'v25.2.0', 'v22.21.1']);
    expect(read(node, { tag: '/version', where: [lts] })).toEqual(['v24.11.1', 'v22.21.1']);
    expect(read(node, { tag: '/version', where: [lts, { pointer: '/security', is: true }] })).toEqual([
      'v22.21.1',
    ]);
    expect(read(node, { tag: '/version', where: [{ pointer: '/lts', is: 'Jod' }] })).toEqual(['v22.21.1']);
  });

  it('are keys of a map, or its items, wherever that is', () => {
    const map = { name: 'terraform', versions: { '1.0.0': { builds: [] }, '1.1.0': { builds: [] } } };
    expect(read(map, { items: '/versions' })).toEqual(['1.0.0', '1.1.0']);
    expect(read(['1.0.0', '1.1.0'])).toEqual(['1.0.0', '1.1.0']);
    expect(read({ a: { tag: 'v1' }, b: { tag: 'v2' } }, { tag: '/tag' })).toEqual(['v1', 'v2']);
  });

  it('compare by type, and take what is not there for null', () => {
    const items = [
      { v: 'a', n: 1 },
      { v: 'b', n: '1' },
      { v: 'c', n: true },
      { v: 'd' },
      { v: 'e', n: null },
    ];
    const where = (is: IndexShape['where']) => read(items, { tag: '/v', where: is! });
    expect(where([{ pointer: '/n', is: 1 }])).toEqual(['a']);
    expect(where([{ pointer: '/n', is: null }])).toEqual(['d', 'e']);
    expect(where([{ pointer: '/n', isNot: null }])).toEqual(['a', 'b', 'c']);
    expect(where([{ pointer: '/__proto__/x', is: null }])).toHaveLength(5);
  });

  it.each<readonly [string, unknown, IndexShape, string]>([
    ['no JSON', '<html>', {}, 'EVIDENCE_MALFORMED'],
    ['a cut answer', '[{"version":"v1.0.0"}', { tag: '/version' }, 'EVIDENCE_MALFORMED'],
    ['neither list nor map', '"v1.0.0"', {}, 'EVIDENCE_MALFORMED'],
    ['a list that is elsewhere', node, { items: '/versions' }, 'EVIDENCE_MALFORMED'],
    ['a key twice', '{"v1":1,"v1":2}', {}, 'EVIDENCE_MALFORMED'],
    ['an item without a tag', [{}], { tag: '/version' }, 'EVIDENCE_MALFORMED'],
    ['a number for a tag', [{ version: 1 }], { tag: '/version' }, 'EVIDENCE_MALFORMED'],
    ['items of no map without a tag', [{}], {}, 'EVIDENCE_MALFORMED'],
    ['a tag with a line feed', ['v1\nv2'], {}, 'EVIDENCE_MALFORMED'],
    ['a tag of no end', ['v'.repeat(101)], {}, 'EVIDENCE_MALFORMED'],
    [
      'a version twice',
      [...node, { version: 'v25.2.0', lts: 'Mine' }],
      { tag: '/version' },
      'EVIDENCE_MALFORMED',
    ],
    [
      'a version twice, of which the conditions leave one',
      [...node, { version: 'v25.2.0', lts: 'Mine' }],
      { tag: '/version', where: [{ pointer: '/lts', is: 'Mine' }] },
      'EVIDENCE_MALFORMED',
    ],
    [
      'more than anybody publishes',
      Array.from({ length: 20_001 }, (_, at) => `v${at}`),
      {},
      'LIMIT_EXCEEDED',
    ],
  ])('of %s are none', (_, document, shape, code) => {
    expect(outcome(document, shape)).toBe(code);
  });

  it('of anything are tags, or a refusal', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', '/0', '/a'), (text, tag) => {
        const found = outcome(text, { tag, where: [{ pointer: '/b', isNot: false }] });
        expect(typeof found === 'string' || found.every((one) => /^[!-~]+$/.test(one))).toBe(true);
      }),
    );
  });
});
