import { UnparseablePacket, enums, readKey, readKeys, readSignature } from 'openpgp';
import { describe, expect, it } from 'vitest';
import {
  describeKeyAlgorithm,
  isComputable,
  isStrongHash,
  isStrongKey,
  nameOfHash,
  strictConfig,
} from '../../../../src/verify/openpgp/algorithms.ts';
import { alienBodies, packet } from '../../../support/odd-keys.ts';
import { binarySignature, makeKey, onSecp256k1, signData, signPacket } from '../../../support/openpgp.ts';

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

  it.each([
    ['md5', 'MD5'],
    ['sha1', 'SHA-1'],
    ['ripemd', 'RIPEMD-160'],
    ['sha224', 'SHA-224'],
  ] as const)('%s is refused as %s', (name, written) => {
    expect(nameOfHash(enums.hash[name])).toBe(written);
  });

  it('one that nobody knows is refused by its number', () => {
    expect([nameOfHash(99 as enums.hash), nameOfHash(null)]).toEqual([
      'hash algorithm 99',
      'hash algorithm null',
    ]);
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

describe('what is read, and how', () => {
  it('a key that says nothing of what it is for signs nothing', async () => {
    const key = await makeKey();
    const [user] = key.users;
    const data = { key: key.keyPacket, userID: user!.userID! };
    const signs = (keyFlags: Uint8Array | null) => async () => {
      const type = enums.signature.certPositive;
      user!.selfCertifications = [await signPacket(data, { key, type, fields: { keyFlags } })];
      return key.getSigningKey(undefined, new Date('2026-11-20T12:00:00Z'), undefined, strictConfig);
    };
    await expect(signs(new Uint8Array([enums.keyFlags.signData]))()).resolves.toBeDefined();
    await expect(signs(null)()).rejects.toThrow('key flags');
  });

  it('a signature of version 5 is none that counts', async () => {
    const bytes = binarySignature(await signData(Buffer.from('x'), { key: await makeKey() }));
    const at = bytes.indexOf(4);
    const versions = async (version: number) => {
      const binary = Uint8Array.from(bytes);
      binary[at] = version;
      return (await readSignature({ binarySignature: binary, config: strictConfig })).packets[0];
    };
    expect(await versions(4)).toMatchObject({ version: 4 });
    expect(await versions(5)).toBeInstanceOf(UnparseablePacket);
  });

  it('a user ID has five KiB, and no byte more', async () => {
    const named = (length: number) => {
      return readKeys({
        binaryKeys: new Uint8Array(Buffer.concat([key, packet(13, Buffer.alloc(length, 'x'))])),
        config: strictConfig,
      });
    };
    const key = (await makeKey()).toPublic().write();
    expect((await named(5 << 10))[0]?.users).toHaveLength(2);
    await expect(named((5 << 10) + 1)).rejects.toThrow('User ID');
  });

  it('a key with a broken packet is none', async () => {
    const key = (await makeKey()).toPublic().write();
    const broken = packet(14, alienBodies['that is broken']!);
    const read = (binaryKeys: Uint8Array) => readKeys({ binaryKeys, config: strictConfig });
    expect(await read(key)).toHaveLength(1);
    await expect(read(new Uint8Array(Buffer.concat([key, broken])))).rejects.toThrow();
  });
});
