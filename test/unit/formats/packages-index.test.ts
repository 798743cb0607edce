import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StanzaSearch } from '../../../src/formats/packages-index.ts';

function search(text: string, names: readonly string[], chunkBytes = 7): readonly string[] {
  const search = new StanzaSearch(names, 'the test');
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

  it('knows a field by its line, not by its looks elsewhere', () => {
    expect(search('A: x\n Package: foo\n\nX-Package: foo\n\nB: Package: foo\n', ['foo'])).toEqual([]);
  });

  it('reads the field in any case, with any white space, wherever it stands in its stanza', () => {
    expect(search('Version: 1\npackAGE :\t foo \t\r\nSize: 1\n\n', ['foo'])).toHaveLength(1);
  });

  it('takes lines of spaces and tabs as the end of a stanza', () => {
    expect(search('Package: a\n \t\nPackage: foo\n\t\nPackage: b\n', ['foo'])).toEqual(['Package: foo\n']);
  });

  it.each(['\u2028', '\u0085', '\v', '\r'])('does not end a line at %j', (separator) => {
    expect(search(`Description: x${separator}Package: foo\n`, ['foo'])).toEqual([]);
  });

  it('refuses a stanza without end', () => {
    const endless = new StanzaSearch(['foo'], 'the test');
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
