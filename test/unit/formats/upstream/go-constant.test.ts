import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGoConstant } from '../../../../src/formats/upstream/go-constant.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const read = (text: string) => readGoConstant(Buffer.from(text), 'Image', 'config.go');
const decoys = [
  '// Image = "x"\n',
  '// const Image = "x"\n',
  '/* const Image = "x" */',
  '/* const\nImage = "x"\n*/\n',
  'var s = "const Image = \\"x\\""\n',
  'var s = `\nconst Image = "x"\n`\n',
  "var r = '\"'\n",
  "var r = '\\''\n",
  "var r = '`'\n",
  'func f() {\n\tconst Image = "x"\n}\n',
  'var Image2 = "x"\n',
  'const OtherImage = "x"\n',
  'const (\n\tA = iota\n\tB\n)\n',
  'var c = Config{\n\tImage: "x",\n}\n',
  'var i = images[Image]\n',
];
const definitions = [
  'const Image = "right"\n',
  'const Image string = "right"\n',
  'const Image = `right`\n',
  'const Image = "right" // the image\n',
  'const Image = "right"; const Z = 1\n',
  'const (\n\t// Image is it.\n\tImage = "right"\n)\n',
  'const (\n\tA = "a"\n\tImage = "right"\n\tB = "b" /* b */\n)\n',
  'const (A = (1 + 2); Image = "right")\n',
  'const\tImage\t=\t"right"',
];

describe('a constant of Go source', () => {
  it.each(definitions)('is read: %j', (text) => {
    expect(read(`package config\n${text}`)).toBe('right');
  });

  it('is read wherever it stands among what only looks like it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...decoys), { maxLength: 6 }),
        fc.constantFrom(...definitions),
        fc.array(fc.constantFrom(...decoys), { maxLength: 6 }),
        (before, definition, after) => {
          const text = ['package config\n', ...before, '\n', definition, '\n', ...after].join('');
          expect(read(text)).toBe('right');
        },
      ),
    );
  });

  it('is not there where only what looks like it is', async () => {
    for (const decoy of decoys) {
      await refusal(() => read(`package config\n${decoy}`), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });

  it.each([
    ['twice', 'const Image = "a"\nconst Image = "b"\n'],
    ['put together', 'const Image = "a" + "b"\n'],
    ['another constant', 'const Image = Other\n'],
    ['a number', 'const Image = 1\n'],
    ['with an escape', 'const Image = "a\\u0062"\n'],
    ['of another type', 'const Image Reference = "a"\n'],
    ['one of two', 'const Image, B = "a", "b"\n'],
    ['two of two', 'const B, Image = "b", "a"\n'],
    ['a variable', 'var Image = "a"\n'],
    ['in an open comment', '/* const Image = "a"\n'],
    ['before an open comment', 'const Image = "a"\n/*'],
    ['before an open raw string', 'const Image = "a"\nvar s = `\n'],
    ['before an open string', 'const Image = "a"\nvar s = "\n'],
    ['before what is no Go', 'const Image = "a"\n\u0000'],
    ['without a value', 'const (\n\tA = "a"\n\tImage\n)\n'],
    ['nowhere', ''],
  ])('is refused: %s', async (_, text) => {
    await refusal(() => read(text), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is refused where the file is no text, or too long', async () => {
    const bytes = Buffer.concat([Buffer.from('const Image = "a"\n'), Buffer.of(0xff)]);
    await refusal(() => readGoConstant(bytes, 'Image', 'x'), VerificationError, 'EVIDENCE_MALFORMED');
    await refusal(
      () => readGoConstant(Buffer.alloc((1 << 20) + 1, 10), 'Image', 'x'),
      VerificationError,
      'LIMIT_EXCEEDED',
    );
  });

  it('is read or refused, whatever the text is', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(
          '"',
          '`',
          "'",
          '/',
          '*',
          '\\',
          '\n',
          '(',
          ')',
          '{',
          '}',
          ';',
          '=',
          ',',
          'const',
          'Image',
          ' ',
        ),
        fc.string({ maxLength: 5 }),
      ),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          expect(typeof read(parts.join(''))).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(VerificationError);
        }
      }),
    );
  });
});
