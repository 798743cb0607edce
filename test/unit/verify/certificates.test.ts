import { generateKeyPairSync } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { isCertificate } from '../../../src/verify/certificates.ts';

const [pem = ''] = rootCertificates;

describe('isCertificate', () => {
  it('takes what OpenSSL can read', () => {
    expect(isCertificate(pem)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['text', 'no certificate'],
    ['half of one', pem.slice(0, pem.length / 2)],
    ['one whose DER is cut short', pem.replace(/\n[^\n]+\n-----END/, '\n-----END')],
    ['a key', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('refuses %s', (_, text) => {
    expect(isCertificate(text)).toBe(false);
  });
});
