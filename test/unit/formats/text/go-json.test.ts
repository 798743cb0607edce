import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goJson } from '../../../../src/formats/text/go-json.ts';

const render = (value: unknown): string => new TextDecoder().decode(goJson(value));

describe('goJson', () => {
  // What Go 1.22's json.MarshalIndent(value, "", "  ") prints for each, per its encoder's source.
  it.each([
    ['<a href="x">&</a>', String.raw`"\u003ca href=\"x\"\u003e\u0026\u003c/a\u003e"`],
    ['\u2028\u2029', String.raw`"\u2028\u2029"`],
    ['\b\f\n\r\t', String.raw`"\b\f\n\r\t"`],
    ['\u0000\u0001\u001b\u001f', String.raw`"\u0000\u0001\u001b\u001f"`],
    ['\u007f\u0080é漢😀', '"\u007f\u0080é漢😀"'],
    ['a\\b/"c\'', String.raw`"a\\b/\"c'"`],
    [String.raw`\u003c`, String.raw`"\\u003c"`],
  ])('escapes %j as Go does', (text, expected) => {
    expect(render(text)).toBe(`${expected}\n`);
  });

  it('indents by two spaces, leaves empty collections on one line and ends with a line feed', () => {
    expect(render({ a: [1, { b: '' }], c: {}, d: [], e: undefined })).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": ""\n    }\n  ],\n  "c": {},\n  "d": []\n}\n',
    );
  });

  it('escapes keys as well', () => {
    expect(render({ '<': 1 })).toBe('{\n  "\\u003c": 1\n}\n');
  });

  it('means the same as JSON.stringify, and holds none of the characters that Go escapes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(render(text))).toBe(text);
        expect(render(text)).not.toMatch(/[<>&\u2028\u2029]/);
      }),
    );
  });
});
