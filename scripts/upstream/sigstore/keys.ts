/**
 * Throwaway signing keys: ECDSA on P-256 and P-384, as Fulcio, Rekor and their users have them, and Ed25519,
 * as the logs of Rekor v2 have them. Nobody keeps them, so there is nothing to leak.
 */
import { p256 } from '@noble/curves/nist.js';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export type Curve = 'P-256' | 'P-384';

export interface SigningKey {
  /** SubjectPublicKeyInfo. */
  readonly spki: Buffer;
  readonly publicKeyPem: string;
  /** SHA-256 of the SubjectPublicKeyInfo: how transparency logs name themselves (RFC 6962). */
  readonly id: Buffer;
  sign(bytes: Uint8Array): Buffer;
}

export interface EcdsaKey extends SigningKey {
  readonly curve: Curve;
  /** A signature in DER over bytes with this SHA-256 digest; P-256 alone. */
  signDigest(sha256: Uint8Array): Buffer;
}

/** Signatures are in DER; SHA-256 goes with P-256, SHA-384 with P-384. */
export function generateEcdsaKey(curve: Curve = 'P-256'): EcdsaKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return {
    ...described(publicKey),
    curve,
    sign: (bytes) => sign(curve === 'P-256' ? 'sha256' : 'sha384', bytes, privateKey),
    signDigest(sha256) {
      if (curve !== 'P-256') throw new TypeError(`a SHA-256 digest is not for a ${curve} key`);
      return Buffer.from(p256.sign(sha256, secret, { prehash: false, format: 'der', lowS: false }));
    },
  };
}

export function generateEd25519Key(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { ...described(publicKey), sign: (bytes) => sign(null, bytes, privateKey) };
}

function described(publicKey: KeyObject) {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    spki,
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    id: createHash('sha256').update(spki).digest(),
  };
}
