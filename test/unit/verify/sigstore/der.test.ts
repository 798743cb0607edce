import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { octetString, sequence, utf8String } from '../../../../scripts/upstream/sigstore/der.ts';
import { derTags, readDer, readOne, readText } from '../../../../src/verify/sigstore/der.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('readDer', () => {
  it('reads what is written, of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 3 }), (contents) => {
        const written = Buffer.concat(contents.map((content) => octetString(content)));
        expect(readDer(written)?.map(({ content }) => content)).toEqual(
          contents.map((one) => Buffer.from(one)),
        );
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a tag without length', '04'],
    ['a length beyond the end', '0402ff'],
    ['a length that is cut short', '0482ff'],
    ['an indefinite length', '0480ff0000'],
    ['a length in a longer form than needed', '048101ff'],
    ['a length with a zero before it', `04820080${'00'.repeat(128)}`],
    ['a length of five bytes', '04850000000001ff'],
    ['a tag of two bytes', '1f8101ff'],
  ])('refuses %s', (_, bytes) => {
    expect(readDer(hex(bytes))).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => void readDer(bytes)));
  });
});

describe('readOne', () => {
  it('is the content of the one value', () => {
    expect(readOne(utf8String('a'), derTags.utf8String)?.toString()).toBe('a');
  });

  it.each([
    ['another tag', octetString(Buffer.from('a'))],
    ['two values', Buffer.concat([utf8String('a'), utf8String('b')])],
    ['a byte after it', Buffer.concat([utf8String('a'), Buffer.of(0)])],
    ['nothing', Buffer.alloc(0)],
    ['a value around it', sequence(utf8String('a'))],
  ])('is nothing for %s', (_, bytes) => {
    expect(readOne(bytes, derTags.utf8String)).toBeUndefined();
  });
});

it('readText reads UTF-8 and nothing else', () => {
  expect(readText(Buffer.from('é'))).toBe('é');
  expect(readText(hex('ff'))).toBeUndefined();
});
