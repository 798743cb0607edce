import { enums, readKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import {
  describeKeyAlgorithm,
  isComputable,
  isStrongHash,
  isStrongKey,
  strictConfig,
} from '../../../../src/verify/openpgp/algorithms.ts';
import { makeKey, onSecp256k1 } from '../../../support/openpgp.ts';

describe('hashes', () => {
  it.each(['sha256', 'sha384', 'sha512', 'sha3_256', 'sha3_512'] as const)('%s is strong', (name) => {
    expect(isStrongHash(enums.hash[name])).toBe(true);
    expect(strictConfig.rejectHashAlgorithms.has(enums.hash[name])).toBe(false);
  });

  it.each(['md5', 'sha1', 'ripemd', 'sha224'] as const)('%s is weak', (name) => {
    expect(isStrongHash(enums.hash[name])).toBe(false);
    expect(strictConfig.rejectHashAlgorithms.has(enums.hash[name])).toBe(true);
    expect(strictConfig.rejectMessageHashAlgorithms.has(enums.hash[name])).toBe(true);
  });

  it.each([0, 4, 13, 99, null])('unknown hash %s is not strong', (algorithm) => {
    expect(isStrongHash(algorithm)).toBe(false);
  });
});

describe('keys', () => {
  it.each([
    ['rsa', { type: 'rsa' }, true, { algorithm: 'rsa', bits: 2048 }],
    ['rsa 1024', { type: 'rsa', rsaBits: 1024 }, false, { algorithm: 'rsa', bits: 1024 }],
    ['ed25519', {}, true, { algorithm: 'ed25519', bits: undefined }],
    ['nistP256', { curve: 'nistP256' }, true, { algorithm: 'ecdsa nistP256', bits: undefined }],
    ['ed25519, new format', { type: 'curve25519' }, true, { algorithm: 'ed25519', bits: undefined }],
    ['ed448', { type: 'curve448' }, true, { algorithm: 'ed448', bits: undefined }],
  ] as const)('%s', async (_, request, strong, description) => {
    const { keyPacket } = await makeKey(request);
    expect(isStrongKey(keyPacket)).toBe(strong);
    expect(describeKeyAlgorithm(keyPacket)).toEqual(description);
  });

  it('secp256k1 is not supported', async () => {
    const binaryKey = onSecp256k1((await makeKey({ curve: 'nistP384' })).toPublic().write());
    const { keyPacket } = await readKey({ binaryKey });
    expect(describeKeyAlgorithm(keyPacket)).toEqual({ algorithm: 'ecdsa secp256k1', bits: undefined });
    expect(isStrongKey(keyPacket)).toBe(false);
    expect(isComputable(keyPacket)).toBe(false);
  });

  it.each([
    ['DSA', enums.publicKey.dsa],
    ['Elgamal', enums.publicKey.elgamal],
    ['encryption-only RSA', enums.publicKey.rsaEncrypt],
    ['ECDH', enums.publicKey.ecdh],
    ['something new', 99],
  ])('%s is refused, however long', async (_, algorithm) => {
    const key = await readKey({ binaryKey: (await makeKey({ type: 'rsa' })).toPublic().write() });
    key.keyPacket.algorithm = algorithm;
    key.keyPacket.getAlgorithmInfo = () => ({ algorithm: 'dsa', bits: 4096 });
    expect(isStrongKey(key.keyPacket)).toBe(false);
  });
});
