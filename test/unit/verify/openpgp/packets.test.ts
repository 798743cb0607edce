import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AssayError, VerificationError } from '../../../../src/model/errors.ts';
import { listPackets, packetTag } from '../../../../src/verify/openpgp/packets.ts';
import { refusal } from '../../../support/refusals.ts';

const tagsOf = (bytes: Uint8Array, maxPackets: number) =>
  listPackets(bytes, maxPackets).map(({ tag }) => tag);

describe('listPackets', () => {
  it.each([
    ['legacy, one octet', [0x88, 2], 2],
    ['legacy, two octets', [0x89, 1, 2], 258],
    ['legacy, four octets', [0x8a, 0, 1, 0, 2], 65_538],
    ['current, one octet', [0xc2, 191], 191],
    ['current, two octets', [0xc2, 192, 8], 200],
    ['current, the longest of two octets', [0xc2, 223, 255], 8383],
    ['current, five octets', [0xc2, 255, 0, 0, 1, 2], 258],
    ['empty', [0xc2, 0], 0],
  ])('reads a length: %s', (_, header, length) => {
    const content = Buffer.alloc(length, 7);
    const bytes = Buffer.concat([Buffer.from(header), content]);
    const found = listPackets(Buffer.concat([bytes, bytes]), 2);
    expect(found.map(({ tag }) => tag)).toEqual([2, 2]);
    for (const packet of found) {
      expect(bytes.equals(packet.bytes) && content.equals(packet.body)).toBe(true);
    }
  });

  it('tells packet types apart', () => {
    const bytes = new Uint8Array([0x98, 0, 0xb4, 0, 0xc5, 0, 0xff, 0]);
    expect(tagsOf(bytes, 9)).toEqual([packetTag.publicKey, packetTag.userId, packetTag.secretKey, 63]);
  });

  it.each([
    ['text', [0x41]],
    ['text that has the length it would say', [0x41, 0]],
    ['such text in the legacy form', [0x08, 0]],
    ['a header without a length', [0xc2]],
    ['half of a length', [0xc2, 255, 0, 0]],
    ['a body that is cut short', [0xc2, 3, 1, 2]],
    ['a partial length', [0xc2, 0xe0, 0]],
    ['a partial length, as if it were a whole one', [0xc2, 0xe0, 0, 0, 0, 1, 7]],
    ['the longest partial length, as if it were a whole one', [0xc2, 0xfe, 0, 0, 0, 1, 7]],
    ['a partial length, as if it were one of two octets', [0xc2, 0xe0, 0, ...Buffer.alloc(8384)]],
    ['a packet up to the end of the file', [0x8b, 0]],
    ['a byte behind the last packet', [0xc2, 0, 0]],
    ['a length of 4 GB', [0xc2, 255, 255, 255, 255, 255]],
  ])('refuses %s', async (_, bytes) => {
    await refusal(() => tagsOf(new Uint8Array(bytes), 9), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('stops at too many packets', async () => {
    const bytes = new Uint8Array([0xc2, 0, 0xc2, 0, 0xc2, 0]);
    await refusal(() => tagsOf(bytes, 2), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('throws nothing but its own errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(tagsOf(bytes, 64).length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          if (!(error instanceof AssayError)) throw error;
        }
      }),
    );
  });
});
