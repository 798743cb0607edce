import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../../scripts/upstream/sigstore/authority.ts';
import { createCtLog } from '../../../../../scripts/upstream/sigstore/ct-log.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import { generateEcdsaKey } from '../../../../../scripts/upstream/sigstore/keys.ts';
import { workflowIdentity } from '../../../../../scripts/upstream/sigstore/releases.ts';
import { blobBundle } from '../../../../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of, signBlob, type SigningRequest } from '../../../../../scripts/upstream/sigstore/signing.ts';
import { judgeBundle, verdictOf } from '../../../../support/sigstore-judge.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const at = new Date('2026-11-20T10:00:00Z');
const mail = { identity: 'someone@example.org', issuer: 'https://accounts.example.org', at };
const workflow = {
  identity: workflowIdentity('owner/project', 'release.yml', 'v1.0.0'),
  issuer: 'https://token.actions.githubusercontent.com',
  at,
};
const { spki } = generateEcdsaKey();

describe('the certificate authority', () => {
  const authority = createAuthority(validFrom);
  const [intermediate, root] = authority.chain.map((der) => new X509Certificate(der));

  it('is a root and an intermediate', () => {
    expect(root!.verify(root!.publicKey)).toBe(true);
    expect(root!.checkIssued(root!)).toBe(true);
    expect(intermediate!.verify(root!.publicKey)).toBe(true);
    expect(intermediate!.checkIssued(root!)).toBe(true);
    expect([root!.ca, intermediate!.ca]).toEqual([true, true]);
  });

  it('issues for ten minutes, to a key, for signing code', () => {
    const certificate = new X509Certificate(authority.issue({ spki, ...mail }));
    expect(certificate.verify(intermediate!.publicKey)).toBe(true);
    expect(certificate.checkIssued(intermediate!)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' })).toEqual(spki);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.3']);
    expect(certificate.subjectAltName).toBe('email:someone@example.org');
    expect(certificate.subject).toBeFalsy();
    expect([certificate.validFromDate, certificate.validToDate]).toEqual([
      at,
      new Date('2026-11-20T10:10:00Z'),
    ]);
  });

  it('issues to a workflow what its source repository is', () => {
    const certificate = new X509Certificate(authority.issue({ spki, ...workflow }));
    expect(certificate.subjectAltName).toBe(`URI:${workflow.identity}`);
    const raw = certificate.raw.toString('latin1');
    expect(raw).toContain('https://github.com/owner/project');
    // 1.3.6.1.4.1.57264.1.12, whose value is a UTF8String.
    const oid = Buffer.from('060a2b0601040183bf30010c', 'hex').toString('latin1');
    const found = raw.indexOf(oid) + oid.length;
    expect(Buffer.from(raw.slice(found, found + 4), 'latin1').toString('hex')).toBe('04220c20');
    expect(raw.slice(found + 4, found + 36)).toBe('https://github.com/owner/project');
  });

  it('says otherwise what it is told to', () => {
    const certificate = new X509Certificate(
      authority.issue({
        spki,
        ...mail,
        lifetimeMs: 1000,
        purpose: 'server',
        alternativeNames: [
          { type: 'uri', value: 'https://a.example' },
          { type: 'dns', value: 'b.example' },
        ],
        claims: { 1: undefined, 8: 'https://evil.example' },
      }),
    );
    expect(certificate.validToDate).toEqual(new Date('2026-11-20T10:00:01Z'));
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.subjectAltName).toBe('URI:https://a.example, DNS:b.example');
    const raw = certificate.raw.toString('latin1');
    expect([raw.includes('accounts.example.org'), raw.includes('evil.example')]).toEqual([false, true]);
  });
});

describe('the library', () => {
  const sigstore = createSigstore({ validFrom });
  const artifact = Buffer.from('artifact');
  const signed = (certificate: SigningRequest['certificate'] = {}, from = sigstore) =>
    blobBundle(signBlob(from, sha256Of(artifact), { ...mail, certificate }));
  const verdict = (...given: Parameters<typeof signed>) => verdictOf(sigstore, signed(...given), artifact);

  it('accepts a certificate with the timestamp of its log', () => {
    expect(judgeBundle(sigstore, signed(), artifact).identity).toMatchObject({
      subjectAlternativeName: mail.identity,
      extensions: { issuer: mail.issuer },
    });
  });

  it.each([
    ['without a timestamp', []],
    ['of an unknown log', [createCtLog()]],
    ['with the same timestamp twice', [sigstore.ctLog, sigstore.ctLog]],
  ])('refuses one %s', (_case, ctLogs) => {
    expect(verdict({ ctLogs })).toBe('CERTIFICATE_ERROR');
  });

  it('refuses one of another authority', () => {
    const foreign = { ...sigstore, authority: createAuthority(validFrom, sigstore.ctLog) };
    expect(verdict({}, foreign)).toBe('CERTIFICATE_ERROR');
  });

  it('refuses one that was not valid any more when it was logged', () => {
    expect(verdict({ lifetimeMs: 1000 })).toBe('CERTIFICATE_ERROR');
    expect(verdict({ lifetimeMs: 2000 })).toBe('accepted');
  });
});
