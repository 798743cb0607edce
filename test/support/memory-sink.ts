/**
 * A ByteSink that remembers, for tests of downloads.
 */
import type { ByteSink } from '../../src/model/ports.ts';

export interface MemorySink extends ByteSink {
  readonly bytes: Buffer;
  readonly restarts: number;
}

export function memorySink(): MemorySink {
  let chunks: Uint8Array[] = [];
  let restarts = 0;
  return {
    get bytes() {
      return Buffer.concat(chunks);
    },
    get restarts() {
      return restarts;
    },
    // Copied: what is lent goes back.
    write: (pieces) => Promise.resolve(void chunks.push(...pieces.map((piece) => Uint8Array.from(piece)))),
    restart: () => {
      chunks = [];
      restarts++;
      return Promise.resolve();
    },
  };
}
