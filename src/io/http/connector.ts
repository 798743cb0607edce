/**
 * Connects sockets for undici, and reads from them: into buffers of its own, so that they can be freed as soon as they
 * are used (block.ts), and up to `readBytes` at once, where Node's own way is 64 KiB. From a mirror on a fast network,
 * fewer and larger reads are a fifth of a download's time; TLS comes in records of 16 KiB, whatever is read.
 */
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { allocateRead } from './block.ts';

const readBytes = 256 * 1024;

/** `options` as undici takes them; `timeout` in milliseconds. */
export function createConnector(options: buildConnector.BuildOptions): buildConnector.connector {
  return (target, callback) => {
    const reader = createReader();
    const connect = buildConnector({ ...options, onread: reader.onread });
    connect(target, (...outcome) => {
      const [, socket] = outcome;
      // Before the first read: this is called within the event of the connection.
      if (socket !== null) reader.socket = socket;
      callback(...outcome);
    });
  };
}

function createReader() {
  let buffer = allocateRead(readBytes);
  const reader = {
    socket: undefined as Socket | undefined,
    onread: {
      buffer: () => buffer,
      /** As Node pushes what it reads itself; false where nothing more is wanted for now. */
      callback: (count: number) => {
        let piece = buffer;
        if (count === readBytes) {
          buffer = allocateRead(readBytes);
        } else {
          // A few bytes must not keep a large buffer.
          piece = allocateRead(count);
          buffer.copy(piece, 0, 0, count);
        }
        return reader.socket?.push(piece) ?? false;
      },
    },
  };
  return reader;
}
