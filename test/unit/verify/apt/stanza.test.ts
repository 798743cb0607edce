/** What a stanza may name as the path of its package. The other fields are in package.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafeFilename } from '../../../../src/verify/apt/stanza.ts';

describe('isSafeFilename', () => {
  it.each([
    'pool/main/f/foo/foo_1.0-1_amd64.deb',
    './foo.deb',
    '././pool/foo.deb',
    'foo.deb',
    'pool/main/g/g++/g++_1%3a2~rc1+b1_amd64.deb',
    '.../foo',
    'a/..b/c..',
    'pool/a:b.deb',
  ])('accepts %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/pool/foo.deb',
    '//evil.example/foo.deb',
    '..',
    '../foo.deb',
    './../foo.deb',
    'pool/../../foo.deb',
    'pool/..',
    'pool//foo.deb',
    'pool/',
    'pool/./foo.deb',
    '.',
    'pool/%2e/foo.deb',
    'pool/%2e%2e/foo.deb',
    'pool/%2E./foo.deb',
    'pool/.%2e/foo.deb',
    'pool/%2f../foo.deb',
    'pool%2Ffoo.deb',
    'pool%5cfoo.deb',
    'pool\\..\\foo.deb',
    'https://evil.example/foo.deb',
    'file:foo.deb',
    'a:b/foo.deb',
    'foo.deb?x',
    'foo.deb#x',
    'foo bar.deb',
    'foo\tbar.deb',
    'foo\u0000.deb',
    'foo\u007f.deb',
    'f\u00f6\u00f6.deb',
    "foo'.deb",
    'foo".deb',
    'foo`id`.deb',
    'foo|x.deb',
    'foo<x>.deb',
  ])('refuses %j', (filename) => {
    expect(isSafeFilename(filename)).toBe(false);
  });

  it('what it accepts stays below the root, for a URL parser as well as a server that decodes', () => {
    const pieces = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '\\',
      'a',
      'b:',
      '?',
      '#',
      '@',
      '~',
      '+',
      '%',
    );
    const paths = fc
      .array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    const root = 'https://example.org/debian/';
    let accepted = 0;
    fc.assert(
      fc.property(paths, (path) => {
        if (!isSafeFilename(path)) return;
        accepted += 1;
        const url = new URL(path, root);
        expect(url.href.startsWith(root)).toBe(true);
        expect(url.search + url.hash).toBe('');
        const decoded = url.pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
          String.fromCharCode(parseInt(hex, 16)),
        );
        const depths = decoded.split(/[/\\]/);
        expect(depths).not.toContain('..');
        expect(decoded.startsWith('/debian/')).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
