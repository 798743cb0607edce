import { describe, expect, it } from 'vitest';
import { proxiesFor } from '../../../../src/io/http/proxies.ts';
import type { Proxies } from '../../../../src/io/http/options.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const [p, q, r] = ['http://p:1/', 'https://q:2/', 'http://r:3/'];
const proxyOf = (proxies: Proxies, url: string) => proxiesFor(proxies)(new URL(url))?.href;

describe('the proxy of a URL', () => {
  it.each([
    [{}, 'http://h/', undefined],
    [{ http: p }, 'http://h/', p],
    [{ http: p }, 'https://h/', undefined],
    [{ https: q }, 'https://h/', q],
    [{ https: q }, 'http://h/', undefined],
    [{ all: r }, 'http://h/', r],
    [{ all: r }, 'https://h/', r],
    [{ http: p, all: r }, 'http://h/', p],
    [{ http: p, all: r }, 'https://h/', r],
    [{ http: '', all: r }, 'http://h/', r],
    [{ https: '', all: '' }, 'https://h/', undefined],
    [{ all: 'r:3' }, 'https://h/', r],
    [{ all: r, noProxy: 'h' }, 'https://h/', undefined],
    // One that is not used is not looked at.
    [{ http: p, https: q, all: 'socks5://s:4' }, 'https://h/', q],
    [{ all: 'socks5://s:4', noProxy: '*' }, 'https://h/', undefined],
  ] as const)('%j: %s', (proxies, url, expected) => {
    expect(proxyOf(proxies, url)).toBe(expected);
  });

  // What curl 7.88 does, but for ports, "*.", and "*" beside others, which it does not know.
  it.each([
    ['h.test', 'https://h.test/', true],
    ['h.test', 'https://a.h.test/', true],
    ['.h.test', 'https://a.h.test/', true],
    ['.h.test', 'https://h.test/', true],
    ['H.Test', 'https://h.test/', true],
    ['h.test.', 'https://h.test/', true],
    ['h.test', 'https://h.test./', true],
    ['*.h.test', 'https://a.h.test/', true],
    ['h.test', 'https://ah.test/', false],
    ['a.h.test', 'https://h.test/', false],
    ['test', 'https://h.test/', true],
    ['x, h.test', 'https://h.test/', true],
    ['x h.test', 'https://h.test/', true],
    ['x,*', 'https://h.test/', true],
    ['', 'https://h.test/', false],
    [' , ', 'https://h.test/', false],
    ['h.test:443', 'https://h.test/', true],
    ['h.test:80', 'http://h.test/', true],
    ['h.test:8443', 'https://h.test/', false],
    ['h.test:8443', 'https://h.test:8443/', true],
    ['*:80', 'https://h.test/', false],
    ['127.0.0.1', 'http://127.0.0.1:9/', true],
    ['127.0.0.0/8', 'http://127.0.0.1:9/', true],
    ['127.0.0.0/8', 'http://126.0.0.1:9/', false],
    ['10.0.0.0/33', 'http://10.0.0.1/', false],
    ['0.0.1', 'http://127.0.0.1:9/', false],
    ['.0.0.1', 'http://127.0.0.1:9/', false],
    ['10.0.0.0/8', 'http://a10.test/', false],
    ['::1', 'http://[::1]:9/', true],
    ['[::1]', 'http://[::1]:9/', true],
    ['[::1]:8', 'http://[::1]:9/', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['fd00::/8', 'http://[fe80::1]/', false],
  ])('with noProxy %j, %s is asked directly: %j', (noProxy, url, isDirect) => {
    expect(proxyOf({ all: r, noProxy }, url)).toBe(isDirect ? undefined : r);
  });
});

describe('a proxy that is none', () => {
  it.each([
    ['socks5://u:secret@h:1', 'SOCKS'],
    ['socks5h://h:1', 'SOCKS'],
    ['socks4a://h:1', 'SOCKS'],
    ['http://u:secret@[', 'is not an http:// or https:// URL'],
    ['ftp://u:secret@h', 'is not an http:// or https:// URL'],
    ['u:secret/x@h', 'is not an http:// or https:// URL'],
    ['http://u:%zzsecret@h', 'not percent-encoded'],
  ])('%j is refused, and not shown', async (text, fault) => {
    for (const proxies of [{ http: text }, { https: text }, { all: text }]) {
      const error = await refusal(() => proxiesFor(proxies), UsageError, 'USAGE');
      expect(error.message).toContain(fault);
      expect(`${error.message}${error.hint}`).not.toContain('secret');
    }
  });
});
