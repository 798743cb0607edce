/**
 * A proxy on loopback that leads every host to one server (RFC 9110, section 9.3.6: CONNECT): with the embedded upstream
 * over TLS behind it, a client asks for the real hosts by their names, and no mirror stands between.
 */
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ConnectProxy {
  /** `http://127.0.0.1:PORT`, for `https_proxy`. */
  readonly url: string;
  /** `github.com:443`, in the order in which they were asked for. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** `serverUrl`: where all of it ends, with a port. */
export async function startConnectProxy(serverUrl: string): Promise<ConnectProxy> {
  const { hostname, port } = new URL(serverUrl);
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket, head: Buffer) => {
    targets.push(request.url ?? '');
    const upstream = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1'), () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
