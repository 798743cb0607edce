/** A signature over an artifact, as the library is given it: what it answers for another digest, signature or key. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { signatureOver } from '../../../../src/verify/sigstore/digest-signature.ts';
import { refusal } from '../../../support/refusals.ts';

const artifact = Buffer.from('an artifact');
const other = Buffer.from('another one');
const keys = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const algorithms = { sha256: 1, sha384: 2, sha512: 3 } as const;

function messageOf(hash: keyof typeof algorithms, bytes = artifact): MessageSignature {
  const digest = createHash(hash).update(bytes).digest();
  return {
    messageDigest: { algorithm: algorithms[hash], digest },
    signature: sign(hash, bytes, keys.privateKey),
  };
}

const subject = { digest: digestOf('sha256', artifact), open: () => [artifact] };

describe.each(['sha256', 'sha384', 'sha512'] as const)('a signature of the %s digest', (hash) => {
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

describe('a signature of a digest', () => {
  const message = messageOf('sha256');
  const { digest } = subject;
  const refuse = (code: ErrorCode, ...given: Parameters<typeof signatureOver>) =>
    refusal(signatureOver(...given), VerificationError, code);

  it('is of the bytes, where they are at hand', async () => {
    const held = { digest, bytes: artifact };
    const found = await signatureOver(held, message, keys.publicKey, 'a bundle');
    expect(found.verifySignature(keys.publicKey)).toBe(true);
    await refuse('DIGEST_MISMATCH', { digest, bytes: other }, message, keys.publicKey, 'a bundle');
  });

  it.each([1, 0, 4])(
    'of the kind %d is refused where its number is not that of the digest',
    async (algorithm) => {
      const named = { ...message, messageDigest: { algorithm, digest: message.messageDigest.digest } };
      const judged = signatureOver({ digest }, named, keys.publicKey, 'a bundle');
      if (algorithm === 1) expect((await judged).verifySignature(keys.publicKey)).toBe(true);
      else {
        await refusal(judged, VerificationError, 'ALGORITHM_REFUSED');
        await refuse('ALGORITHM_REFUSED', subject, named, keys.publicKey, 'a bundle');
      }
    },
  );

  it('asks for the bytes where it is of another digest, or by a key that signs none', async () => {
    await refuse('ALGORITHM_REFUSED', { digest }, messageOf('sha384'), keys.publicKey, 'a bundle');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const byRsa = { ...message, signature: sign('sha256', artifact, rsa.privateKey) };
    await refuse('ALGORITHM_REFUSED', { digest }, byRsa, rsa.publicKey, 'a bundle');
    for (const more of [{}, { bytes: artifact }]) {
      const found = await signatureOver({ ...subject, ...more }, byRsa, rsa.publicKey, 'a bundle');
      expect(found.verifySignature(rsa.publicKey)).toBe(true);
    }
    const ed25519 = generateKeyPairSync('ed25519');
    const byEd25519 = { ...message, signature: sign(null, artifact, ed25519.privateKey) };
    for (const more of [{}, { bytes: artifact }]) {
      const given = { ...subject, ...more };
      await refuse('ALGORITHM_REFUSED', given, byEd25519, ed25519.publicKey, 'a bundle');
    }
  });

  it('is of the digest that it states', async () => {
    const { messageDigest } = messageOf('sha384', other);
    const misstated = { ...messageOf('sha384'), messageDigest };
    await refuse('DIGEST_MISMATCH', subject, misstated, keys.publicKey, 'a bundle');
    const elsewhere = { ...message, messageDigest: messageOf('sha256', other).messageDigest };
    await refuse('DIGEST_MISMATCH', subject, elsewhere, keys.publicKey, 'a bundle');
  });
});
