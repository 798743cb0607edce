import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOriginUrl } from '../../../../src/io/http/url-rules.ts';
import { isLoopbackHost } from '../../../../src/model/loopback.ts';
import { TransportError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

describe('checkOriginUrl', () => {
  it.each([
    ['https://ftp.debian.org/debian/', 'https://ftp.debian.org/debian/'],
    ['https://ftp.debian.org:443/a/../b#part', 'https://ftp.debian.org/b'],
    ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
    ['http://127.1/x', 'http://127.0.0.1/x'],
    ['http://localhost/x', 'http://localhost/x'],
    ['http://[::1]:1/x', 'http://[::1]:1/x'],
  ])('accepts %s', (text, href) => {
    expect(checkOriginUrl(text).href).toBe(href);
  });

  it.each([
    'http://ftp.debian.org/debian/',
    'http://127.0.0.1.example.org/',
    'http://127.example.org/',
    'http://localhost.example.org/',
    'http://0.0.0.0/',
    'http://[::ffff:127.0.0.1]/',
    'ftp://ftp.debian.org/',
    'file:///etc/passwd',
    'data:text/plain,x',
    '//ftp.debian.org/',
    'ftp.debian.org',
    '',
  ])('refuses %j', async (text) => {
    const error = await refusal(() => checkOriginUrl(text), TransportError, 'URL_REFUSED');
    expect(error.retryable).toBe(false);
  });

  it.each([
    'https://user:secret@example.org/',
    'https://user:secret/x@example.org/',
    'https:user:secret@example.org',
    'user:secret@example.org',
    'https://user%3Asecret%40example.org',
    '//user:secret@example.org',
    'secret@example.org',
    'ftp://user:secret@example.org',
    'https://example.org:x/?token=secret',
    'https://secret@example.org/',
    'https://:secret@example.org/',
  ])('refuses the credentials of %s, and does not repeat them', async (text) => {
    const error = await refusal(() => checkOriginUrl(text), TransportError, 'URL_REFUSED');
    expect(`${error.message}${JSON.stringify(error.context)}`).not.toContain('secret');
  });

  it('accepts nothing but https and loopback, whatever the text', () => {
    const texts = fc.oneof(fc.webUrl({ validSchemes: ['http', 'https', 'ftp'] }), fc.string());
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const url = checkOriginUrl(text);
          expect(url.protocol === 'https:' || isLoopbackHost(url.hostname)).toBe(true);
          expect(url.username + url.password).toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(TransportError);
        }
      }),
    );
  });
});
