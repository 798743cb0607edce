/**
 * Connects sockets for undici. Those without TLS read up to `readBytes` at once, where Node's own way is 64 KiB: from a
 * mirror on a fast network, fewer and larger reads are a fifth of a download's time. TLS comes in records of 16 KiB,
 * whatever is read.
 */
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

const readBytes = 256 * 1024;

type Connector = ReturnType<typeof buildConnector>;

/** `options` as undici takes them; `timeout` in milliseconds. */
export function createConnector(options: buildConnector.BuildOptions): Connector {
  const secure = buildConnector(options);
  return (target, callback) => {
    if (target.protocol === 'https:') {
      secure(target, callback);
      return;
    }
    const reader = createReader();
    const plain = buildConnector({ ...options, onread: reader.onread });
    plain(target, (...outcome) => {
      const [, socket] = outcome;
      // Before the first read: this is called within the event of the connection.
      if (socket !== null) reader.socket = socket;
      callback(...outcome);
    });
  };
}

function createReader() {
  let buffer = Buffer.allocUnsafeSlow(readBytes);
  const reader = {
    socket: undefined as Socket | undefined,
    onread: {
      buffer: () => buffer,
      /** As Node pushes what it reads itself; false where nothing more is wanted for now. */
      callback: (count: number) => {
        let piece = buffer;
        if (count === readBytes) {
          buffer = Buffer.allocUnsafeSlow(readBytes);
        } else {
          // A few bytes must not keep a large buffer.
          piece = Buffer.allocUnsafeSlow(count);
          buffer.copy(piece, 0, 0, count);
        }
        return reader.socket?.push(piece) ?? false;
      },
    },
  };
  return reader;
}
