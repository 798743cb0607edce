/** Throwaway keys of every kind that TUF's specification names, and of some that it does not. */
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { TufKey } from '../../scripts/upstream/tuf-repository.ts';
import { contentHex } from '../../scripts/upstream/virtual-file.ts';
import type { Random } from '../fuzz/random.ts';

export interface Pool {
  take(random: Random): TufKey;
  readonly rare: readonly TufKey[];
}

export function makePool(): Pool {
  const common = [
    ...Array.from({ length: 10 }, () => ecdsa('prime256v1', 'ecdsa-sha2-nistp256')),
    ...Array.from({ length: 10 }, () => ed25519()),
    ...Array.from({ length: 3 }, () => rsa('rsassa-pss-sha256')),
  ];
  const rare = [ecdsa('secp384r1', 'ecdsa-sha2-nistp384'), ed25519('pem'), rsa('rsa-pkcs1v15-sha256')];
  return { take: (random) => random.of(common)!, rare };
}

/** Different ones. */
export function take(count: number, random: Random, pool: Pool): readonly TufKey[] {
  const found = new Set<TufKey>();
  while (found.size < count) found.add(pool.take(random));
  return [...found];
}

type Json = TufKey['json'];

function keyOf(json: Json, signWith: (bytes: Uint8Array) => Buffer): TufKey {
  return { id: contentHex(Buffer.from(JSON.stringify(json)), 'sha256'), json, sign: signWith };
}

const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();

function ecdsa(namedCurve: string, scheme: string): TufKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const digest = namedCurve === 'secp384r1' ? 'sha384' : 'sha256';
  const json = { keytype: 'ecdsa', scheme, keyval: { public: pem(publicKey) } };
  return keyOf(json, (bytes) => sign(digest, bytes, privateKey));
}

function ed25519(form: 'hex' | 'pem' = 'hex'): TufKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const hex = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const json = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: form === 'hex' ? hex : pem(publicKey) },
  };
  return keyOf(json, (bytes) => sign(null, bytes, privateKey));
}

function rsa(scheme: string): TufKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding =
    scheme === 'rsassa-pss-sha256'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {};
  const json = { keytype: 'rsa', scheme, keyval: { public: pem(publicKey) } };
  return keyOf(json, (bytes) => sign('sha256', bytes, { key: privateKey, ...padding }));
}
