/**
 * A signature over an artifact of which only the digest is at hand. ECDSA signs a digest (FIPS 186-5, section 6.4),
 * whatever the curve, so that it is checked against the published one and no byte of the artifact is fetched. With any
 * other kind of key, or another digest than the signed one, the bytes have to stream by.
 */
import { Buffer } from 'node:buffer';
import { createHash, createVerify, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import type { SignedEntity } from '@sigstore/verify';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { digestOf } from '../digest.ts';
import { needsBytes, type Chunks, type Subject } from './subject.ts';

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
  if (hash === undefined) throw needsBytes(what, 'its digest is of an unknown kind');
  if (hash === digestAlgorithm(subject.digest)) {
    requireDigest(subject.digest, message, what);
    const isValid =
      subject.bytes === undefined || key.asymmetricKeyType !== 'ec'
        ? (await import('./digest-alone.ts')).verifiesDigest(subject.digest, message.signature, key)
        : verifiesBytes(subject.bytes, subject.digest, message.signature, key, what);
    if (isValid !== undefined) return content(message, key, isValid);
  }
  if (subject.open === undefined)
    throw needsBytes(what, `a digest alone does not do for its key and ${hash}`);
  if (key.asymmetricKeyType === 'ed25519')
    throw needsBytes(what, 'Ed25519 signs bytes in one piece, not as a stream');
  return content(message, key, await verifiesStream(subject, subject.open(), message, key, hash, what));
}

/** As of the digest alone, by OpenSSL, which is there already. */
function verifiesBytes(
  bytes: Uint8Array,
  digest: Digest,
  signature: Uint8Array,
  key: KeyObject,
  what: string,
): boolean {
  if (digestOf(digestAlgorithm(digest), bytes) !== digest) throw otherArtifact(digest, what);
  return verify(digestAlgorithm(digest), bytes, key, signature);
}

async function verifiesStream(
  subject: Subject,
  chunks: Chunks,
  message: MessageSignature,
  key: KeyObject,
  hash: string,
  what: string,
): Promise<boolean> {
  const signature = createVerify(hash);
  const signed = createHash(hash);
  const named = createHash(digestAlgorithm(subject.digest));
  for await (const chunk of chunks) {
    signature.update(chunk);
    signed.update(chunk);
    named.update(chunk);
  }
  const isSubject = named.digest('hex') === digestHex(subject.digest);
  if (!isSubject || !isEqual(signed.digest(), message.messageDigest.digest))
    throw otherArtifact(subject.digest, what);
  return signature.verify(key, message.signature);
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

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
