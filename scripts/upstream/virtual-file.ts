/**
 * Files that are never in memory: a key stream of a given length, made while it is read, so that an upstream
 * can publish a hundred megabytes and cost none. The same name always has the same bytes.
 */
import { createCipheriv, createHash } from 'node:crypto';

export interface VirtualFile {
  readonly sizeBytes: number;
  /** The bytes from `first` up to `end`, which is not among them. */
  slices(first: number, end: number): Iterable<Buffer>;
  /** Bare hex; worked out at its first use, by reading all of it. */
  hex(algorithm: 'sha256' | 'sha512'): string;
}

/** What an upstream may publish. */
export type Content = Uint8Array | VirtualFile;

const chunkBytes = 1 << 20;
const blockBytes = 16;
const zeros = Buffer.alloc(chunkBytes);

export function virtualFile(name: string, sizeBytes: number): VirtualFile {
  const key = createHash('sha256').update(name).digest();
  const known = new Map<string, string>();

  function* slices(first: number, end: number): Iterable<Buffer> {
    // The counter of the block that `first` is in; the part of that block before `first` is thrown away.
    const counter = Buffer.alloc(blockBytes);
    counter.writeUInt32BE(Math.floor(first / blockBytes), 12);
    const stream = createCipheriv('aes-256-ctr', key, counter);
    stream.update(zeros.subarray(0, first % blockBytes));
    for (let at = first; at < end; at += chunkBytes) {
      yield stream.update(zeros.subarray(0, Math.min(chunkBytes, end - at)));
    }
  }

  return {
    sizeBytes,
    slices,
    hex(algorithm) {
      let hex = known.get(algorithm);
      if (hex === undefined) {
        const hash = createHash(algorithm);
        for (const slice of slices(0, sizeBytes)) hash.update(slice);
        hex = hash.digest('hex');
        known.set(algorithm, hex);
      }
      return hex;
    },
  };
}

export function contentSize(content: Content): number {
  return content instanceof Uint8Array ? content.length : content.sizeBytes;
}

/** Bare hex. */
export function contentHex(content: Content, algorithm: 'sha256' | 'sha512'): string {
  return content instanceof Uint8Array
    ? createHash(algorithm).update(content).digest('hex')
    : content.hex(algorithm);
}

/** All of it, in memory. */
export function readContent(content: Content): Buffer {
  return content instanceof Uint8Array
    ? Buffer.from(content)
    : Buffer.concat([...content.slices(0, content.sizeBytes)]);
}
