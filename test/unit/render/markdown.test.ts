/** Nothing that others wrote is markup. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { escapeMarkdown, markdownTable, renderErrorMarkdown } from '../../../src/render/markdown.ts';

/** As a browser reads a text with numeric character references in it. */
const read = (markdown: string) =>
  markdown
    .replace(/^<code>(.*)<\/code>$/s, '$1')
    .replaceAll(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)));

describe('escapeMarkdown', () => {
  it.each([['libpq5 17.12-0+deb13u1 (debian-13): 100% of it, "as is"'], ['Jörg 山田']])(
    'leaves %s as it is',
    (text) => {
      expect(escapeMarkdown(text)).toBe(text);
    },
  );

  it.each([
    ['a|b', 'a&#124;b'],
    ['a\\|b', 'a&#92;&#124;b'],
    ['<img src=x>', '&#60;img src=x&#62;'],
    ['[x](https://evil.example)', '&#91;x&#93;(https&#58;//evil.example)'],
    ['www.evil.example, WWW.evil.example', 'www&#46;evil.example, WWW&#46;evil.example'],
    ['`code`', '&#96;code&#96;'],
    ['&amp;', '&#38;amp;'],
    [':tada:', '&#58;tada:'],
    ['@everyone', '<code>&#64;everyone</code>'],
    ['fixes #1', '<code>fixes &#35;1</code>'],
    ['a\n## b', '<code>a &#35;&#35; b</code>'],
    ['a\r\u202eb', 'a&#92;x0d&#92;u202eb'],
    ['_x_ ~y~ $z$ *b*', '&#95;x&#95; &#126;y&#126; &#36;z&#36; &#42;b&#42;'],
  ])('%j', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it('says what it was given, in one line without markup', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(...Array.from('|\\`<>&[]()!*_#@:/ aw.\n-')),
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'grapheme-ascii' })), (text) => {
        const escaped = escapeMarkdown(text);
        expect(read(escaped)).toBe(text.replaceAll('\n', ' '));
        const inner = escaped.replace(/^<code>(.*)<\/code>$/, '$1').replaceAll(/&#\d+;/g, '');
        expect(inner).not.toMatch(/[|\\`<>&[\]!*_#@\n]|:\/\/|www\./i);
      }),
    );
  });

  it('cuts what nobody would read', () => {
    expect(escapeMarkdown('x'.repeat(1_000_000)) === `${'x'.repeat(2000)}…`).toBe(true);
  });
});

describe('markdownTable', () => {
  it('has as many cells as it was given, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 }), (row) => {
        const lines = markdownTable([['A', 'B'], row]).split('\n');
        expect(lines).toHaveLength(3);
        expect(lines[2]?.match(/\|/g)).toHaveLength(3);
      }),
    );
  });
});

describe('renderErrorMarkdown', () => {
  it('is a table under a heading', () => {
    const error = new VerificationError('PIN_MISMATCH', 'other keys | `x`');
    expect(renderErrorMarkdown('Manifests', error, 'Compare.')).toBe(`## Manifests

### Failed

| CODE | WHY | WHAT TO DO |
| --- | --- | --- |
| PIN&#95;MISMATCH | other keys &#124; &#96;x&#96; | Compare. |
`);
  });
});
