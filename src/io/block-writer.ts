/**
 * Appends blocks to a file, and keeps the disk busy meanwhile: it is set to work on what is there while more comes in,
 * and waited for where it falls far behind. Else all of it would be waited for in the end, and memory of the machine
 * would hold it until then.
 */
import { writevSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

const flushBytes = 16 * 1024 * 1024;

/** No more than this is ahead of the disk. */
const aheadBytes = 4 * flushBytes;

/** A write that takes longer waits for something else than the copying of a block. */
const defaultSlowMs = 20;

/** So many go by another thread then, before it is tried again. */
const slowWrites = 16;

export interface BlockWriter {
  /** Of the file. */
  readonly sizeBytes: number;
  /** Rejects with the system's error, and with what an earlier block met on its way to the disk. */
  append(pieces: readonly Uint8Array[]): Promise<void>;
  /** Forgets what is behind the first `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  /** All of it is on the disk once it resolves. */
  flush(): Promise<void>;
  /** Has the disk taken, as far as is known, what it was given? Waits for what is on its way. */
  isSound(): Promise<boolean>;
}

/** `file`, of `startBytes` so far, is the caller's to close: not while a flush is on its way (`isSound`). */
export function openBlockWriter(
  file: FileHandle,
  startBytes: number,
  { slowMs = defaultSlowMs }: { readonly slowMs?: number } = {},
): BlockWriter {
  let sizeBytes = startBytes;
  let flushedBytes = startBytes;
  let flushing: Promise<void> | undefined;
  /** The system tells of a failed flush once: it is kept, so that no later one hides it. */
  let fault: { readonly error: unknown } | undefined;
  let slowLeft = 0;

  function throwFault(): void {
    if (fault !== undefined) throw fault.error;
  }
  function startFlush(): void {
    flushedBytes = sizeBytes;
    flushing = file
      .datasync()
      .catch((error: unknown) => void (fault ??= { error }))
      .finally(() => void (flushing = undefined));
  }
  async function write(pieces: readonly Uint8Array[]): Promise<number> {
    if (slowLeft > 0) {
      slowLeft--;
      return writeAll(pieces, sizeBytes, async (rest, at) => (await file.writev(rest, at)).bytesWritten);
    }
    const startMs = performance.now();
    // On this thread: what is written goes into the page cache, and a copy is sooner made than another thread is woken
    // for it, on another core, without the bytes in its cache.
    const count = await writeAll(pieces, sizeBytes, (rest, at) => writevSync(file.fd, rest, at));
    if (performance.now() - startMs >= slowMs) slowLeft = slowWrites;
    return count;
  }
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async append(pieces) {
      throwFault();
      sizeBytes += await write(pieces);
      if (sizeBytes - flushedBytes < flushBytes) return;
      if (flushing === undefined) startFlush();
      else if (sizeBytes - flushedBytes >= aheadBytes) await flushing;
      throwFault();
    },
    async truncate(to) {
      await flushing;
      await file.truncate(to);
      [sizeBytes, flushedBytes] = [to, to];
    },
    async flush() {
      await flushing;
      throwFault();
      await file.sync();
    },
    async isSound() {
      await flushing;
      return fault === undefined;
    },
  };
}

/** Returns the number of bytes. */
async function writeAll(
  pieces: readonly Uint8Array[],
  start: number,
  write: (pieces: readonly Uint8Array[], at: number) => number | Promise<number>,
): Promise<number> {
  let rest = pieces;
  let at = start;
  while (rest.length > 0) {
    const written = await write(rest, at);
    at += written;
    rest = after(rest, written);
  }
  return at - start;
}

/** What remains of `pieces` once `count` bytes are written. */
function after(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skip = count;
  const first = pieces.findIndex((piece) => {
    if (skip < piece.byteLength) return true;
    skip -= piece.byteLength;
    return false;
  });
  if (first < 0) return [];
  return pieces.slice(first).map((piece, index) => (index === 0 ? piece.subarray(skip) : piece));
}
