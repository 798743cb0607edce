/** Snappy's raw format: what its own library packs, every kind of stretch, and what nobody packs so. */
import { describe, expect, it } from 'vitest';
import { unpackSnappy } from '../../../../src/formats/upstream/snappy.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import { packSnappy } from '../../../support/pack-snappy.ts';

const unpack = (hex: string, maxBytes = 1 << 20) =>
  Buffer.from(unpackSnappy(Buffer.from(hex, 'hex'), 'it', maxBytes));

describe('unpackSnappy', () => {
  it.each([
    ['what Snappy itself packs', '601468656c6c6f20fe0600660600', 'hello hello hello hello '.repeat(4)],
    ['nothing', '00', ''],
    ['a literal with its length in one byte', `40f03f${'61'.repeat(64)}`, 'a'.repeat(64)],
    ['a literal with its length in four bytes', '01fc0000000061', 'a'],
    ['a copy with an offset of eleven bits', '0800610d01', 'aaaaaaaa'],
    ['a copy with an offset of four bytes', '0300610701000000', 'aaa'],
  ])('unpacks %s', (_, hex, text) => {
    expect(unpack(hex).toString()).toBe(text);
  });

  it('unpacks what was packed', () => {
    const bytes = Buffer.from(JSON.stringify({ a: 'x'.repeat(70_000), b: [1, 2, 3] }));
    expect(Buffer.from(unpackSnappy(packSnappy(bytes), 'it', 1 << 20))).toEqual(bytes);
  });

  it.each([
    ['no byte', '', 'EVIDENCE_MALFORMED'],
    ['a length that does not end', '8080', 'EVIDENCE_MALFORMED'],
    ['a length of more than 32 bits', 'ffffffff7f', 'EVIDENCE_MALFORMED'],
    ['more than is allowed', '818040', 'LIMIT_EXCEEDED'],
    ['a literal that is cut short', '03086161', 'EVIDENCE_MALFORMED'],
    ['a copy from before the start', '0800610502', 'EVIDENCE_MALFORMED'],
    ['a copy of nothing', '080061050000', 'EVIDENCE_MALFORMED'],
    ['a copy that is cut short', '08006106', 'EVIDENCE_MALFORMED'],
    ['more than it says', '0208616161', 'EVIDENCE_MALFORMED'],
    ['a copy of more than it says', '0200611101', 'EVIDENCE_MALFORMED'],
    ['less than it says', '040061', 'EVIDENCE_MALFORMED'],
    ['text', '7b7d', 'EVIDENCE_MALFORMED'],
  ] as const)('refuses %s', async (_, hex, code) => {
    await refusal(() => Promise.resolve().then(() => unpack(hex)), VerificationError, code);
  });
});
