import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitString,
  boolean,
  generalizedTime,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
  utf8String,
} from '../../../../scripts/upstream/sigstore/der.ts';
import {
  derTags,
  readBoolean,
  readCount,
  readDer,
  readNamedBits,
  readOid,
  readOne,
  readSequence,
  readTime,
  writeDer,
  type DerValue,
} from '../../../../src/verify/sigstore/der.ts';

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
    ['a tag of two bytes that reads as one', '1f0100'],
    ['such a tag, constructed', '3f0100'],
    ['such a tag of a context', 'bf0100'],
    ['a length of nothing but its own length', '0484'],
    ['a length of 127 in two bytes', `04817f${'00'.repeat(127)}`],
    ['an indefinite length before as many bytes as it would be', `0480${'00'.repeat(128)}`],
    ['a length of seven bytes', '048700000000000001ff'],
    ['a length of five bytes, of which the first is zero', '04850000000000'],
  ])('refuses %s', (_, bytes) => {
    expect(readDer(hex(bytes))).toBeUndefined();
  });

  it.each([0, 1, 126, 127, 128, 129, 255, 256, 257, 65_535, 65_536, 2 ** 24])('reads %d bytes', (count) => {
    const content = Buffer.alloc(count, 0xa5);
    const [head, length] = [writeDer(0x1e, content), writeDer(0x1e, content).length - count - 1];
    expect(length).toBe(
      count < 0x80 ? 1 : count < 0x100 ? 2 : count < 0x1_0000 ? 3 : count < 0x100_0000 ? 4 : 5,
    );
    const [value, ...others] = readDer(head)!;
    expect([value!.tag, others]).toEqual([0x1e, []]);
    expect(value!.content.equals(content) && value!.encoded.equals(head)).toBe(true);
    expect(readDer(head.subarray(0, -1))).toBe(count === 0 ? undefined : readDer(Buffer.of(0x1e, 1)));
  });

  it('has of each value the bytes that it is made of', () => {
    const [one, two] = [octetString(Buffer.of(1)), utf8String('b')];
    expect(readDer(Buffer.concat([one, two]))!.map(({ encoded }) => encoded)).toEqual([one, two]);
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

describe('readSequence', () => {
  it('is the values in the one sequence', () => {
    expect(readSequence(sequence(boolean(true), utf8String('a')))!.map(({ tag }) => tag)).toEqual([1, 12]);
  });

  it.each([utf8String('a'), Buffer.concat([sequence(), sequence()]), Buffer.alloc(0)])(
    'is nothing for %j',
    (bytes) => {
      expect(readSequence(bytes)).toBeUndefined();
    },
  );
});

/** The one value in these bytes. */
const valueOf = (bytes: Uint8Array): DerValue => readDer(bytes)![0]!;
const fromHex = (text: string) => valueOf(hex(text));

describe('readOid', () => {
  it.each([
    '2.5.29.17',
    '1.3.6.1.4.1.57264.1.14',
    '1.2.840.10045.4.3.2',
    '2.999.1',
    '0.9',
    '1.39.4294967297',
    '2.0',
    '2.16',
  ])('reads %s', (oid) => {
    // 2.999 is more than a number below 80 says.
    const bytes = oid === '2.999.1' ? hex('0603883701') : objectIdentifier(oid);
    expect(readOid(valueOf(bytes))).toBe(oid);
  });

  it.each([
    ['nothing', '0600'],
    ['a number that does not end', '06025583'],
    ['a number with a zero before it', '0603558001'],
    ['a number that ends with the bit that goes on', '06025580'],
    ['one that ends so, with something before it', '0603558180'],
    ['another type', '040155'],
  ])('refuses %s', (_, bytes) => {
    expect(readOid(fromHex(bytes))).toBeUndefined();
  });
});

describe('readBoolean, readCount', () => {
  it('read what is written', () => {
    expect([true, false].map((value) => readBoolean(valueOf(boolean(value))))).toEqual([true, false]);
    for (const count of [0, 1, 127, 128, 255, 256, 65_535, 2_147_483_647]) {
      expect(readCount(valueOf(integer(count)))).toBe(count);
    }
  });

  it.each(['010101', '0100', '0102ffff', '0201ff'])('refuse %s as true or false', (bytes) => {
    expect(readBoolean(fromHex(bytes))).toBeUndefined();
  });

  it.each(['0200', '0201ff', '020180', '02020001', '0205 0100000000'.replace(' ', ''), '040101'])(
    'refuse %s as a count',
    (bytes) => {
      expect(readCount(fromHex(bytes))).toBeUndefined();
    },
  );
});

describe('readNamedBits', () => {
  it('reads the numbers of the bits', () => {
    expect(readNamedBits(valueOf(bitString(Buffer.of(0b1000_0100), 2)))).toEqual(new Set([0, 5]));
    expect(readNamedBits(valueOf(bitString(Buffer.of(0, 0x80), 7)))).toEqual(new Set([8]));
    expect(readNamedBits(valueOf(bitString(Buffer.of(0, 0b0000_0001))))).toEqual(new Set([15]));
    expect(readNamedBits(valueOf(bitString(Buffer.of(0b0000_0001))))).toEqual(new Set([7]));
    expect(readNamedBits(valueOf(bitString(Buffer.of())))).toEqual(new Set());
  });

  it.each(['0300', '030101', '030108', '03020880', '03020800', '03020900', '03020181', '04020080', '040180'])(
    'refuses %s',
    (bytes) => {
      expect(readNamedBits(fromHex(bytes))).toBeUndefined();
    },
  );
});

describe('readTime', () => {
  it('reads both forms, and both centuries', () => {
    for (const text of [
      '1950-01-01T00:00:00Z',
      '1999-12-31T23:59:59Z',
      '2049-12-31T23:59:59Z',
      '2026-02-28T12:00:00Z',
    ]) {
      expect(readTime(valueOf(time(new Date(text))))).toEqual(new Date(text));
      expect(readTime(valueOf(generalizedTime(new Date(text))))).toEqual(new Date(text));
    }
    expect(readTime(valueOf(generalizedTime(new Date('9999-12-31T23:59:59Z'))))).toEqual(
      new Date('9999-12-31T23:59:59Z'),
    );
  });

  it.each([
    ['a month too many', 23, '261301000000Z'],
    ['a day that is not there', 23, '260229000000Z'],
    ['an hour too many', 23, '260101240000Z'],
    ['no seconds', 23, '2601010000Z'],
    ['a zone', 23, '260101000000+0100'],
    ['a fraction', 24, '20260101000000.5Z'],
    ['a short year in the long form', 24, '260101000000Z'],
    ['text', 12, '260101000000Z'],
    ['text in the long form', 12, '20260101000000Z'],
    ['something before it', 24, 'x20260101000000Z'],
    ['something behind it', 24, '20260101000000Zx'],
    ['a line end behind it', 24, '20260101000000Z\n'],
  ])('refuses %s', (_, tag, text) => {
    expect(readTime(valueOf(writeDer(tag, Buffer.from(text))))).toBeUndefined();
  });
});

it('writeDer writes what readDer reads, of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
      const [value, ...others] = readDer(writeDer(0x30, content))!;
      expect([value!.tag, others.length]).toEqual([0x30, 0]);
      expect(value!.content.equals(content)).toBe(true);
      expect(value!.encoded.equals(sequence(content))).toBe(true);
    }),
    { numRuns: 50 },
  );
});
