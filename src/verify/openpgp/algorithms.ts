/**
 * Which algorithms count as strong, and the openpgp.js configuration that says the same.
 *
 * The list is RFC 9580 section 9 without what sections 9.1, 9.2 and 9.5 deprecate: no hash under 256 bits, no
 * RSA under 2048 bits, no DSA, no Elgamal. The same hashes are demanded of the signatures that bind a key to
 * its user IDs and subkeys: a SHA-1 binding can be forged by a collision. Of the curves, those that openpgp.js
 * can compute: for Brainpool's and secp256k1 it asks for a package on Node that it does not come with.
 */
import { config as libraryDefaults, enums, type AnyKeyPacket, type Config } from 'openpgp';
import type { KeyAlgorithm } from '../../model/openpgp-key.ts';

const minRsaBits = 2048;

const strongHashes: ReadonlySet<number | null> = new Set<number | null>([
  enums.hash.sha256,
  enums.hash.sha384,
  enums.hash.sha512,
  enums.hash.sha3_256,
  enums.hash.sha3_512,
]);

const weakHashes: ReadonlyMap<enums.hash, string> = new Map([
  [enums.hash.md5, 'MD5'],
  [enums.hash.sha1, 'SHA-1'],
  [enums.hash.ripemd, 'RIPEMD-160'],
  [enums.hash.sha224, 'SHA-224'],
]);

const strongCurves: ReadonlySet<string> = new Set([
  enums.curve.nistP256,
  enums.curve.nistP384,
  enums.curve.nistP521,
]);

const refusedCurves = [
  enums.curve.secp256k1,
  enums.curve.brainpoolP256r1,
  enums.curve.brainpoolP384r1,
  enums.curve.brainpoolP512r1,
];

/** What does not depend on the policy: how keys and signatures are read. Nothing is left to a default. */
const readingRules = {
  ...libraryDefaults,
  additionalAllowedPackets: [],
  allowInsecureVerificationWithReformattedKeys: false,
  allowMissingKeyFlags: false,
  enableParsingV5Entities: false,
  enforceGrammar: true,
  ignoreMalformedPackets: false,
  // A signature in a format of tomorrow is one that cannot count, no reason to give up on the others.
  ignoreUnsupportedPackets: true,
  knownNotations: [],
  maxUserIDLength: 5 * 1024,
} satisfies Config;

/** For every question whose answer is trust. */
export const strictConfig: Config = {
  ...readingRules,
  minRSABits: minRsaBits,
  rejectHashAlgorithms: new Set(weakHashes.keys()),
  rejectMessageHashAlgorithms: new Set(weakHashes.keys()),
  rejectPublicKeyAlgorithms: new Set([enums.publicKey.dsa, enums.publicKey.elgamal]),
  rejectCurves: new Set(refusedCurves),
};

/** For the bare mathematics, where the answer is distrust: a revocation counts, however weak its hash. */
export const permissiveConfig: Config = {
  ...readingRules,
  minRSABits: 0,
  rejectHashAlgorithms: new Set(),
  rejectMessageHashAlgorithms: new Set(),
  rejectPublicKeyAlgorithms: new Set(),
  rejectCurves: new Set(),
};

export function isStrongHash(algorithm: number | null): boolean {
  return strongHashes.has(algorithm);
}

/** Of a refused one: `SHA-1`. */
export function nameOfHash(algorithm: enums.hash | null): string {
  const name = algorithm === null ? undefined : weakHashes.get(algorithm);
  return name ?? `hash algorithm ${String(algorithm)}`;
}

/** Whether a key may vouch for anything, by its algorithm and size alone. */
export function isStrongKey(key: AnyKeyPacket): boolean {
  const { bits, curve } = key.getAlgorithmInfo();
  switch (key.algorithm) {
    case enums.publicKey.rsaEncryptSign:
    case enums.publicKey.rsaSign:
      return bits !== undefined && bits >= minRsaBits;
    case enums.publicKey.ecdsa:
      return curve !== undefined && strongCurves.has(curve);
    case enums.publicKey.eddsaLegacy:
      return curve === enums.curve.ed25519Legacy;
    case enums.publicKey.ed25519:
    case enums.publicKey.ed448:
      return true;
    default:
      return false;
  }
}

/** Whether a signature by this key can be told good from bad at all. Weak keys can, unsupported curves cannot. */
export function isComputable(key: AnyKeyPacket): boolean {
  return key.algorithm !== enums.publicKey.ecdsa || isStrongKey(key);
}

export function describeKeyAlgorithm(key: AnyKeyPacket): KeyAlgorithm {
  const { algorithm, bits, curve } = key.getAlgorithmInfo();
  if (algorithm.startsWith('rsa')) return { algorithm: 'rsa', bits };
  if (key.algorithm === enums.publicKey.eddsaLegacy) return { algorithm: 'ed25519', bits: undefined };
  return { algorithm: curve === undefined ? algorithm : `${algorithm} ${curve}`, bits };
}
