/**
 * Decompression of repository indexes: gzip by zlib, xz by the npm package xz-decompress (WASM).
 *
 * Give this only bytes whose digest was checked: decoders are no place for a stranger's input. What
 * comes out is still capped, since whoever signs may be careless.
 */
import { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import xzDecompress from 'xz-decompress';
import { VerificationError } from '../../model/errors.ts';

export type Compression = 'gz' | 'xz' | 'none';

/** Large enough that Node takes no chunk from a pool which other buffers share: see `release`. */
const chunkBytes = 256 << 10;

const notes: Readonly<Record<Compression, string>> = {
  gz: 'it is damaged, or cut short',
  xz: 'it is damaged, cut short, or made with a SHA-256 check, a filter or a dictionary over 64 MiB, which assay does not know',
  none: 'it is cut short',
};

/**
 * The decompressed content in chunks, at most `maxBytes` in all. A chunk is good until the next one is
 * asked for: copy what is to be kept.
 *
 * Throws VerificationError `LIMIT_EXCEEDED` at the first byte too many, and `EVIDENCE_MALFORMED` for what
 * the decoder refuses: a damaged or truncated stream, and an .xz that is sound but of a kind that it does not know.
 */
export async function* decompress(
  bytes: Uint8Array,
  compression: Compression,
  maxBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  try {
    for await (const chunk of decoder(bytes, compression)) {
      total += chunk.length;
      if (total > maxBytes) {
        throw new VerificationError(
          'LIMIT_EXCEEDED',
          `${what} decompresses to more than the ${String(maxBytes)} bytes that it may have`,
        );
      }
      yield chunk;
      if (compression === 'gz') release(chunk);
    }
  } catch (error) {
    if (error instanceof VerificationError) throw error;
    throw new VerificationError(
      'EVIDENCE_MALFORMED',
      `${what} cannot be read as ${compression}: ${notes[compression]}`,
      {
        cause: error,
      },
    );
  }
}

/** As `decompress`, for who asks for the next chunk before he is done with the last, as a reader of tar archives does. */
export async function* decompressCopies(
  ...of: Parameters<typeof decompress>
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of decompress(...of)) yield Uint8Array.from(chunk);
}

function decoder(bytes: Uint8Array, compression: Compression): AsyncIterable<Uint8Array> {
  switch (compression) {
    case 'gz': {
      const gunzip = createGunzip({ chunkSize: chunkBytes });
      gunzip.end(bytes);
      return gunzip as AsyncIterable<Uint8Array>;
    }
    case 'xz':
      return new xzDecompress.XzReadableStream(streamOf(bytes));
    case 'none':
      return slicesOf(bytes);
  }
}

/**
 * Gives a chunk's memory back at once: the collector would let 64 MB of them pile up first. A buffer is
 * free when the slice that ends it has been used, since slices come in order.
 */
function release(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteOffset + chunk.byteLength === buffer.byteLength) {
    buffer.transfer(0);
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(bytes.subarray(at, at + chunkBytes));
      at += chunkBytes;
    },
  });
}

async function* slicesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    await Promise.resolve();
    yield bytes.subarray(at, at + chunkBytes);
  }
}
