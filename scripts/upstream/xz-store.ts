/**
 * A minimal .xz writer (The .xz File Format 1.2): one block of LZMA2 chunks that are stored, not compressed.
 * Node has no xz encoder, and an upstream that publishes only `.xz` indexes has to be played all the same.
 */
import { crc32 } from 'node:zlib';

const headerMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const footerMagic = Buffer.from('YZ');
/** Stream flags: the check is CRC32. */
const streamFlags = Buffer.from([0x00, 0x01]);
/** The most that one stored chunk holds. */
const chunkBytes = 1 << 16;

/** The same bytes as a valid .xz file, a little larger. */
export function storeXz(bytes: Uint8Array): Buffer {
  // An empty file has no block: that is how xz writes it.
  const block = bytes.length === 0 ? undefined : blockOf(bytes);
  const index = indexOf(block === undefined ? [] : [[block.unpaddedBytes, bytes.length]]);
  const backwardSize = uint32(index.length / 4 - 1);
  const tail = Buffer.concat([backwardSize, streamFlags]);
  return Buffer.concat([
    headerMagic,
    streamFlags,
    checksum(streamFlags),
    block?.bytes ?? Buffer.alloc(0),
    index,
    checksum(tail),
    tail,
    footerMagic,
  ]);
}

function blockOf(bytes: Uint8Array): { bytes: Buffer; unpaddedBytes: number } {
  // Size of the header in units of four, less one; one filter: LZMA2 (0x21) with one property byte, which
  // says that the dictionary has 64 KiB; three bytes of padding.
  const header = Buffer.from([0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00]);
  const data = lzma2Stored(bytes);
  const check = checksum(bytes);
  const unpaddedBytes = header.length + 4 + data.length + check.length;
  const block = Buffer.concat([header, checksum(header), data, padding(data.length), check]);
  return { bytes: block, unpaddedBytes };
}

/** Control byte 0x01 (stored, after a dictionary reset) or 0x02 (stored), length less one, bytes; 0x00 ends. */
function lzma2Stored(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    const header = Buffer.alloc(3);
    header.writeUInt8(at === 0 ? 0x01 : 0x02, 0);
    header.writeUInt16BE(chunk.length - 1, 1);
    parts.push(header, chunk);
  }
  return Buffer.concat([...parts, Buffer.of(0x00)]);
}

function indexOf(records: readonly (readonly [unpaddedBytes: number, sizeBytes: number])[]): Buffer {
  const listed = Buffer.from([0x00, ...multibyte(records.length), ...records.flat().flatMap(multibyte)]);
  const padded = Buffer.concat([listed, padding(listed.length)]);
  return Buffer.concat([padded, checksum(padded)]);
}

/** Seven bits a byte, the lowest first. */
function multibyte(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...multibyte(Math.floor(value / 0x80))];
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function checksum(bytes: Uint8Array): Buffer {
  return uint32(crc32(bytes));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
