import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { artifactUrlSchema, httpsUrlSchema, isUnder } from '../../../../src/formats/text/https-url.ts';

const refusedEverywhere = [
  '',
  'http://example.org/a',
  'HTTPS://example.org/a',
  'ftp://example.org/a',
  '//example.org/a',
  '/a',
  'https:///a',
  'https://user@example.org/a',
  'https://user:secret@example.org/a',
  'https://example.org/a?x=1',
  'https://example.org/a?',
  'https://example.org/a#b',
  'https://example.org/a#',
  'https://EXAMPLE.org/a',
  'https://example.org:443/a',
  'https://example.org:99999/a',
  'https://exämple.org/a',
  'https://example.org/ä',
  'https://example.org/a b',
  'https://example.org/a\nb',
  'https://example.org/a\tb',
  'https://example.org/a\u0000',
  ' https://example.org/a',
  'https://example.org/a\n',
  'https://example.org/%0a',
  'https://example.org/%7F',
  'https://example.org/%zz',
  'https://example.org/%2',
  'https://example.org/%ff',
  'https://example.org/%C3/a',
  'https://example.org/a/../b',
  'https://example.org/a/./b',
  'https://example.org/a/%2e%2E/b',
  'https://example.org/..',
  'https://example.org\\a',
  'https://example.org/a\\b',
  'https://example.org/$(id)',
  'https://example.org/`id`',
  'https://example.org/a"b',
  "https://example.org/a'b",
  'https://example.org/a;b',
  'https://example.org/a|b',
  'https://0x7f.1/a',
  `https://example.org/${'a'.repeat(3000)}`,
];

describe('httpsUrlSchema', () => {
  it.each([
    ['https://example.org', 'https://example.org'],
    ['https://example.org/', 'https://example.org'],
    ['https://example.org/debian/', 'https://example.org/debian'],
    ['https://example.org:8443/a', 'https://example.org:8443/a'],
    ['https://example.org/a+b~c%2Bd', 'https://example.org/a+b~c%2Bd'],
  ])('takes %s', (text, expected) => {
    expect(httpsUrlSchema.parse(text)).toBe(expected);
  });

  it.each(refusedEverywhere)('refuses %j', (text) => {
    expect(httpsUrlSchema.safeParse(text).success).toBe(false);
  });
});

describe('artifactUrlSchema', () => {
  it.each([
    'https://example.org/a',
    'https://ftp.debian.org/debian/pool/main/p/postgresql-17/libpq5_17.9-0+deb13u1_amd64.deb',
    'https://github.com/k3s-io/k3s/releases/download/v1.35.5%2Bk3s1/k3s',
    'https://example.org/a~b_1%3a2.deb',
  ])('takes %s as it is', (text) => {
    expect(artifactUrlSchema.parse(text)).toBe(text);
  });

  it.each([...refusedEverywhere, 'https://example.org', 'https://example.org/', 'https://example.org/a/'])(
    'refuses %j',
    (text) => {
      expect(artifactUrlSchema.safeParse(text).success).toBe(false);
    },
  );

  it('takes only what a URL parser leaves as it is, with a file name at the end', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2f',
      '%',
      '?',
      '#',
      '@',
      ':',
      '\\',
      'a',
      '+',
      '~',
      ' ',
      '$',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = `https://example.org/${pieces.join('')}`;
        if (!artifactUrlSchema.safeParse(text).success) return;
        const url = new URL(text);
        expect(url.href).toBe(text);
        expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
        expect(text.split('/').at(-1)).toMatch(/^[^/?#]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isUnder', () => {
  const prefixes = ['https://ftp.debian.org/debian', 'https://example.org'];

  it.each([
    'https://ftp.debian.org/debian',
    'https://ftp.debian.org/debian/dists/trixie/InRelease',
    'https://ftp.debian.org/debian/pool/main/libpq5_17.9-0+deb13u1_amd64.deb',
    'https://example.org/anything',
  ])('%s is', (url) => {
    expect(isUnder(prefixes, url)).toBe(true);
  });

  it.each([
    'https://ftp.debian.org/debian-security/dists/x',
    'https://ftp.debian.org/debianx',
    'https://ftp.debian.org/',
    'https://ftp.debian.org/Debian/x',
    'https://ftp.debian.org.evil.example/debian/x',
    'https://ftp.debian.org:8443/debian/x',
    'https://ftp.debian.org@evil.example/debian/x',
    'http://ftp.debian.org/debian/x',
    'https://ftp.debian.org/debian/../evil',
    'https://ftp.debian.org/debian/%2e%2e/evil',
    'https://ftp.debian.org/debian/..%2fevil',
    'https://ftp.debian.org/debian/..%5Cevil',
    'https://ftp.debian.org/debian\\..\\evil',
    'https://ftp.debian.org/debian?x',
    'https://example.organic/x',
    '',
  ])('%j is not', (url) => {
    expect(isUnder(prefixes, url)).toBe(false);
  });

  it('is false without prefixes', () => {
    expect(isUnder([], 'https://example.org/x')).toBe(false);
  });
});
