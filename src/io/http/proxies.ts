/**
 * Which proxy a URL is asked through, as curl reads the variables (curl(1), "ENVIRONMENT"): the one of its scheme, else
 * the one for all, unless `noProxy` names the host.
 */
import { BlockList, isIP } from 'node:net';
import { UsageError } from '../../model/errors.ts';
import type { Proxies } from './options.ts';

/** Undefined for a URL that is asked directly. Throws UsageError `USAGE` for a proxy that is of no use. */
export function proxiesFor({ http, https, all, noProxy = '' }: Proxies): (url: URL) => URL | undefined {
  const exceptions = noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(exceptionOf);
  // Where none is ever used, none can be wrong.
  if (exceptions.some(({ host, port }) => host === '*' && port === undefined)) return () => undefined;
  const plain = parseProxy('http', firstGiven(http, all));
  const secure = parseProxy('https', firstGiven(https, all));
  return (url) => {
    const proxy = url.protocol === 'https:' ? secure : plain;
    return proxy === undefined || exceptions.some((one) => covers(one, url)) ? undefined : proxy;
  };
}

/** An empty variable is as good as none. */
function firstGiven(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== '');
}

/** A bare host:port is an HTTP proxy. Never shown in messages: it may carry a password. */
function parseProxy(scheme: 'http' | 'https', text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isHttp && isDecodable(url.username) && isDecodable(url.password)) return url;
  const isSocks = url?.protocol.startsWith('socks') === true;
  const fault = isHttp
    ? 'has a user name or password that is not percent-encoded'
    : 'is not an http:// or https:// URL';
  throw new UsageError(
    'USAGE',
    `the proxy for ${scheme}:// URLs ${isSocks ? 'is a SOCKS proxy, which cannot be used' : fault}`,
    {
      hint:
        `Set ${scheme}_proxy to a URL such as http://proxy.example:3128, or unset it and all_proxy; ` +
        'no_proxy names the hosts that are reached without it.',
    },
  );
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

interface Exception {
  /** Lower-case, without brackets, and without the dot or `*.` at its beginning. */
  readonly host: string;
  readonly port: string | undefined;
  /** Of a network (`10.0.0.0/8`). */
  readonly network: BlockList | undefined;
}

/** A port may follow, but not upon an IPv6 address without brackets. */
function exceptionOf(entry: string): Exception {
  const [, name = entry, port] =
    /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? /^([^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  const host = name
    .toLowerCase()
    .replace(/^\*?\.(?=.)/, '')
    .replace(/\.$/, '');
  return { host, port, network: networkOf(host) };
}

function networkOf(host: string): BlockList | undefined {
  const [, address = '', bits = ''] = /^(.*)\/(\d{1,3})$/.exec(host) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return network;
}

function covers({ host, port, network }: Exception, url: URL): boolean {
  const defaultPort = url.protocol === 'https:' ? '443' : '80';
  if (port !== undefined && port !== (url.port === '' ? defaultPort : url.port)) return false;
  if (host === '*') return true;
  const asked = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const version = isIP(asked);
  if (version === 0) return asked === host || asked.endsWith(`.${host}`);
  return asked === host || network?.check(asked, version === 4 ? 'ipv4' : 'ipv6') === true;
}
