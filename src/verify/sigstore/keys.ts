/**
 * Which keys may sign, and keys that a user trusts by themselves (`--key`), without a certificate.
 */
import { Buffer } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readUtf8 } from '../../formats/text/utf8.ts';
import { parsePem } from '../../formats/text/pem.ts';
import { UsageError, VerificationError } from '../../model/errors.ts';
import { derTags, readOne } from './der.ts';
import { refusing } from './refusals.ts';

/**
 * A public key in PEM, the user's own trust; `what` is for messages. Throws UsageError `TRUST_INVALID` for a file that
 * holds none, and VerificationError `SIGNER_UNTRUSTED` for one that is broken, and `ALGORITHM_REFUSED`.
 */
export function readPublicKey(bytes: Uint8Array, what: string): KeyObject {
  const text = readUtf8(bytes) ?? '';
  if (!text.includes('-----BEGIN PUBLIC KEY-----')) {
    const hint = 'It takes one public key in PEM, as cosign writes cosign.pub.';
    throw new UsageError('TRUST_INVALID', `${what} holds no public key`, { hint });
  }
  const der = parsePem(text, 'PUBLIC KEY');
  try {
    if (der === undefined) throw new TypeError('not one block of PEM');
    return requireAcceptable(keyOf(der), what);
  } catch (cause) {
    if (cause instanceof VerificationError) throw cause;
    throw new VerificationError('SIGNER_UNTRUSTED', `${what} holds no public key that can be read`, {
      hint: 'It takes one public key in PEM, as cosign writes cosign.pub: fetch it again, from its publisher.',
      cause,
    });
  }
}

/** The key of a SubjectPublicKeyInfo in DER. Throws VerificationError `EVIDENCE_MALFORMED`, `ALGORITHM_REFUSED`. */
export function keyFromSpki(spki: Uint8Array, what: string): KeyObject {
  const key = refusing(what, () => keyOf(spki));
  return requireAcceptable(key, what);
}

/** OpenSSL passes over what is behind the key: this throws TypeError, as for all that is no key. */
function keyOf(spki: Uint8Array): KeyObject {
  if (readOne(spki, derTags.sequence) === undefined)
    throw new TypeError('not one SubjectPublicKeyInfo in DER');
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}

/** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: what a public key is called. */
export function keyFingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

const curves = new Set<unknown>(['prime256v1', 'secp384r1', 'secp521r1']);
const leastRsaBits = 2048;

/** ECDSA on the NIST curves, Ed25519, and RSA from 2048 bits on. */
function requireAcceptable(key: KeyObject, what: string): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength } = {} } = key;
  const isAcceptable =
    type === 'ed25519' ||
    (type === 'ec' && curves.has(namedCurve)) ||
    (type === 'rsa' && Number(modulusLength) >= leastRsaBits);
  if (isAcceptable) return key;
  throw new VerificationError(
    'ALGORITHM_REFUSED',
    `${what}: the key is of the type ${String(type)} ${String(namedCurve ?? modulusLength ?? '')}`.trim(),
    { hint: 'Accepted are ECDSA on P-256, P-384 and P-521, Ed25519, and RSA of 2048 bits or more.' },
  );
}
