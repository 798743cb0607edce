/**
 * gzip (RFC 1952) around stored, not compressed, blocks (RFC 1951, section 3.2.4): the same bytes on every machine.
 *
 * What a compressor makes of the same input differs between zlib, its forks and gzip(1), and with the processor's
 * instructions; even the stored blocks of two zlibs have different lengths. Here nothing is left to choose.
 */
import { crc32 } from 'node:zlib';

/** No name, no time, no extra fields, operating system unknown (RFC 1952, section 2.3.1). */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** The most that a stored block's 16-bit length can say. */
const blockBytes = 0xffff;

/** However the chunks are cut, the result is the same. */
export async function* storedGzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  yield header;
  let checksum = 0;
  let sizeBytes = 0;
  let block = Buffer.alloc(blockBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    checksum = crc32(chunk, checksum);
    sizeBytes += chunk.byteLength;
    for (let offset = 0; offset < chunk.byteLength;) {
      // A full block waits for a byte behind it: the last block is another.
      if (filled === blockBytes) {
        yield blockHeader(filled, false);
        yield block;
        block = Buffer.alloc(blockBytes);
        filled = 0;
      }
      const part = chunk.subarray(offset, offset + blockBytes - filled);
      block.set(part, filled);
      filled += part.byteLength;
      offset += part.byteLength;
    }
  }
  yield blockHeader(filled, true);
  yield block.subarray(0, filled);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield trailer;
}

/** BFINAL, BTYPE 00, then the length and its complement. */
function blockHeader(length: number, isLast: boolean): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(isLast ? 1 : 0, 0);
  bytes.writeUInt16LE(length, 1);
  bytes.writeUInt16LE(length ^ blockBytes, 3);
  return bytes;
}
