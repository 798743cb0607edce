/**
 * ECDSA over a digest without what it is of (FIPS 186-5, section 6.4.2): Node's OpenSSL hashes by itself, and takes no
 * digest. Where the bytes are at hand it is asked, and this is not even loaded.
 */
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { digestHex, type Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { needsBytes } from './subject.ts';

/** Throws VerificationError `SIGNATURE_INVALID`, and `ALGORITHM_REFUSED` where the digest alone does not do. */
export function requireDigestSignature(
  digest: Digest,
  signature: Uint8Array,
  key: KeyObject,
  what: string,
): void {
  const isValid = verifiesDigest(digest, signature, key);
  if (isValid === undefined) throw needsBytes(what, 'a digest alone does not do for its key');
  if (isValid) return;
  throw new VerificationError('SIGNATURE_INVALID', `${what} does not match ${digest}`, {
    hint: 'The artifact, its published digest or the signature was changed.',
    context: { digest },
  });
}

/** By OpenSSL's names. */
const curves = new Map<string | undefined, typeof p256>([
  ['prime256v1', p256],
  ['secp384r1', p384],
  ['secp521r1', p521],
]);

/** Undefined for a key that does not sign digests. */
export function verifiesDigest(digest: Digest, signature: Uint8Array, key: KeyObject): boolean | undefined {
  const curve = curves.get(key.asymmetricKeyDetails?.namedCurve);
  if (curve === undefined) return undefined;
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  // False, too, of what is no signature.
  return curve.verify(signature, Buffer.from(digestHex(digest), 'hex'), point, {
    prehash: false,
    format: 'der',
    lowS: false,
  });
}
