/** Keys in place of certificates, and signatures that a digest alone does not verify. */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../scripts/upstream/sigstore/canonical-json.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { UsageError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { parseBundle } from '../../../../src/verify/sigstore/bundle.ts';
import { keyFingerprint, readPublicKey } from '../../../../src/verify/sigstore/keys.ts';
import type { SignerPolicy } from '../../../../src/verify/sigstore/identity.ts';
import { verifyMessage } from '../../../../src/verify/sigstore/verify-bundle.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  artifact,
  at,
  digestOf,
  sigstore,
  trustedRoot,
  who,
  sign,
} from '../../../support/throwaway-sigstore.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');

type Hash = 'sha256' | 'sha384' | 'sha512';

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A bundle over the artifact, signed with a bare key and logged (Rekor v1). */
function keyBundle(
  { publicKey, privateKey }: KeyPair,
  hash: Hash = 'sha256',
  logged = publicKey,
  signature = signBytes(publicKey.asymmetricKeyType === 'ed25519' ? null : hash, artifact, privateKey),
): string {
  const digest = createHash(hash).update(artifact).digest();
  const body = {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: hash, value: digest.toString('hex') } },
      signature: { content: base64(signature), publicKey: { content: base64(pemOf(logged)) } },
    },
  };
  const { rekor } = sigstore;
  const bytes = Buffer.from(canonicalJson(body));
  const entry = rekor.append({ kind: 'hashedrekord', version: '0.0.1', bytes }, at);
  const proof = entry.proof!;
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: 'whatever' },
      tlogEntries: [
        {
          logIndex: String(entry.logIndex),
          logId: { keyId: base64(entry.logId) },
          kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
          integratedTime: String(entry.integratedTime),
          inclusionPromise: { signedEntryTimestamp: base64(entry.signedEntryTimestamp!) },
          inclusionProof: {
            logIndex: String(proof.logIndex),
            rootHash: base64(proof.rootHash),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map(base64),
            checkpoint: { envelope: proof.checkpoint },
          },
          canonicalizedBody: base64(bytes),
        },
      ],
    },
    messageSignature: {
      messageDigest: { algorithm: hash.replace('sha', 'SHA2_'), digest: base64(digest) },
      signature: base64(signature),
    },
  });
}

async function* stream(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 7) {
    await Promise.resolve();
    yield bytes.subarray(start, start + 7);
  }
}

function judge(bundle: string, signer: SignerPolicy, bytes?: Buffer, digest: Digest = digestOf(artifact)) {
  const open = bytes && (() => stream(bytes));
  return verifyMessage({
    bundle: parseBundle(Buffer.from(bundle), 'bundle'),
    signer,
    trustedRoot,
    subject: { digest, open },
  });
}
async function refuses(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await refusal(promise, VerificationError, code);
}

describe('a bundle signed with a bare key', () => {
  const pair = p256();
  const bundle = keyBundle(pair);
  const signer = { publicKey: readPublicKey(Buffer.from(pemOf(pair.publicKey)), 'key') };

  it('verifies by its digest alone', async () => {
    const verified = await judge(bundle, signer);
    const fingerprint = keyFingerprint(pair.publicKey);
    expect(verified.signer).toEqual({ method: 'public-key', fingerprint, signedAt: at });
  });

  it('is refused with another key', () =>
    refuses(judge(bundle, { publicKey: p256().publicKey }), 'SIGNATURE_INVALID'));

  it('is refused where an identity is asked for', () =>
    refuses(judge(bundle, { certificate: who }), 'SIGNER_UNTRUSTED'));

  it('is refused with an entry that names another key', () =>
    refuses(judge(keyBundle(pair, 'sha256', p256().publicKey), signer), 'SUBJECT_MISMATCH'));

  it('a certificate is refused where a key is asked for', () =>
    refuses(judge(blobBundle(sign()), signer), 'SIGNER_UNTRUSTED'));
});

