/**
 * Standard output, written whole or known not to be.
 *
 * Not through Node's own stream: of a disk that has room for a part it writes that part, and says that all went well.
 * A write that fails never ends a run. What the run decides afterwards is decided as if it were read, and its exit code
 * is the one that it earned: who reads the exit code alone must not take a refusal for a success.
 */
import { write, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { UsageError } from '../model/errors.ts';
import { errnoOf, unwritable } from './temporary-file.ts';

export interface StandardOutput {
  /** Resolves when it is written, or when nothing will be. Never rejects. */
  write(data: string | Uint8Array): Promise<void>;
  /** Why not all was written; undefined also for a reader that has seen enough and gone (`assay … | head`). */
  readonly failure: () => UsageError | undefined;
}

const incomplete = 'What was printed is not whole: use nothing of it.';

/** A terminal or pipe that another process has made non-blocking is asked again after so long. */
const pauseMs = 10;

/** So many in all are written without a thread, which takes longer to start: they fit into any pipe, and wait for no reader. */
const atOnceBytes = 4096;

export function openStandardOutput(fd = 1): StandardOutput {
  let failure: UsageError | undefined;
  let isOver = false;
  let sizeBytes = 0;
  return {
    async write(data) {
      if (isOver) return;
      const bytes = Buffer.from(data);
      sizeBytes += bytes.length;
      try {
        await writeAll(fd, bytes, sizeBytes <= atOnceBytes);
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === undefined) throw error;
        isOver = true;
        if (errno !== 'EPIPE') failure = unwritable('standard output', errno, incomplete, error);
      }
    },
    failure: () => failure,
  };
}

async function writeAll(fd: number, bytes: Uint8Array, isAtOnce: boolean): Promise<void> {
  const writeSome = promisify(write);
  for (let rest = bytes; rest.length > 0;) {
    try {
      const count = isAtOnce ? writeSync(fd, rest) : (await writeSome(fd, rest)).bytesWritten;
      rest = rest.subarray(count);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      await pause(pauseMs);
    }
  }
}
