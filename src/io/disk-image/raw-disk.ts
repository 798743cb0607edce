/** A disk as a sparse file: blocks of nothing but zeros are left out. */
import { open, type FileHandle } from 'node:fs/promises';
import { VerificationError } from '../../model/errors.ts';
import { orUnwritable } from '../temporary-file.ts';

const blockBytes = 256 * 1024;
const zeros = Buffer.alloc(blockBytes);

/** Exclusively, as a file that nobody else may read. Throws VerificationError where there are more or fewer bytes. */
export async function writeSparse(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
): Promise<void> {
  const file = await orUnwritable(path, open(path, 'wx', 0o600));
  let position = 0;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.byteLength; at += blockBytes) {
        const block = chunk.subarray(at, at + blockBytes);
        const isEmpty = zeros.subarray(0, block.byteLength).equals(block);
        if (!isEmpty) await orUnwritable(path, writeAll(file, block, position));
        position += block.byteLength;
      }
    }
    if (position !== sizeBytes) {
      throw new VerificationError(
        'EVIDENCE_MALFORMED',
        `the image unpacks to ${String(position)} bytes, expected ${String(sizeBytes)} as its header says`,
      );
    }
    await orUnwritable(path, file.truncate(sizeBytes));
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** Of an open file; fewer bytes at its end. */
export async function readRange(
  file: FileHandle,
  offsetBytes: number,
  sizeBytes: number,
): Promise<Uint8Array> {
  const buffer = Buffer.alloc(sizeBytes);
  let done = 0;
  while (done < sizeBytes) {
    const { bytesRead } = await file.read(buffer, done, sizeBytes - done, offsetBytes + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

/** A range, in pieces. */
export async function* rangeOf(
  file: FileHandle,
  offsetBytes: number,
  sizeBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  const pieceBytes = 4 * blockBytes;
  for (let done = 0; done < sizeBytes; done += pieceBytes) {
    const piece = await readRange(file, offsetBytes + done, Math.min(pieceBytes, sizeBytes - done));
    if (piece.byteLength === 0) return;
    yield piece;
  }
}
