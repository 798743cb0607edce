/** What an entry of the log says: one signature, by one signer. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readLoggedVerifier, type LoggedVerifier } from '../../../../src/verify/sigstore/entry-body.ts';
import { refusal } from '../../../support/refusals.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const der = publicKey.export({ type: 'spki', format: 'der' });
const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');
const payloadHash = { algorithm: 'sha256', value: '0'.repeat(64) };

const bodies = {
  'dsse 0.0.1': (count: number) => ({
    payloadHash,
    signatures: Array.from({ length: count }, () => ({ signature: 'AAAA', verifier: pem })),
  }),
  'intoto 0.0.2': (count: number) => ({
    content: {
      envelope: { signatures: Array.from({ length: count }, () => ({ sig: 'AAAA', publicKey: pem })) },
      payloadHash,
    },
  }),
};

describe.each(Object.entries(bodies))('%s', (name, specOf) => {
  const [kind, apiVersion] = name.split(' ');
  const read = (count: number) =>
    readLoggedVerifier(
      Buffer.from(JSON.stringify({ kind, apiVersion, spec: specOf(count) })),
      'dsseEnvelope',
      'an entry',
    );

  it('logs whose signature it is', () => {
    expect(read(1)).toEqual({ type: 'public-key', der });
  });

  it.each([0, 2])('logs one signature, not %i', async (count) => {
    await refusal(() => read(count), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

describe('an entry of one signature', () => {
  const x509 = Buffer.from('a certificate');
  const inPem = (label: string, bytes: Uint8Array) =>
    Buffer.from(
      `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${label}-----\n`,
    ).toString('base64');
  const signedBy = (content: string, hash: object = { algorithm: 'sha256', value: 'ab' }) => ({
    data: { hash },
    signature: { content: 'AAAA', publicKey: { content } },
  });
  const v2 = (verifier: object) => ({ hashedRekordV002: { signature: { content: 'AAAA', verifier } } });
  const inToto = (hash: object) => ({ content: { hash, payloadHash }, publicKey: pem });
  const read = (kind: string, spec: unknown, content: Parameters<typeof readLoggedVerifier>[1]) => {
    const [name, apiVersion] = kind.split(' ');
    const body = Buffer.from(JSON.stringify({ kind: name, apiVersion, spec }));
    return readLoggedVerifier(body, content, 'an entry');
  };
  const rawBytes = x509.toString('base64');

  const [v1, inV2] = ['hashedrekord 0.0.1', 'hashedrekord 0.0.2'] as const;

  // No name has any of what is made anew for each run.
  it.each<[string, string, object, LoggedVerifier]>([
    [v1, 'a certificate', signedBy(inPem('CERTIFICATE', x509)), { type: 'certificate', der: x509 }],
    [v1, 'a key', signedBy(pem), { type: 'public-key', der }],
    [
      v1,
      'a key, by SHA-384',
      signedBy(pem, { algorithm: 'sha384', value: '0f' }),
      { type: 'public-key', der },
    ],
    [
      v1,
      'a key, by SHA-512',
      signedBy(pem, { algorithm: 'sha512', value: '0f' }),
      { type: 'public-key', der },
    ],
    [inV2, 'a certificate', v2({ x509Certificate: { rawBytes } }), { type: 'certificate', der: x509 }],
    [inV2, 'a key', v2({ publicKey: { rawBytes: der.toString('base64') } }), { type: 'public-key', der }],
  ])('%s, of %s', (kind, _, spec, verifier) => {
    expect(read(kind, spec, 'messageSignature')).toEqual(verifier);
  });

  it.each<[string, string, object]>([
    [v1, 'by SHA-1', signedBy(pem, { algorithm: 'sha1', value: 'ab' })],
    [v1, 'over a digest with more before it', signedBy(pem, { algorithm: 'sha256', value: 'xab' })],
    [v1, 'over a digest with more behind it', signedBy(pem, { algorithm: 'sha256', value: 'abx' })],
    ['hashedrekord 0.0.3', 'of a key', signedBy(pem)],
    ['dsse 0.0.1', 'of an envelope', bodies['dsse 0.0.1'](1)],
  ])('refuses %s, %s, for a signature over a file', async (kind, _, spec) => {
    await refusal(() => read(kind, spec, 'messageSignature'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it.each<[string, string, object, string]>([
    [
      v1,
      'of a list of revoked certificates',
      signedBy(inPem('X509 CRL', x509)),
      'must be one certificate or public key in PEM',
    ],
    [
      v1,
      'of a text',
      signedBy(Buffer.from('text').toString('base64')),
      'must be one certificate or public key in PEM',
    ],
    [inV2, 'of nobody', v2({}), 'must have x509Certificate or publicKey'],
  ])('refuses %s, %s, and says why', async (kind, _, spec, said) => {
    const reading = () => read(kind, spec, 'messageSignature');
    const { message } = await refusal(reading, VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain(said);
  });

  it('is of no more bytes than a bundle', async () => {
    const body = JSON.stringify({ kind: 'hashedrekord', apiVersion: '0.0.1', spec: signedBy(pem) });
    const padded = (bytes: number) => () =>
      readLoggedVerifier(Buffer.from(body.padEnd(bytes)), 'messageSignature', 'an entry');
    expect(padded(8 * 1024 * 1024)()).toEqual({ type: 'public-key', der });
    await refusal(padded(8 * 1024 * 1024 + 1), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('names the digest of an envelope whole', async () => {
    expect(read('intoto 0.0.1', inToto(payloadHash), 'dsseEnvelope')).toEqual({ type: 'public-key', der });
    for (const value of [`x${'0'.repeat(64)}`, `${'0'.repeat(64)}x`, '0'.repeat(63)]) {
      const spec = inToto({ algorithm: 'sha256', value });
      await refusal(
        () => read('intoto 0.0.1', spec, 'dsseEnvelope'),
        VerificationError,
        'EVIDENCE_MALFORMED',
      );
    }
  });
});
