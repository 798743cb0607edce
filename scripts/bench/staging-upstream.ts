/**
 * The upstream of the staging benchmark, in a process of its own: files that are one random block again and again, so
 * that serving them costs neither disk nor memory. Forked by staging-part.ts, which tells it which ones.
 *
 * Shaped, it has so many bytes a second for all connections together, and answers after so long.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLine } from '../upstream/line.ts';

export interface StagingFile {
  /** A path, with the leading slash. */
  readonly path: string;
  readonly sizeBytes: number;
}

export interface StagingUpstreamRequest {
  readonly files: readonly StagingFile[];
  readonly shape?: { readonly bytesPerSecond: number; readonly latencyMs: number };
}

export interface StagingUpstreamAnswer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** SHA-256, bare hex, in the order of `files`. */
  readonly hexes: readonly string[];
}

const blockBytes = 1 << 20;

process.on('message', ({ files, shape }: StagingUpstreamRequest) => {
  const blocks = new Map(files.map((file) => [file.path, { ...file, block: randomBytes(blockBytes) }]));
  const line = shape && createLine(shape.bytesPerSecond);

  async function answer(path: string, response: ServerResponse): Promise<void> {
    const file = blocks.get(path);
    if (shape !== undefined) await sleep(shape.latencyMs);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': file.sizeBytes, etag: `"${file.path.length}"` });
    const step = shape === undefined ? blockBytes : 64 * 1024;
    for (let at = 0; at < file.sizeBytes && !response.destroyed; at += step) {
      const start = at % blockBytes;
      const piece = file.block.subarray(start, start + Math.min(step, file.sizeBytes - at));
      await line?.(piece.length);
      if (!response.write(piece)) await drained(response);
    }
    response.end();
  }
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    const hexes = [...blocks.values()].map(({ block, sizeBytes }) => hexOf(block, sizeBytes));
    const ready: StagingUpstreamAnswer = { url: `http://127.0.0.1:${port}`, hexes };
    process.send?.(ready);
  });
});

process.on('disconnect', () => process.exit());

function hexOf(block: Buffer, sizeBytes: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += blockBytes) hash.update(block.subarray(0, sizeBytes - at));
  return hash.digest('hex');
}

/** Or gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
