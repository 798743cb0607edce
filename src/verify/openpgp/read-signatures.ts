/**
 * Signature packets (RFC 9580 section 5.2), out of armor or binary: read, and not judged yet.
 *
 * A packet in a format that openpgp.js does not know stays in the list as `UnparseablePacket`.
 */
import { Buffer } from 'node:buffer';
import { readSignature, type AnyPacket } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { strictConfig } from './algorithms.ts';
import { decodeArmor, findArmor } from './armor.ts';
import { listPackets, packetTag } from './packets.ts';

const maxSignatures = 128;
const maxDetachedBytes = 256 * 1024;

/**
 * The packets of an untrusted detached signature, armored or binary. One that carries a message of its own is
 * refused.
 *
 * Throws VerificationError `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`.
 */
export async function readDetachedSignature(signature: Uint8Array): Promise<AnyPacket[]> {
  return readPackets(detachedBlocks(signature));
}

/**
 * The packets of the armored, untrusted signature blocks of one message.
 *
 * Throws VerificationError `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`.
 */
export async function readSignatureBlocks(blocks: readonly string[]): Promise<AnyPacket[]> {
  return readPackets(blocks.map((block) => decodeArmor(block, 'SIGNATURE')));
}

function detachedBlocks(signature: Uint8Array): Uint8Array[] {
  if (signature.length > maxDetachedBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `a detached signature of ${signature.length} bytes`);
  }
  const first = signature[0];
  if (first === undefined) throw new VerificationError('EVIDENCE_MISSING', 'the detached signature is empty');
  if ((first & 0x80) !== 0) return [signature];
  const text = Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString('latin1');
  const blocks = findArmor(text, 'SIGNATURE');
  if (blocks.length === 0) {
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      'a detached signature that is neither armored nor binary',
    );
  }
  return blocks.map((block) => decodeArmor(block, 'SIGNATURE'));
}

/** The signature packets of all blocks. Nothing else may be in them. */
async function readPackets(blocks: readonly Uint8Array[]): Promise<AnyPacket[]> {
  const packets: AnyPacket[] = [];
  for (const block of blocks) {
    const raw = listPackets(block, maxSignatures - packets.length);
    const stranger = raw.find(({ tag }) => tag !== packetTag.signature);
    if (stranger !== undefined) {
      throw new VerificationError(
        'EVIDENCE_MALFORMED',
        `a packet of type ${stranger.tag} where only signatures belong`,
      );
    }
    try {
      const { packets: read } = await readSignature({ binarySignature: block, config: strictConfig });
      packets.push(...read);
    } catch (cause) {
      throw new VerificationError('EVIDENCE_MALFORMED', 'a signature packet that cannot be read', { cause });
    }
  }
  return packets;
}
