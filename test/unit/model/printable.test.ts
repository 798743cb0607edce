import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeForeignName,
  escapeInJson,
  escapeUnprintable,
  escapeWorkflowCommands,
  escapeWorkflowCommandsInJson,
} from '../../../src/model/printable.ts';

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

/** Nothing in it acts on a terminal, hides, or turns the text round. */
const harmless = /^[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]*$/u;
const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('escapeForeignName', () => {
  it.each([
    ['\x1b[2J\x1b]8;;https://evil.example\x07click', '\\x1b[2J\\x1b]8;;https://evil.example\\x07click'],
    ['Debian\r\ndebian-archive: unchanged', 'Debian\\x0d\\x0adebian-archive: unchanged'],
    ['\u202eeno siht ton', '\\u202eeno siht ton'],
    ['a\u00a0b\u3164c\u2800d\ufe0f', 'a\\xa0b\\u3164c\\u2800d\\ufe0f'],
    ['a literal \\x1b', 'a literal \\\\x1b'],
    ['\u0301marks \u0323', '\\u0301marks \\u0323'],
    [`z${'\u0301'.repeat(5)}`, `z${'\u0301'.repeat(3)}\\u0301\\u0301`],
    ['private \ue000, not assigned \u{e0fff}', 'private \\ue000, not assigned \\u{e0fff}'],
  ])('%j', (name, shown) => {
    expect(escapeForeignName(name)).toBe(shown);
  });

  it('leaves names as they are', () => {
    const name = 'Jörg 山田 🎉 <j.doe+key@example.org> (release: 13/trixie)';
    expect(escapeForeignName(name)).toBe(name);
  });

  it('cuts what is long, and says so', () => {
    expect(escapeForeignName('x'.repeat(5000))).toBe(`${'x'.repeat(200)}… (5000 characters)`);
  });

  it('makes any text harmless, and two names of the same length look the same only if they are', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        expect(escapeForeignName(one)).toMatch(harmless);
        const [a, b] = [escapeForeignName(one, 1000), escapeForeignName(other, 1000)];
        expect(a === b).toBe(one === other);
      }),
    );
  });
});

describe('escapeInJson', () => {
  it('makes any value harmless, and changes none', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const json = escapeInJson(JSON.stringify(value, null, 2));
        for (const line of json.split('\n')) expect(line).toMatch(harmless);
        expect(JSON.parse(json)).toEqual(value);
      }),
    );
  });
});

describe('escapeWorkflowCommands', () => {
  /** As the runner reads a line: `::` at its beginning, blanks aside, and `##[` anywhere. */
  const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[');
  const nearly = fc.string({ unit: fc.constantFrom(':', '#', '[', ']', ' ', '\u00a0', 'a', '1', '\\') });

  it('leaves addresses, headings and all other text as it is', () => {
    const line = 'GET http://[::1]:8080/ # of std::vector<1>, a:: b, x: [#1]';
    expect(escapeWorkflowCommands(line)).toBe(line.replace('std::', 'std\\x3a\\x3a'));
  });

  it('leaves no command in any line, or in any JSON, whose value stays', () => {
    fc.assert(
      fc.property(nearly, (text) => {
        expect(isCommand(escapeWorkflowCommands(text))).toBe(false);
        const json = escapeWorkflowCommandsInJson(JSON.stringify([text, { [text]: text }], null, 2));
        expect(json.split('\n').filter(isCommand)).toEqual([]);
        expect(JSON.parse(json)).toEqual([text, { [text]: text }]);
      }),
    );
  });
});
