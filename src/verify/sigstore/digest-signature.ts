/**
 * A signature over an artifact of which only the digest is at hand. ECDSA signs a digest (FIPS 186-5, section 6.4),
 * so a P-256 signature is checked against the published SHA-256 and no byte of the artifact is fetched. With any
 * other key or hash the bytes have to stream by.
 */
import { Buffer } from 'node:buffer';
import { createHash, createVerify, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { MessageSignature } from '@sigstore/bundle';
import type { SignedEntity } from '@sigstore/verify';
import { p256 } from '@noble/curves/nist.js';
import { digestAlgorithm, digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { isP256 } from './keys.ts';

/** What is to be vouched for. */
export interface Subject {
  readonly digest: Digest;
  /** Its bytes, where they are at hand. They are hashed again as they stream by, and must have the digest. */
  readonly open?: (() => AsyncIterable<Uint8Array>) | undefined;
}

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
  if (hash === digestAlgorithm(subject.digest)) requireDigest(subject.digest, message, what);
  if (hash === 'sha256' && isP256(key) && digestAlgorithm(subject.digest) === 'sha256') {
    return content(message, key, verifiesDigest(message.messageDigest.digest, message.signature, key));
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
  if (!isP256(key)) throw refused(what, 'a digest alone does not do for its key');
  if (verifiesDigest(Buffer.from(digestHex(digest), 'hex'), signature, key)) return;
  throw new VerificationError('SIGNATURE_INVALID', `${what} does not match ${digest}`, {
    hint: 'The artifact, its published digest or the signature was changed.',
    context: { digest },
  });
}

function verifiesDigest(digest: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  // The uncompressed point ends the SubjectPublicKeyInfo.
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65);
  try {
    return p256.verify(signature, digest, point, {
      prehash: false,
      format: 'der',
      lowS: false,
    });
  } catch {
    return false;
  }
}

async function verifiesStream(
  subject: Subject,
  chunks: AsyncIterable<Uint8Array>,
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
    hint: 'Give the file itself in place of its digest, or a signature by a P-256 key over SHA-256.',
  });
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
