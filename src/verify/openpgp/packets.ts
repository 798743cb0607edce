/**
 * The outer framing of OpenPGP packets (RFC 9580 section 4.2): which packets there are, before any is read.
 *
 * openpgp.js drops packets that it does not know or does not like, silently in places. This list is what its
 * answer is held against. Packets of partial or unknown length are refused: keys and signatures have none.
 */
import { VerificationError } from '../../model/errors.ts';

/** Packet types (RFC 9580 section 5) that keys and signatures are made of. */
export const packetTag = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  padding: 21,
} as const;

/** One packet, as it stands in its sequence. */
export interface RawPacket {
  readonly tag: number;
  /** Header and body. */
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
}

/**
 * The packets in `bytes` (untrusted), in order.
 *
 * Throws VerificationError `EVIDENCE_MALFORMED` where `bytes` are not whole packets, and `LIMIT_EXCEEDED` for
 * more than `maxPackets`.
 */
export function listPackets(bytes: Uint8Array, maxPackets: number): RawPacket[] {
  const packets: RawPacket[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const { tag, start, next } = readPacketHeader(bytes, offset);
    if (next > bytes.length) throw malformed(`the packet at byte ${offset} is cut short`);
    packets.push({ tag, bytes: bytes.subarray(offset, next), body: bytes.subarray(start, next) });
    if (packets.length > maxPackets) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `more than ${maxPackets} OpenPGP packets where few are expected`,
      );
    }
    offset = next;
  }
  return packets;
}

/** The packet's type, and where its body starts and ends. */
function readPacketHeader(bytes: Uint8Array, offset: number): { tag: number; start: number; next: number } {
  const header = byteAt(bytes, offset);
  if ((header & 0x80) === 0) throw malformed(`there is no packet at byte ${offset}`);
  if ((header & 0x40) === 0) {
    // Legacy format (section 4.2.2): the length's size is in the header.
    const lengthBytes = [1, 2, 4][header & 0x03];
    if (lengthBytes === undefined) throw malformed(`the packet at byte ${offset} has no length`);
    const start = offset + 1 + lengthBytes;
    const length = readNumber(bytes, offset + 1, lengthBytes);
    return { tag: (header >> 2) & 0x0f, start, next: start + length };
  }
  // Current format (section 4.2.1).
  const tag = header & 0x3f;
  const first = byteAt(bytes, offset + 1);
  if (first < 192) return { tag, start: offset + 2, next: offset + 2 + first };
  if (first < 224) {
    const length = (first - 192) * 256 + byteAt(bytes, offset + 2) + 192;
    return { tag, start: offset + 3, next: offset + 3 + length };
  }
  if (first < 255) throw malformed(`the packet at byte ${offset} has a partial length`);
  return { tag, start: offset + 6, next: offset + 6 + readNumber(bytes, offset + 2, 4) };
}

function readNumber(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let index = offset; index < offset + length; index += 1) value = value * 256 + byteAt(bytes, index);
  return value;
}

function byteAt(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset];
  if (value === undefined) throw malformed('the last packet is cut short');
  return value;
}

function malformed(what: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', `not a sequence of OpenPGP packets: ${what}`);
}
