/**
 * The connections underneath: undici's pools, direct or through a proxy. HTTP/1.1 only; no cookies, no
 * cache, no decoding and no redirects of undici's own.
 */
import { getCACertificates } from 'node:tls';
import { Agent, Pool, ProxyAgent } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';
import { createConnector } from './connector.ts';
import type { Proxies, Timeouts } from './options.ts';
import { proxiesFor } from './proxies.ts';

export interface ConnectionOptions {
  readonly proxies: Proxies;
  readonly timeouts: Timeouts;
  readonly maxConnectionsPerOrigin: number;
  readonly ca: string | undefined;
}

export interface Connections {
  dispatcherFor(url: URL): Dispatcher;
  /** False where a proxy is in between: over plain HTTP it reads along. */
  isDirect(url: URL): boolean;
  /** Cuts every connection, in use or idle: nothing keeps the process alive afterwards. */
  destroy(): Promise<void>;
}

/** Throws UsageError `USAGE` if a proxy's URL is none. */
export function openConnections({
  proxies,
  timeouts,
  maxConnectionsPerOrigin,
  ca,
}: ConnectionOptions): Connections {
  const proxyFor = proxiesFor(proxies);
  const secure = {
    ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }),
    allowH2: false,
  };
  const common = {
    allowH2: false,
    useMilo: false,
    connections: maxConnectionsPerOrigin,
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.stallMs,
    maxHeaderSize: 32 * 1024,
  };
  const direct = new Agent({
    ...common,
    connect: createConnector({ ...secure, timeout: timeouts.connectMs }),
  });
  /** By the proxy's URL: one for both schemes has one agent. */
  const proxied = new Map<string, ProxyAgent>();
  let isOpen = true;
  const throughProxy = (proxy: URL) => {
    const agent = proxied.get(proxy.href) ?? openProxy(proxy, secure, common, timeouts);
    proxied.set(proxy.href, agent);
    return agent;
  };
  return {
    dispatcherFor(url) {
      const proxy = proxyFor(url);
      // Once all are destroyed, none is opened any more.
      return proxy === undefined || !isOpen ? direct : throughProxy(proxy);
    },
    isDirect: (url) => proxyFor(url) === undefined,
    async destroy() {
      isOpen = false;
      await Promise.all([direct, ...proxied.values()].map((agent) => agent.destroy()));
    },
  };
}

function openProxy(
  proxy: URL,
  secure: buildConnector.BuildOptions,
  options: Agent.Options,
  { headersMs }: Timeouts,
): ProxyAgent {
  return new ProxyAgent({
    ...options,
    uri: proxy.href,
    connect: secure,
    requestTls: secure,
    proxyTls: secure,
    // The pool that sends CONNECT: undici gives it no time-outs of its own.
    clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: headersMs }),
  });
}
