/**
 * The connections underneath: undici's pools, direct or through a proxy. HTTP/1.1 only; no cookies, no
 * cache, no decoding and no redirects of undici's own.
 */
import { getCACertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { UsageError } from '../../model/errors.ts';
import { createConnector } from './connector.ts';
import type { Proxies, Timeouts } from './options.ts';

export interface ConnectionOptions {
  readonly proxies: Proxies;
  readonly timeouts: Timeouts;
  readonly maxConnectionsPerOrigin: number;
  readonly ca: string | undefined;
}

export interface Connections {
  dispatcherFor(url: URL): Dispatcher;
  /** Cuts every connection, in use or idle: nothing keeps the process alive afterwards. */
  destroy(): Promise<void>;
}

/** Throws UsageError `USAGE` if a proxy's URL is none. */
export function openConnections(options: ConnectionOptions): Connections {
  const { http, https, noProxy = '' } = options.proxies;
  // Two agents, since undici's would use the proxy for http:// for https:// as well where the latter has
  // none; curl does not. Empty strings keep it from looking at the environment.
  const plain = openAgent(options, { httpProxy: proxyUrl('http', http), httpsProxy: '', noProxy });
  const secure = openAgent(options, { httpProxy: '', httpsProxy: proxyUrl('https', https), noProxy });
  return {
    dispatcherFor: (url) => (url.protocol === 'https:' ? secure : plain),
    async destroy() {
      await Promise.all([plain.destroy(), secure.destroy()]);
    },
  };
}

function openAgent(
  { timeouts, maxConnectionsPerOrigin, ca }: ConnectionOptions,
  proxies: { httpProxy: string; httpsProxy: string; noProxy: string },
): Dispatcher {
  const tls = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
  const common = {
    allowH2: false,
    useMilo: false,
    connections: maxConnectionsPerOrigin,
    connectTimeout: timeouts.connectMs,
    headersTimeout: timeouts.headersMs,
    bodyTimeout: timeouts.stallMs,
    maxHeaderSize: 32 * 1024,
    connect: tls,
  };
  if (proxies.httpProxy === '' && proxies.httpsProxy === '') {
    const connect = createConnector({ ...tls, allowH2: false, timeout: timeouts.connectMs });
    return new Agent({ ...common, connect });
  }
  return new EnvHttpProxyAgent({
    ...common,
    ...proxies,
    requestTls: { ...tls, allowH2: false },
    proxyTls: { ...tls, allowH2: false },
    // The pool that sends CONNECT: undici gives it no time-outs of its own.
    clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: timeouts.headersMs }),
  });
}

/** As curl reads it: a bare host:port is an HTTP proxy. Never shown in messages: it may carry a password. */
function proxyUrl(kind: 'http' | 'https', text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href;
  throw new UsageError('USAGE', `the proxy for ${kind}:// URLs is not an http:// or https:// URL`, {
    hint: `Set ${kind.toUpperCase()}_PROXY to a URL such as http://proxy.example:3128, or unset it.`,
  });
}
