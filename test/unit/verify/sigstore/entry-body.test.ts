/** What an entry of the log says: one signature, by one signer. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readLoggedVerifier } from '../../../../src/verify/sigstore/entry-body.ts';
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
