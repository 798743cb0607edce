/** What is in the place of signatures: nothing but signatures, each of which can be read, and not too many. */
import { UnparseablePacket, enums } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  readDetachedSignature,
  readSignatureBlocks,
} from '../../../../src/verify/openpgp/read-signatures.ts';
import { packet, signatureBytes } from '../../../support/odd-keys.ts';
import { armorSignature, makeKey, signData } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const key = await makeKey();
const made = await signData(Buffer.from('text'), { key, type: enums.signature.binary });
const signature = signatureBytes(made);
const block = (count: number) => armorSignature(...Array.from({ length: count }, () => made)).trimEnd();

describe('signatures', () => {
  it.each([
    ['a marker', packet(10, Buffer.from('PGP')), 10],
    ['a padding', packet(21, Buffer.alloc(3)), 21],
    ['a user ID', packet(13, Buffer.from('x')), 13],
    ['what nobody knows', packet(60, Buffer.from('x')), 60],
  ])('stand alone: %s is refused beside them', async (_, other, tag) => {
    for (const bytes of [Buffer.concat([signature, other]), Buffer.concat([other, signature])]) {
      const error = await refusal(readDetachedSignature(bytes), VerificationError, 'EVIDENCE_MALFORMED');
      expect(error.message).toBe(`a packet of type ${String(tag)} where only signatures belong`);
    }
  });

  it('that are broken are refused, and one of a format of tomorrow is read as such', async () => {
    for (const bytes of [packet(2, signature.subarray(6, -1)), packet(2, new Uint8Array([4]))]) {
      const error = await refusal(readDetachedSignature(bytes), VerificationError, 'EVIDENCE_MALFORMED');
      expect(error.message).toBe('a signature packet that cannot be read');
    }
    const tomorrow = packet(2, new Uint8Array([7, 0, 1, 8]));
    const [read, ...others] = await readDetachedSignature(Buffer.concat([tomorrow, signature]));
    expect(read).toBeInstanceOf(UnparseablePacket);
    expect(others).toHaveLength(1);
  });

  it('are read from a file of 256 KiB, and from none that is larger', async () => {
    const padded = (length: number) => Buffer.from(block(1).padStart(length, '\n'));
    expect(await readDetachedSignature(padded(256 << 10))).toHaveLength(1);
    await refusal(readDetachedSignature(padded((256 << 10) + 1)), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('are 128 at most, in however many blocks', async () => {
    expect(await readSignatureBlocks([block(128)])).toHaveLength(128);
    expect(await readSignatureBlocks([block(64), block(64)])).toHaveLength(128);
    for (const blocks of [[block(129)], [block(64), block(65)], [block(1), block(128)]]) {
      await refusal(readSignatureBlocks(blocks), VerificationError, 'LIMIT_EXCEEDED');
    }
  });
});
