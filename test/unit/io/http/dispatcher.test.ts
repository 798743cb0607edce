import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransportError, UsageError } from '../../../../src/model/errors.ts';
import * as fault from '../../../support/fault-server.ts';
import type { FaultServer } from '../../../support/fault-server.ts';
import { impatient, quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const get = { maxBytes: 1000 };
const ca = fault.loopbackCertificate;

let plain: FaultServer;
let secure: FaultServer;
beforeAll(async () => {
  plain = await fault.startFaultServer();
  secure = await fault.startFaultServer({ tls: true });
  for (const server of [plain, secure]) server.on('/x', fault.body('here'));
});
afterAll(() => Promise.all([plain.close(), secure.close()]));

/** A proxy that opens tunnels to wherever it is asked, or to `target`; `refuses` answers 407 to every CONNECT. */
async function startTunnel({ target, refuses = false }: { target?: URL; refuses?: boolean } = {}) {
  const asked: string[] = [];
  const proxy: Server = createServer();
  proxy.on('connect', (request, client) => {
    asked.push(request.url ?? '');
    if (refuses) return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const { hostname, port } = target ?? new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const close = () => new Promise((resolve) => proxy.close(resolve));
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked, close };
}

describe('TLS', () => {
  it('trusts the CA that it is given, besides Node’s own', async () => {
    const fetcher = quickFetcher({ ca });
    expect((await fetcher.get({ url: `${secure.origin}/x`, ...get })).bytes).toHaveLength(4);
    await fetcher.close();
  });

  it('refuses any other certificate, once and for all', async () => {
    const fetcher = quickFetcher();
    const error = await refusal(
      fetcher.get({ url: `${secure.origin}/x`, ...get }),
      TransportError,
      'UNREACHABLE',
    );
    expect(error.retryable).toBe(false);
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(fetcher.retries).toEqual([]);
    await fetcher.close();
  });

  it('refuses a certificate for another name', async () => {
    const proxy = await startTunnel({ target: new URL(secure.origin) });
    const fetcher = quickFetcher({ ca, proxies: { https: proxy.url } });
    const error = await refusal(
      fetcher.get({ url: 'https://origin.test/x', ...get }),
      TransportError,
      'UNREACHABLE',
    );
    expect(error.context['cause']).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(error.retryable).toBe(false);
    await fetcher.close();
    await proxy.close();
  });

  it('times out on a server that takes the connection and never speaks', async () => {
    const mute = createTcpServer();
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const fetcher = quickFetcher({ timeouts: { connectMs: 100 }, retry: { attempts: 1 } });
    const { port } = mute.address() as AddressInfo;
    const action = fetcher.get({ url: `https://127.0.0.1:${port}/`, ...get });
    expect((await refusal(action, TransportError, 'TIMED_OUT')).retryable).toBe(true);
    await fetcher.close();
    mute.close();
  });
});

describe('proxies', () => {
  it('tunnel HTTPS, so that TLS is with the origin', async () => {
    const proxy = await startTunnel();
    const fetcher = quickFetcher({ ca, proxies: { https: proxy.url } });
    expect((await fetcher.get({ url: `${secure.origin}/x`, ...get })).bytes).toHaveLength(4);
    expect(proxy.asked).toEqual([new URL(secure.origin).host]);
    await fetcher.close();
    const untrusting = quickFetcher({ proxies: { https: proxy.url } });
    const action = untrusting.get({ url: `${secure.origin}/x`, ...get });
    expect((await refusal(action, TransportError, 'UNREACHABLE')).retryable).toBe(false);
    await untrusting.close();
    await proxy.close();
  });

  it('are each for their own scheme, as curl has it', async () => {
    const proxy = await startTunnel();
    const fetcher = quickFetcher({ ca, proxies: { http: proxy.url } });
    await fetcher.get({ url: `${secure.origin}/x`, ...get });
    await fetcher.close();
    const other = quickFetcher({ proxies: { https: proxy.url } });
    await other.get({ url: `${plain.origin}/x`, ...get });
    await other.close();
    expect(proxy.asked).toEqual([]);
    await proxy.close();
  });

  it('are passed by for the hosts of noProxy', async () => {
    const fetcher = quickFetcher({ proxies: { http: 'http://127.0.0.1:1', noProxy: 'a.test, 127.0.0.1' } });
    expect((await fetcher.get({ url: `${plain.origin}/x`, ...get })).bytes).toHaveLength(4);
    await fetcher.close();
  });

  it('that refuse are an error', async () => {
    const proxy = await startTunnel({ refuses: true });
    const fetcher = quickFetcher({ ca, proxies: { https: proxy.url }, retry: { attempts: 2 } });
    await refusal(fetcher.get({ url: `${secure.origin}/x`, ...get }), TransportError, 'UNREACHABLE');
    expect(proxy.asked).toHaveLength(2);
    await fetcher.close();
    await proxy.close();
  });

  it('that hang are timed out', async () => {
    const mute = createTcpServer();
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const { port } = mute.address() as AddressInfo;
    const fetcher = quickFetcher({
      proxies: { https: `127.0.0.1:${port}`, http: `127.0.0.1:${port}` },
      timeouts: impatient,
      retry: { attempts: 1 },
    });
    await Promise.all([
      refusal(fetcher.get({ url: `${plain.origin}/x`, ...get }), TransportError, 'TIMED_OUT'),
      refusal(fetcher.get({ url: `${secure.origin}/x`, ...get }), TransportError, 'TIMED_OUT'),
    ]);
    await fetcher.close();
    mute.close();
  });

  it.each(['socks5://127.0.0.1:1', 'http://user:secret@[', 'ftp://u:secret@h'])(
    'refuses %s',
    async (https) => {
      const error = await refusal(() => quickFetcher({ proxies: { https } }), UsageError, 'USAGE');
      expect(error.message).not.toContain('secret');
    },
  );
});

describe('close', () => {
  it('ends what is under way, and what comes after', async () => {
    const fetcher = quickFetcher();
    plain.on('/silent', fault.silent());
    const pending = refusal(
      fetcher.get({ url: `${plain.origin}/silent`, ...get }),
      TransportError,
      'UNREACHABLE',
    );
    await expect.poll(() => plain.requestsTo('/silent').length).toBe(1);
    await fetcher.close();
    await pending;
    expect(plain.requestsTo('/silent')).toHaveLength(1);
    await refusal(fetcher.get({ url: `${plain.origin}/x`, ...get }), TransportError, 'UNREACHABLE');
    await fetcher.close();
  });

  it('lets the process go at once: no socket, timer or pause is left', async () => {
    plain.on('/down', fault.status(503, { 'retry-after': '60' }));
    const module = new URL('../../../../src/io/http/fetcher.ts', import.meta.url).href;
    const script = `
      import { createFetcher } from ${JSON.stringify(module)};
      const proxies = { http: ${JSON.stringify(plain.origin)}, noProxy: '*' };
      const fetcher = createFetcher({ proxies, onRetry: () => void close() });
      const get = (path) => fetcher.get({ url: ${JSON.stringify(plain.origin)} + path, maxBytes: 1000 });
      await get('/x');
      const ends = Promise.allSettled([get('/silent'), get('/down')]);
      async function close() {
        await fetcher.close();
        console.log((await ends).map(({ reason }) => reason.code).join());
        const closedMs = performance.now();
        process.on('exit', () => console.log(performance.now() - closedMs));
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (output.out += String(chunk)));
    child.stderr.on('data', (chunk) => (output.err += String(chunk)));
    const [exitCode] = (await once(child, 'close')) as [number];
    const [codes, waitedMs] = output.out.split('\n');
    expect(codes).toBe('UNREACHABLE,HTTP_STATUS');
    expect(exitCode).toBe(0);
    // The pause would be of a minute, and silence is borne for half of one.
    expect(Number(waitedMs)).toBeLessThan(20_000);
    // Node 22 warns that it strips types; undici must not warn of anything.
    expect(output.err.replace(/^.*(?:Type Stripping|--trace-warnings).*\n/gm, '')).toBe('');
  });
});
