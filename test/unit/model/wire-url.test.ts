import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireUrl, wireUrlText } from '../../../src/model/wire-url.ts';

const digest = 'f'.repeat(64);

describe('wireUrl', () => {
  it.each([
    ['/pool/libpq5_17.12-0+deb13u1_amd64.deb', '/pool/libpq5_17.12-0%2Bdeb13u1_amd64.deb'],
    ['/k3s/v1.35.5+k3s1/k3s', '/k3s/v1.35.5%2Bk3s1/k3s'],
    ['/a+b/c++/+', '/a%2Bb/c%2B%2B/%2B'],
    ["/!$&'()*+,;=", '/%21%24%26%27%28%29%2A%2B%2C%3B%3D'],
    ['/:@/1:4.17.4-2', '/%3A%40/1%3A4.17.4-2'],
    ['/[x]|y', '/%5Bx%5D%7Cy'],
    ['/100%/%zz/%4', '/100%25/%25zz/%254'],
  ])('encodes what is reserved: %s', (path, sent) => {
    expect(wireUrlText(`https://h.test${path}`)).toBe(`https://h.test${sent}`);
  });

  it.each([
    '/v1.35.5%2Bk3s1/k3s%2bx',
    '/17.12~rc1/a.b_c-d',
    '/%25/%2F/%40',
    '/%C3%BC%20x',
    '/',
    '//a//',
    `/v2/pause/manifests/sha256:${digest}`,
    `/v2/pause/blobs/sha512:${digest}${digest}`,
    '/x?a=1+2&b=c:d@e;f#+',
  ])('leaves what is encoded, unreserved or a query: %s', (path) => {
    expect(wireUrlText(`https://h.test:8443${path}`)).toBe(`https://h.test:8443${path}`);
  });

  it.each([
    `/sha256:${digest}/x`,
    `/sha256:${digest}0`,
    `/sha256:${digest.toUpperCase()}`,
    '/v2/pause/manifests/sha256:ab',
  ])('takes only a digest at the end for one: %s', (path) => {
    expect(wireUrlText(`https://h.test${path}`)).toBe(`https://h.test${path.replace(':', '%3A')}`);
  });

  it('names the same file, is done once, and changes no URL that it was given', () => {
    const segment = fc.string({
      unit: fc.constantFrom(...Array.from("aZ09-._~!$&'()*+,;=:@%é /")),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(segment), (segments) => {
        const url = new URL(`https://h.test/${segments.map(encodeURI).join('/')}?q=+`);
        const before = url.href;
        const sent = wireUrl(url);
        expect(url.href).toBe(before);
        expect(sent.pathname).toMatch(/^\/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(sent.pathname)).toBe(decodeURIComponent(url.pathname));
        expect(sent.search).toBe('?q=+');
        expect(wireUrl(sent).href).toBe(sent.href);
      }),
    );
  });
});
