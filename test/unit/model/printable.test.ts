import { describe, expect, it } from 'vitest';
import { escapeUnprintable } from '../../../src/model/printable.ts';

describe('escapeUnprintable', () => {
  it.each([
    ['tab\tand\nline', 'tab\\x09and\\x0aline'],
    ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
    ['\x9b31m', '\\x9b31m'],
    ['a\u202egnp.exe', 'a\\u202egnp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
  ])('%j', (text, shown) => {
    expect(escapeUnprintable(text)).toBe(shown);
  });

  it('leaves all other text as it is', () => {
    const text = 'libpq5 17.11-0+deb13u1 → “ü” 日本 🎉 \\x1b';
    expect(escapeUnprintable(text)).toBe(text);
  });
});
