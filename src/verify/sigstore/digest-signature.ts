/**
 * A signature over an artifact of which only the digest is at hand. ECDSA signs a digest (FIPS 186-5, section 6.4),
 * whatever the curve, so that it is checked against the published one and no byte of the artifact is fetched. With any
 * other kind of key, or another digest than the signed one, the bytes have to stream by.
 */
import { Buffer } from 'node:buffer';
import { createHash, createVerify, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import type { SignedEntity } from '@sigstore/verify';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Chunks, Subject } from './subject.ts';

type SignatureContent = SignedEntity['signature'];

/** By protobuf's number in `messageDigest.algorithm`. */
const hashes: Readonly<Record<number, string>> = { 1: 'sha256', 2: 'sha384', 3: 'sha512' };

/**
 * The signature as the library wants it. Throws VerificationError `DIGEST_MISMATCH` where the bundle is of another
 * artifact, and `ALGORITHM_REFUSED` where the digest alone does not do.
 */
export async function signatureOver(
  subject: Subject,
  message: MessageSignature,
  key: KeyObject,
  what: string,
): Promise<SignatureContent> {
  const hash = hashes[message.messageDigest.algorithm];
  if (hash === undefined) throw refused(what, 'its digest is of an unknown kind');
  if (hash === digestAlgorithm(subject.digest)) {
    requireDigest(subject.digest, message, what);
    const isValid = verifiesDigest(message.messageDigest.digest, message.signature, key);
    if (isValid !== undefined) return content(message, key, isValid);
  }
  if (subject.open === undefined) throw refused(what, `a digest alone does not do for its key and ${hash}`);
  if (key.asymmetricKeyType === 'ed25519')
    throw refused(what, 'Ed25519 signs bytes in one piece, not as a stream');
  return content(message, key, await verifiesStream(subject, subject.open(), message, key, hash, what));
}

/** Throws VerificationError `SIGNATURE_INVALID`, and `ALGORITHM_REFUSED` where the digest alone does not do. */
export function requireDigestSignature(
  digest: Digest,
  signature: Uint8Array,
  key: KeyObject,
  what: string,
): void {
  const isValid = verifiesDigest(Buffer.from(digestHex(digest), 'hex'), signature, key);
  if (isValid === undefined) throw refused(what, 'a digest alone does not do for its key');
  if (isValid) return;
  throw new VerificationError('SIGNATURE_INVALID', `${what} does not match ${digest}`, {
    hint: 'The artifact, its published digest or the signature was changed.',
    context: { digest },
  });
}

/** By OpenSSL's names. */
const curves = new Map([
  ['prime256v1', p256],
  ['secp384r1', p384],
  ['secp521r1', p521],
]);

/** Undefined for a key that does not sign digests. */
function verifiesDigest(digest: Uint8Array, signature: Uint8Array, key: KeyObject): boolean | undefined {
  const curve = curves.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  if (curve === undefined) return undefined;
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  try {
    return curve.verify(signature, digest, point, { prehash: false, format: 'der', lowS: false });
  } catch {
    return false;
  }
}

async function verifiesStream(
  subject: Subject,
  chunks: Chunks,
  message: MessageSignature,
  key: KeyObject,
  hash: string,
  what: string,
): Promise<boolean> {
  const verify = createVerify(hash);
  const signed = createHash(hash);
  const named = createHash(digestAlgorithm(subject.digest));
  for await (const chunk of chunks) {
    verify.update(chunk);
    signed.update(chunk);
    named.update(chunk);
  }
  const isSubject = named.digest('hex') === digestHex(subject.digest);
  if (!isSubject || !isEqual(signed.digest(), message.messageDigest.digest))
    throw otherArtifact(subject.digest, what);
  return verify.verify(key, message.signature);
}

/** `isValid` is of this signature by this key: of another key's it says nothing, so that is none. */
function content(
  { messageDigest, signature }: MessageSignature,
  key: KeyObject,
  isValid: boolean,
): SignatureContent {
  const compareDigest = (digest: Buffer) => isEqual(digest, messageDigest.digest);
  return {
    signature,
    compareSignature: (other) => isEqual(other, signature),
    compareDigest,
    // What was signed is the artifact, so its digest is the signed one.
    compareSignedDigest: compareDigest,
    verifySignature: (given) => isValid && given.equals(key),
  };
}

function requireDigest(digest: Digest, { messageDigest }: MessageSignature, what: string): void {
  if (!isEqual(Buffer.from(digestHex(digest), 'hex'), messageDigest.digest))
    throw otherArtifact(digest, what);
}

function otherArtifact(digest: Digest, what: string): VerificationError {
  return new VerificationError('DIGEST_MISMATCH', `${what} is of another artifact than ${digest}`, {
    hint: 'The artifact, or the digest published for it, is not the one that was signed.',
    context: { expected: digest },
  });
}

function refused(what: string, found: string): VerificationError {
  return new VerificationError('ALGORITHM_REFUSED', `${what}: ${found}`, {
    hint: 'Give the file itself in place of its digest, or a signature by an ECDSA key over that digest.',
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