describe('a signature over a digest', () => {
  const named = (namedCurve: string): KeyPair => generateKeyPairSync('ec', { namedCurve });
  const hashed = (hash: 'sha256' | 'sha512', bytes = artifact): Digest =>
    `${hash}:${createHash(hash).update(bytes).digest('hex')}`;

  it.each<[string, 'sha256' | 'sha512']>([
    ['P-256', 'sha256'],
    ['P-256', 'sha512'],
    ['P-384', 'sha256'],
    ['P-384', 'sha512'],
    ['P-521', 'sha256'],
    ['P-521', 'sha512'],
  ])('by a %s key verifies by its %s alone', async (curve, hash) => {
    const pair = named(curve);
    const bundle = keyBundle(pair, hash);
    const signer = { publicKey: pair.publicKey };
    for (const bytes of [undefined, artifact]) {
      expect((await judge(bundle, signer, bytes, hashed(hash))).digest).toBe(hashed(hash));
    }
    await refuses(judge(bundle, signer, undefined, hashed(hash, Buffer.from('x'))), 'DIGEST_MISMATCH');
    await refuses(
      judge(bundle, { publicKey: named(curve).publicKey }, undefined, hashed(hash)),
      'SIGNATURE_INVALID',
    );
    await refuses(
      judge(bundle, { publicKey: named('P-384').publicKey }, undefined, hashed(hash)),
      'SIGNATURE_INVALID',
    );
  });

  it.each(['P-256', 'P-384', 'P-521'])(
    'by a %s key over other bytes is refused, in an entry over these',
    async (curve) => {
      const pair = named(curve);
      const elsewhere = signBytes('sha256', Buffer.from('other bytes'), pair.privateKey);
      const bundle = keyBundle(pair, 'sha256', pair.publicKey, elsewhere);
      await refuses(judge(bundle, { publicKey: pair.publicKey }), 'SIGNATURE_INVALID');
      await refuses(judge(bundle, { publicKey: pair.publicKey }, artifact), 'SIGNATURE_INVALID');
    },
  );
});

describe('a signature over what is not the given digest', () => {
  it.each<[string, KeyPair, Hash]>([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'sha384'],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'sha512'],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
    ['P-256 over SHA-512', p256(), 'sha512'],
  ])('%s verifies as the bytes stream by, and is refused without them', async (_, pair, hash) => {
    const bundle = keyBundle(pair, hash);
    const signer = { publicKey: pair.publicKey };
    expect((await judge(bundle, signer, artifact)).digest).toBe(digestOf(artifact));
    await refuses(judge(bundle, signer), 'ALGORITHM_REFUSED');
    await refuses(judge(bundle, signer, Buffer.from('other bytes')), 'DIGEST_MISMATCH');
    const forged = JSON.parse(keyBundle(pair, hash)) as { messageSignature: { signature: string } };
    const genuine = JSON.parse(bundle) as typeof forged;
    genuine.messageSignature.signature = forged.messageSignature.signature;
    if (pair.publicKey.asymmetricKeyType === 'ec') {
      await refuses(judge(JSON.stringify(genuine), signer, artifact), 'SUBJECT_MISMATCH');
    }
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    await refuses(judge(bundle, { publicKey: other.publicKey }, artifact), 'SIGNATURE_INVALID');
  });

  it('Ed25519 cannot be streamed', async () => {
    const pair = generateKeyPairSync('ed25519');
    await refuses(judge(keyBundle(pair), { publicKey: pair.publicKey }, artifact), 'ALGORITHM_REFUSED');
  });
});

describe('readPublicKey', () => {
  const { publicKey } = p256();
  const pem = pemOf(publicKey);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const pemOfDer = (bytes: Buffer) =>
    `-----BEGIN PUBLIC KEY-----\n${bytes.toString('base64')}\n-----END PUBLIC KEY-----\n`;
  const read = (text: string) => readPublicKey(Buffer.from(text), 'key.pub');

  it('reads what cosign writes', () => {
    expect(read(pem).asymmetricKeyType).toBe('ec');
    expect(read(pemOf(generateKeyPairSync('ed25519').publicKey)).asymmetricKeyType).toBe('ed25519');
  });

  it.each([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey],
    ['RSA of 2048 bits', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ])('reads %s', (_, key) => {
    expect(read(pemOf(key)).equals(key)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a private key', p256().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    [
      'a certificate',
      `-----BEGIN CERTIFICATE-----\n${base64(sign().certificate)}\n-----END CERTIFICATE-----\n`,
    ],
    ['bytes that are no text', Buffer.of(0xff)],
  ])('says that it is no key: %s', async (_, bytes) => {
    await refusal(() => readPublicKey(Buffer.from(bytes), 'key.pub'), UsageError, 'TRUST_INVALID');
  });

  it.each([
    ['two keys', pem + pem],
    [
      'a point that is not on the curve',
      pemOfDer(Buffer.from(der.map((byte, at) => byte ^ Number(at === 90)))),
    ],
    ['something behind the key', pemOfDer(Buffer.concat([der, Buffer.of(0, 0)]))],
    ['base64 that ends in the middle', pem.replace(/.{3}(?=\n-----END)/, '==')],
  ])('refuses %s', async (_, text) => {
    await refusal(() => read(text), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it.each([
    ['rsa 1024', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['rsa-pss 2048', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
    ['ec secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['ed448', generateKeyPairSync('ed448').publicKey],
    ['x25519', generateKeyPairSync('x25519').publicKey],
  ])('refuses a key of the type %s, and names it', async (type, key) => {
    const { message } = await refusal(() => read(pemOf(key)), VerificationError, 'ALGORITHM_REFUSED');
    expect(message).toBe(`key.pub: the key is of the type ${type}`);
  });
});
