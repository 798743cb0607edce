/** ECDSA over a digest alone: what OpenSSL verifies of the bytes is verified, and nothing else. */
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { integer, sequence } from '../../../../scripts/upstream/sigstore/der.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { requireDigestSignature, verifiesDigest } from '../../../../src/verify/sigstore/digest-alone.ts';
import { refusal } from '../../../support/refusals.ts';

const artifact = Buffer.from('an artifact');
const digest = digestOf('sha256', artifact);

/** A signature is a pair of numbers: with the second one's negative it is as good, and other libraries refuse one of the two. */
function bothForms(signature: Buffer, order: bigint): readonly Buffer[] {
  const half = signature.length / 2;
  const [r, s] = [signature.subarray(0, half), signature.subarray(half)];
  const negative = (order - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(2 * half, '0');
  return [s, Buffer.from(negative, 'hex')].map((one) => sequence(integer(r), integer(one)));
}

describe.each([
  ['P-256', p256],
  ['P-384', p384],
  ['P-521', p521],
] as const)('a signature by a key of %s', (namedCurve, { Point }) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const raw = sign('sha256', artifact, { key: privateKey, dsaEncoding: 'ieee-p1363' });

  it('holds in both of its forms, as it does for OpenSSL', () => {
    for (const one of bothForms(raw, Point.Fn.ORDER)) {
      expect(verify('sha256', artifact, publicKey, one)).toBe(true);
      expect(verifiesDigest(digest, one, publicKey)).toBe(true);
    }
  });

  it('is none of another digest, by another key, or in another form', async () => {
    const [one] = bothForms(raw, Point.Fn.ORDER);
    const stranger = generateKeyPairSync('ec', { namedCurve }).publicKey;
    expect(verifiesDigest(digestOf('sha256', one!), one!, publicKey)).toBe(false);
    expect(verifiesDigest(digest, one!, stranger)).toBe(false);
    for (const odd of [raw, Buffer.alloc(0), Buffer.alloc(1000), Buffer.concat([one!, Buffer.of(0)])]) {
      const refused = () => {
        requireDigestSignature(digest, odd, publicKey, 'tool.sig');
      };
      await refusal(refused, VerificationError, 'SIGNATURE_INVALID');
    }
  });
});

it.each(['ed25519', 'ed448'] as const)('a digest cannot be held against a key of %s', async (type) => {
  const { publicKey } = generateKeyPairSync(type as 'ed25519');
  const check = () => {
    requireDigestSignature(digest, Buffer.alloc(64), publicKey, 'tool.sig');
  };
  const { message } = await refusal(check, VerificationError, 'ALGORITHM_REFUSED');
  expect(message).toContain('a digest alone does not do for its key');
});
