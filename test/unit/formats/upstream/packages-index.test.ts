import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StanzaSearch } from '../../../../src/formats/upstream/packages-index.ts';

function search(text: string, names: readonly string[], chunkBytes = 7): readonly string[] {
  const search = new StanzaSearch(new Set(names), 'the test');
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) search.push(bytes.subarray(at, at + chunkBytes));
  search.end();
  return search.stanzas.map((stanza) => Buffer.from(stanza.bytes).toString());
}

describe('StanzaSearch', () => {
  const index =
    'Package: a\nDepends: foo\n\nPackage: foo\nVersion: 1\n\nPackage: foo-extra\n\nPackage:foo\nVersion: 2\n';

  it.each([1, 2, 3, 16, 1000])('finds the stanzas of a name in chunks of %i bytes', (chunkBytes) => {
    expect(search(index, ['foo'], chunkBytes)).toEqual([
      'Package: foo\nVersion: 1\n',
      'Package:foo\nVersion: 2\n',
    ]);
  });

  it('finds several names, and none where there is none', () => {
    expect(search(index, ['foo-extra', 'a'])).toHaveLength(2);
    expect(search(index, ['oo', 'fo', 'extra', 'Version'])).toEqual([]);
    expect(search('', ['foo'])).toEqual([]);
  });

  it('finds names of every length among those that begin alike', () => {
    const names = Array.from({ length: 12 }, (_, at) => 'libabcdefghi'.slice(0, at + 1));
    const text = [...names, 'libabx', 'libabcdefghij', 'k'].map((name) => `Package: ${name}\n\n`).join('');
    for (const name of names) expect(search(text, [name]), name).toEqual([`Package: ${name}\n`]);
    expect(search(text, names)).toHaveLength(names.length);
  });

  it('knows a field by its line, not by its looks elsewhere', () => {
    expect(search('A: x\n Package: foo\n\nX-Package: foo\n\nB: Package: foo\n', ['foo'])).toEqual([]);
  });

  it('reads the field in any case, with any white space, wherever it stands in its stanza', () => {
    expect(search('Version: 1\npackAGE :\t foo \t\r\nSize: 1\n\n', ['foo'])).toHaveLength(1);
  });

  it('takes lines of spaces and tabs as the end of a stanza', () => {
    expect(search('Package: a\n \t\nPackage: foo\n\t\nPackage: b\n', ['foo'])).toEqual(['Package: foo\n']);
  });

  it.each([1, 3, 1000])('takes CRs at line ends for white space, in chunks of %i bytes', (chunkBytes) => {
    const text = 'Package: a\r\nX: y\r\n\r\nPackage: foo\r\nX: y\r\n\r\r\nPackage: b\r\n';
    expect(search(text, ['foo'], chunkBytes)).toEqual(['Package: foo\r\nX: y\r\n']);
    expect(search(text, ['a', 'b'], chunkBytes)).toHaveLength(2);
  });

  it.each([1, 5, 1000])(
    'does not take the end of a line for an empty one, in chunks of %i bytes',
    (chunkBytes) => {
      const stanza = `Package: foo \t\r\n${'X: y \t\r\n'.repeat(20)}SHA256: z\n`;
      expect(search(stanza, ['foo'], chunkBytes)).toEqual([stanza]);
    },
  );

  it('keeps a stanza once for each name that it has, and not for each time', () => {
    const text = 'Package: foo\npackage: foo\nPackage: bar\nPackage: other\n\nPackage: bar\n';
    expect(search(text, ['foo']).length).toBe(1);
    expect(search(text, ['foo', 'bar']).length).toBe(3);
  });

  it('refuses a stanza of many packages', () => {
    const names = Array.from({ length: 17 }, (_, at) => `p${String(at)}`);
    const text = names.map((name) => `Package: ${name}\n`).join('');
    expect(search(text, names.slice(1), 4096)).toHaveLength(16);
    expect(() => search(text, names, 4096)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it('finds a stanza wherever the pieces end that are searched at a time', () => {
    const stanza = 'X: y\nPackage: foo\nPackage: bar\nZ: z\n';
    for (let before = 0; before < stanza.length + 2; before += 1) {
      const text = `X: ${'x'.repeat(65_536 - 5 - before)}\n\n${stanza}\n${'Package: b\n\n'.repeat(12_000)}${stanza}`;
      expect(search(text, ['foo', 'bar'], text.length)).toEqual([stanza, stanza, stanza, stanza]);
    }
  });

  it('tells names apart by every byte', () => {
    expect(search('Package: B\n', ['\u0142', 'b'])).toEqual([]);
  });

  it.each(['\u2028', '\u0085', '\v', '\r'])('does not end a line at %j', (separator) => {
    expect(search(`Description: x${separator}Package: foo\n`, ['foo'])).toEqual([]);
  });

  it('refuses a stanza without end', () => {
    const endless = new StanzaSearch(new Set(['foo']), 'the test');
    const push = () => {
      for (let at = 0; at < 80; at += 1) endless.push(Buffer.alloc(64 << 10, 'x'));
    };
    expect(push).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error);
  });

  it('refuses a name with stanzas without number', () => {
    const crowd = 'Package: foo\n\n'.repeat(1001);
    expect(() => search(crowd, ['foo'], 4096)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it('finds what a plain split finds', () => {
    const name = fc.constantFrom('foo', 'fo', 'foo2', 'bar');
    const stanza = fc.record({
      name,
      before: fc.boolean(),
      note: fc.constantFrom('foo', ' Package: foo', 'x'),
    });
    fc.assert(
      fc.property(
        fc.array(stanza, { maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        (stanzas, chunkBytes) => {
          const texts = stanzas.map((one) =>
            one.before
              ? `Note: ${one.note}\nPackage: ${one.name}\n`
              : `Package: ${one.name}\nNote: ${one.note}\n`,
          );
          const expected = texts.filter((_, at) => stanzas[at]?.name === 'foo');
          expect([...search(texts.join('\n'), ['foo'], chunkBytes)].sort()).toEqual([...expected].sort());
        },
      ),
    );
  });
});

/** Were the time to grow with the square of the size, each would take minutes. */
describe('searches in time that grows with the size', () => {
  const size = 1 << 20;
  const many = Array.from({ length: 5000 }, (_, at) => `wanted-${String(at)}`);

  it.each([
    ['the name in a field of another', `Description: ${'foo '.repeat(size / 4)}\n`],
    ['the name in many fields', 'Package: foo\n'.repeat(size / 13)],
    ['the field in another one', `Description: ${'package: foo '.repeat(size / 13)}\n`],
    ['blanks around a name', `Package: ${' '.repeat(size / 2)}foo${' '.repeat(size / 2)}\n`],
    ['blanks behind the field', `Package${' '.repeat(size)}\n`],
    ['lines of blanks and an x', '  x\n'.repeat(size / 4)],
    ['empty lines', '\n'.repeat(size)],
    ['lines of blanks', ' \r\n'.repeat(size / 3)],
  ])('%s', (_, text) => {
    const found = search(`Package: foo\n${text}\nPackage: bar\n`, ['foo', 'bar', ...many], 8192);
    expect(found.map((stanza) => stanza.slice(0, 12)).toSorted()).toEqual(['Package: bar', 'Package: foo']);
  });

  it('all of many names', () => {
    const index = many.map((name) => `Package: ${name}\nDescription: ${'x'.repeat(600)}\n`).join('\n');
    expect(search(index, many, 65_536)).toHaveLength(many.length);
  });
});
