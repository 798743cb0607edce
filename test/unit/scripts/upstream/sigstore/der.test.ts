import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as der from '../../../../../scripts/upstream/sigstore/der.ts';

const hex = (bytes: Buffer) => bytes.toString('hex');

describe('DER', () => {
  it.each([
    ['an integer', der.integer(0), '020100'],
    ['one with its high bit set', der.integer(128), '02020080'],
    ['one by its bytes, without needless zeros', der.integer(Buffer.from('00007f', 'hex')), '02017f'],
    ['one by its bytes, kept positive', der.integer(Buffer.from('ff', 'hex')), '020200ff'],
    ['a boolean', der.boolean(true), '0101ff'],
    ['null', der.nothing(), '0500'],
    ['an identifier', der.objectIdentifier('1.2.840.113549.1.7.2'), '06092a864886f70d010702'],
    ['one of Fulcio', der.objectIdentifier('1.3.6.1.4.1.57264.1.8'), '060a2b0601040183bf300108'],
    ['a bit string', der.bitString(Buffer.from([0x80]), 7), '03020780'],
    ['a year before 2050', der.time(new Date('2049-12-31T23:59:59Z')), '170d3439313233313233353935395a'],
    ['a year after 2049', der.time(new Date('2050-01-01T00:00:00Z')), '180f32303530303130313030303030305a'],
    ['a tag around a value', der.explicit(0, der.integer(2)), 'a003020102'],
    ['a tag in place of another', der.implicit(6, Buffer.from('a:b')), '8603613a62'],
  ])('writes %s', (_name, encoded, expected) => {
    expect(hex(encoded)).toBe(expected);
  });

  it('orders the members of a set', () => {
    expect(hex(der.setOf(der.integer(2), der.integer(1)))).toBe('3106020101020102');
  });

  it.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ])('writes a length of %i', (length, start) => {
    expect(hex(der.octetString(Buffer.alloc(length))).slice(0, start.length)).toBe(start);
  });

  it('always says the length of what follows', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000 }), (content) => {
        const encoded = der.octetString(content);
        const first = encoded.readUInt8(1);
        const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
        const length = lengthBytes === 0 ? first : encoded.readUIntBE(2, lengthBytes);
        return length === content.length && encoded.length === 2 + lengthBytes + length;
      }),
      { numRuns: 50 },
    );
  });
});
