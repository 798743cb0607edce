/**
 * The pieces of a body on their way into a sink: gathered, so that the sink has few large writes to make, and given
 * back once they are written.
 */

/** Fewer system calls than for each piece, and still small enough for a core's cache. */
const blockBytes = 1024 * 1024;

/** On a slow line less: what a kill takes away is no more than came in so long. */
const blockMs = 250;

export interface Block {
  readonly sizeBytes: number;
  /** True once it is to be written. */
  add(piece: Uint8Array): boolean;
  /** Its pieces, in order; it is empty then. */
  take(): readonly Uint8Array[];
}

export function openBlock(now: () => number = () => performance.now()): Block {
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let takenAtMs = now();
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    add(piece) {
      pieces.push(piece);
      sizeBytes += piece.byteLength;
      return sizeBytes >= blockBytes || now() - takenAtMs >= blockMs;
    },
    take() {
      const taken = pieces;
      [pieces, sizeBytes, takenAtMs] = [[], 0, now()];
      return taken;
    },
  };
}

/** Of `allocateRead`, and nobody else's: buffers of Node's own are shared by many. */
const reads = new WeakSet<ArrayBufferLike>();

/** For one read from a socket; its bytes are whatever was there. */
export function allocateRead(sizeBytes: number): Buffer {
  const read = Buffer.allocUnsafeSlow(sizeBytes);
  reads.add(read.buffer);
  return read;
}

/**
 * Frees the reads that end with these pieces, which are written; they are empty afterwards. Left to the garbage
 * collector, reads pile up until it looks at all else to find them, again and again: that costs more than the reading.
 * Freed at once, the next read gets the same memory, which is in the cache still.
 */
export function release(pieces: readonly Uint8Array[]): void {
  for (const { buffer, byteOffset, byteLength } of pieces) {
    // What follows a piece in its read is still the connection's to look at.
    const isLast = byteOffset + byteLength === buffer.byteLength;
    if (isLast && buffer instanceof ArrayBuffer && reads.delete(buffer)) buffer.transfer(0);
  }
}
