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
    write: (chunk) => Promise.resolve(void chunks.push(Uint8Array.from(chunk))),
    restart: () => {
      chunks = [];
      restarts++;
      return Promise.resolve();
    },
  };
}
