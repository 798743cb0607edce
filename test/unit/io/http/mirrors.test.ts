import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkMirror,
  isTrustedOrigin,
  mirrorFor,
  parseMirror,
  parseMirrorBase,
  parseTrustedMirror,
  throughMirror,
} from '../../../../src/io/http/mirrors.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

describe('parseMirrorBase', () => {
  it('reads the URL of a mirror, by plain HTTP too, and refuses what is none', async () => {
    expect(parseMirrorBase('http://mirror.test/x/')).toBe('http://mirror.test/x');
    for (const text of [
      '',
      'mirror.test',
      'file:///srv',
      'https://a:b@mirror.test',
      'https://m/?q',
      'https://m/#f',
    ]) {
      await refusal(() => parseMirrorBase(text), UsageError, 'USAGE');
    }
  });
});

describe('parseMirror', () => {
  it.each([
    ['https://ftp.debian.org=http://mirror.test/x/', 'https://ftp.debian.org', 'http://mirror.test/x'],
    ['https://FTP.debian.org:443/a//=https://m', 'https://ftp.debian.org/a', 'https://m'],
    ['http://127.0.0.1:1/=http://[::1]:2', 'http://127.0.0.1:1', 'http://[::1]:2'],
    ['https://h/a=https://m/b=c', 'https://h/a', 'https://m/b=c'],
  ])('reads %s', (text, origin, url) => {
    expect(parseMirror(text)).toEqual({ origin, url });
  });

  it.each([
    '',
    'https://ftp.debian.org',
    'ftp.debian.org=https://m',
    'https://ftp.debian.org=m',
    'https://ftp.debian.org=',
    '=https://m',
    'http://ftp.debian.org=https://m',
    'https://ftp.debian.org=ftp://m',
    'https://ftp.debian.org=file:///srv',
    'https://ftp.debian.org=https://m/?a',
    'https://ftp.debian.org=https://m/#a',
    'https://ftp.debian.org/?a=https://m',
  ])('refuses %j', async (text) => {
    await refusal(() => parseMirror(text), UsageError, 'USAGE');
  });

  it.each([
    'https://h=https://u:secret@m/',
    'https://h=https://u:secret/x@m/',
    'https://h=https://u:8/secret@m/',
    'https://h=https://secret@m/',
    'https://h=https://secret/x@m/',
    'https://h=https://:secret@m/',
    'https://h=https:u:secret@m',
    String.raw`https://h=https:\\u:secret@m`,
    'https://h=https://u%3Asecret@m/',
    'https://h=https://u:secret%40m/',
    'https://h=https://u:sec%72et@m/',
    'https://h=u:secret@m',
    'https://h=secret:x@m',
    'https://h=//u:secret@m',
    'https://h=ftp://u:secret@m',
    'https://h=socks5://u:secret@m',
    'https://h=https://u:secret=x@m',
    'https://h=https://m/?token=secret',
    'https://h=https://m/#secret',
    'https://u:secret@h=https://m',
    'https://u:secret=x@h=https://m',
    'https://u:secret@h',
    'secret@h',
  ])('refuses %j, and repeats nothing of it', async (text) => {
    const parsers = [parseMirror, parseTrustedMirror];
    const base = /^https:\/\/h=(.*)$/.exec(text)?.[1];
    if (base !== undefined) parsers.push(() => parseMirrorBase(base) as never);
    for (const parse of parsers) {
      const error = await refusal(() => parse(text), UsageError, 'USAGE');
      expect(`${error.message}${error.hint}${JSON.stringify(error.context)}`).not.toMatch(/secret|sec%72et/);
    }
    const error = await refusal(() => parseMirror(text, 'ASSAY_MIRRORS, number 2'), UsageError, 'USAGE');
    expect(error.message).toMatch(/^ASSAY_MIRRORS, number 2: /);
  });

  it('refuses what a caller built by hand as well', async () => {
    await refusal(() => checkMirror({ origin: 'https://h', url: 'http://u:p@m' }), UsageError, 'USAGE');
  });
});

describe('isTrustedOrigin', () => {
  const mirrors = [
    parseTrustedMirror('https://github.com=http://ours.test'),
    parseMirror('https://github.com/evil=http://theirs.test'),
    parseMirror('https://github.com=http://late.test'),
    parseMirror('https://dl.k8s.io=http://theirs.test'),
  ];

  it.each([
    ['https://github.com/k3s-io/k3s', true],
    ['https://github.com/evil/x', false],
    ['https://github.com/evil', false],
    ['https://github.com/evils', true],
    ['https://dl.k8s.io/release/stable.txt', false],
    ['https://cloud.debian.org/images', true],
    ['http://127.0.0.1:1/x', false],
  ])('of %s: %j', (url, expected) => {
    expect(isTrustedOrigin(new URL(url), mirrors)).toBe(expected);
  });

  it('survives the check of what a caller built by hand', () => {
    expect(checkMirror({ origin: 'https://h/', url: 'http://m/', isTrusted: true })).toEqual(
      parseTrustedMirror('https://h=http://m'),
    );
  });
});

describe('throughMirror', () => {
  const mirrors = [
    'https://ftp.debian.org=http://all.test',
    'https://ftp.debian.org/debian-security=http://security.test/base',
    'https://ftp.debian.org/debian-security=http://second.test',
  ].map((text) => parseMirror(text));

  it.each([
    ['https://ftp.debian.org/debian/x?y=1', 'http://all.test/debian/x?y=1'],
    ['https://ftp.debian.org/', 'http://all.test/'],
    ['https://ftp.debian.org/debian-security/x', 'http://security.test/base/x'],
    ['https://ftp.debian.org/debian-security', 'http://security.test/base'],
    ['https://ftp.debian.org/debian-security-x/y', 'http://all.test/debian-security-x/y'],
    ['https://ftp.debian.org/debian-security/%2e%2e/x', 'http://all.test/x'],
    ['https://ftp.debian.org//evil.test/x', 'http://all.test//evil.test/x'],
    ['https://ftp.debian.org:8443/x', 'https://ftp.debian.org:8443/x'],
    ['https://ftp.debian.org.evil.test/x', 'https://ftp.debian.org.evil.test/x'],
    ['http://ftp.debian.org/x', 'http://ftp.debian.org/x'],
  ])('%s -> %s', (asked, reached) => {
    expect(throughMirror(new URL(asked), mirrors).href).toBe(reached);
  });

  it('stays below the mirror, whatever the path', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const reached = throughMirror(
          new URL(`https://ftp.debian.org/debian-security${path}?${query}`),
          mirrors,
        );
        expect(reached.host).toBe('security.test');
        expect(`${reached.pathname}/`.startsWith('/base/')).toBe(true);
      }),
    );
  });

  it('mirrorFor says which, or that there is none', () => {
    expect(mirrorFor(new URL('https://ftp.debian.org/x'), mirrors)?.url).toBe('http://all.test');
    expect(mirrorFor(new URL('https://example.org/x'), mirrors)).toBeUndefined();
  });
});
