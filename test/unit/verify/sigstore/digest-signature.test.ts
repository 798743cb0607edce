/** A signature over an artifact, as the library is given it: what it answers for another digest, signature or key. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { signatureOver } from '../../../../src/verify/sigstore/digest-signature.ts';
import { refusal } from '../../../support/refusals.ts';

const artifact = Buffer.from('an artifact');
const other = Buffer.from('another one');
const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const algorithms = { sha256: 1, sha384: 2 } as const;

function messageOf(hash: keyof typeof algorithms, bytes = artifact): MessageSignature {
  const digest = createHash(hash).update(bytes).digest();
  return {
    messageDigest: { algorithm: algorithms[hash], digest },
    signature: sign(hash, bytes, keys.privateKey),
  };
}

const subject = { digest: digestOf('sha256', artifact), open: () => [artifact] };

describe.each(['sha256', 'sha384'] as const)('a signature of the %s digest', (hash) => {
  const message = messageOf(hash);
  const content = () => signatureOver(subject, message, keys.publicKey, 'a bundle');

  it('is of this signature, digest and key, and of no other', async () => {
    const found = await content();
    const { digest } = message.messageDigest;
    const changed = Buffer.from(digest);
    changed[0]! ^= 1;
    expect([found.compareDigest(digest), found.compareSignedDigest(digest)]).toEqual([true, true]);
    expect([found.compareDigest(changed), found.compareSignedDigest(changed)]).toEqual([false, false]);
    expect(found.compareSignedDigest(digest.subarray(1))).toBe(false);
    expect(found.compareSignature(message.signature)).toBe(true);
    expect(found.compareSignature(messageOf(hash, other).signature)).toBe(false);
    expect(found.verifySignature(keys.publicKey)).toBe(true);
    expect(found.verifySignature(stranger.publicKey)).toBe(false);
  });

  it('holds for nobody where it is of other bytes', async () => {
    const forged = { ...message, signature: messageOf(hash, other).signature };
    const found = await signatureOver(subject, forged, keys.publicKey, 'a bundle');
    expect(found.verifySignature(keys.publicKey)).toBe(false);
  });

  it('is of the bytes that the digest names', async () => {
    const named = { ...subject, digest: digestOf('sha256', other) };
    const judged = signatureOver(named, message, keys.publicKey, 'a bundle');
    await refusal(judged, VerificationError, 'DIGEST_MISMATCH');
    const streamed = signatureOver(
      { ...subject, open: () => [other] },
      messageOf('sha384'),
      keys.publicKey,
      'a',
    );
    await refusal(streamed, VerificationError, 'DIGEST_MISMATCH');
  });
});
