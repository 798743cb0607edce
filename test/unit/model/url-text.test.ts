import { describe, expect, it } from 'vitest';
import { hideCredentials, printableUrl, printableUrlText } from '../../../src/model/url-text.ts';

describe('printableUrl', () => {
  it.each([
    ['https://h/a', 'https://h/a'],
    ['https://h/a?sig=secret', 'https://h/a?…'],
    ['https://user:secret@h:8443/a#secret', 'https://h:8443/a'],
  ])('%s', (text, shown) => {
    expect(printableUrl(new URL(text))).toBe(shown);
  });
});

describe('printableUrlText', () => {
  it.each([
    ['https://h/a/../b', 'https://h/b'],
    ['ftp.debian.org/debian', '"ftp.debian.org/debian"'],
    ['', '""'],
    ['ftp://h/x?a', '"ftp://h/x?…"'],
    ['a\u001bb', String.raw`"a\u001bb"`],
  ])('shows %j', (text, shown) => {
    expect(printableUrlText(text)).toBe(shown);
  });

  it.each([
    'https://u:secret@h',
    'https://secret@h',
    'https://:secret@h',
    'https:u:secret@h',
    'https:/u:secret@h',
    String.raw`https:\\u:secret@h`,
    'https://u:secret/x@h',
    'https://u:s/secret@h:x',
    'https://u:secret%40h',
    'https://u%3asecret%40h',
    '//u:secret@h',
    'u:secret@h',
    'secret:x@h',
    'secret@h',
    'socks5://u:secret@h',
    'data:u:secret@h',
    'h/x?token=secret',
    'h/x#secret',
    'https://h/x?token=secret',
    ' https://u:secret@h',
  ])('does not show what may be a password in %j', (text) => {
    expect(printableUrlText(text)).not.toContain('secret');
  });

  it('is short', () => {
    for (const text of [`https://h/${'x'.repeat(9000)}`, 'x'.repeat(9000)])
      expect(printableUrlText(text).length).toBeLessThan(210);
  });
});

it('hideCredentials takes out the words that may hold some', () => {
  expect(hideCredentials("unknown option '--x' and https://u:secret@h, 'u:secret%40h' too")).toBe(
    "unknown option '--x' and … '…' too",
  );
});
