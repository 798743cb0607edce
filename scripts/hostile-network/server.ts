/** A loopback server that hands on so many requests to an honest one, and then does what a fault says. */
import { request as requestHttp } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Fault } from './behaviours.ts';

export interface HostileServer {
  readonly port: number;
  /** How many requests came. */
  requests(): number;
  close(): Promise<void>;
}

export interface HostileOptions {
  readonly fault: Fault;
  /** Whose answers are handed on. */
  readonly honest: string;
  readonly honestRequests: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

const maxHeadBytes = 65_536;

export async function startHostile({
  fault,
  honest,
  honestRequests,
  tls,
}: HostileOptions): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The other side may leave at any time.
    socket.on('error', () => undefined);
    let received = '';
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end === -1 && received.length < maxHeadBytes) return;
      socket.off('data', onData);
      socket.resume();
      const [method = 'GET', url = '/'] = received.split(' ', 2);
      count += 1;
      if (count <= honestRequests) handOn(socket, honest, method, url);
      else fault(socket, url);
    };
    socket.on('data', onData);
  };
  const server: Server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handOn(socket: Socket, honest: string, method: string, path: string): void {
  const asked = requestHttp(honest + path, { method, headers: { connection: 'close' } }, (answer) => {
    const lines = Object.entries(answer.headers)
      .filter(([name]) => !['connection', 'transfer-encoding', 'keep-alive'].includes(name))
      .map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`HTTP/1.1 ${String(answer.statusCode)} x\r\n${lines.join('')}connection: close\r\n\r\n`);
    answer.pipe(socket);
  });
  asked.on('error', () => socket.destroy());
  asked.end();
}
