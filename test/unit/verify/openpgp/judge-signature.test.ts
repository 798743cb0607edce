/** What one signature is worth: each verdict by itself, and its times to the second. */
import { createMessage, enums, readSignature, type PrivateKey, type SignaturePacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import {
  binaryTypes,
  judgeSignature,
  type SignatureVerdict,
} from '../../../../src/verify/openpgp/judge-signature.ts';
import { readKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { certifyOnly, consentOf, rebind } from '../../../support/odd-keys.ts';
import {
  binarySignature,
  makeKey,
  onSecp256k1,
  publicKeyFile,
  signData,
  signedAt,
  type SignatureRequest,
} from '../../../support/openpgp.ts';

const now = new Date('2026-11-21T00:00:00Z');
const bytes = Buffer.from('what is signed');
const message = await createMessage({ binary: bytes, format: 'binary', date: now });

const key = await makeKey();
const stranger = await makeKey({ name: 'stranger' });
const keyring = await keyringOf(key);

function keyringOf(...keys: readonly PrivateKey[]): Promise<Keyring> {
  return readKeyring([{ name: 'test.asc', bytes: publicKeyFile(...keys) }]);
}

/** As it is read out of a file. */
async function signatureOf(request: SignatureRequest, over: Uint8Array = bytes): Promise<SignaturePacket> {
  const packet = await signData(over, { type: enums.signature.binary, ...request });
  const { packets } = await readSignature({ binarySignature: binarySignature(packet) });
  return packets[0]!;
}

async function judge(
  signature: SignaturePacket,
  { at = now, by = keyring }: { readonly at?: Date; readonly by?: Keyring } = {},
): Promise<SignatureVerdict> {
  const data = message.packets[0] as never;
  return judgeSignature(signature, { keyring: by, now: at, data, types: binaryTypes });
}

const after = (time: Date, ms: number) => new Date(time.getTime() + ms);
const nameOf = (one: { getFingerprint(): string }) => one.getFingerprint().toUpperCase();

describe('the verdict', () => {
  it('is good by a key of the keyring', async () => {
    expect(await judge(await signatureOf({ key }))).toEqual({
      kind: 'good',
      signer: { method: 'openpgp', fingerprint: nameOf(key), primaryFingerprint: nameOf(key), signedAt },
    });
  });

  it('is that it is worthless by a stranger', async () => {
    expect(await judge(await signatureOf({ key: stranger }))).toMatchObject({
      ...{ kind: 'worthless', reason: 'unknown-key' },
    });
  });

  it.each([
    ['MD5', enums.hash.md5],
    ['hash algorithm 99', 99],
  ])('is that it is worthless with %s, before anything is computed', async (name, hashAlgorithm) => {
    const signature = Object.assign(await signatureOf({ key }), { hashAlgorithm });
    expect(await judge(signature)).toEqual({
      ...{ kind: 'worthless', reason: 'weak-hash', fingerprint: nameOf(key) },
      why: `the signature is made with ${name}, which is weaker than SHA-256`,
    });
  });

  it.each([
    ['over other bytes', async () => signatureOf({ key }, Buffer.from('something else')), 'does not match'],
    ['of a type that belongs elsewhere', async () => signatureOf({ key, type: 1 }), 'is of type 1'],
    [
      'of no type',
      async () => Object.assign(await signatureOf({ key }), { signatureType: null }),
      'is of type null',
    ],
    [
      'with a critical part that nobody knows',
      async () =>
        Object.assign(await signatureOf({ key }), {
          unknownSubpackets: [{ type: 99, critical: true, body: new Uint8Array() }],
        }),
      'has an unknown critical part',
    ],
  ])('is that it is bad %s', async (_, make, why) => {
    expect(await judge(await make())).toEqual({ kind: 'bad', why: expect.stringContaining(why) as string });
  });

  it('is good by a subkey that another primary has adopted, whichever comes first', async () => {
    const owner = await certifyOnly();
    await rebind(owner, enums.hash.sha256, await consentOf(owner, enums.hash.sha256));
    const thief = await makeKey({ name: 'thief' });
    thief.subkeys = owner.subkeys;
    const [subkey] = owner.subkeys;
    const signature = await signatureOf({ key: subkey! });
    for (const by of [await keyringOf(owner, thief), await keyringOf(thief, owner)]) {
      expect(await judge(signature, { by })).toMatchObject({
        ...{ kind: 'good', signer: { primaryFingerprint: nameOf(owner), fingerprint: nameOf(subkey!) } },
      });
    }
    expect(await judge(signature, { by: await keyringOf(thief) })).toMatchObject({
      ...{ kind: 'worthless', reason: 'unbound-key' },
    });
  });

  it('rests on keys that can be computed alone', async () => {
    const p384 = await makeKey({ curve: 'nistP384' });
    const by = await readKeyring([
      { name: 'alien', bytes: onSecp256k1(p384.toPublic().write()) },
      { name: 'key', bytes: publicKeyFile(key) },
    ]);
    const [alien] = by.keys;
    const names = { issuerFingerprint: null, issuerKeyID: alien!.getKeyID() };
    const signature = Object.assign(await signatureOf({ key: p384 }), names);
    expect(await judge(signature, { by })).toMatchObject({
      ...{ kind: 'worthless', reason: 'weak-key', fingerprint: nameOf(alien!) },
    });
  });
});

describe('the time of a signature', () => {
  const reasonAt = async (signature: SignaturePacket, at: Date) => {
    const verdict = await judge(signature, { at });
    return verdict.kind === 'worthless' ? verdict.reason : verdict.kind;
  };

  it('may be ten seconds ahead, and no millisecond more', async () => {
    const signature = await signatureOf({ key });
    expect(await reasonAt(signature, after(signedAt, -10_000))).toBe('good');
    expect(await reasonAt(signature, after(signedAt, -10_001))).toBe('future-signature');
  });

  it('ends when the signature expires, to the millisecond', async () => {
    const signature = await signatureOf({ key, fields: { signatureExpirationTime: 60 } });
    expect(await reasonAt(signature, after(signedAt, 59_999))).toBe('good');
    expect(await reasonAt(signature, after(signedAt, 60_000))).toBe('expired-signature');
  });

  it('is not before its key was made, to the second', async () => {
    const created = key.getCreationTime();
    expect(await reasonAt(await signatureOf({ key, created }), now)).toBe('good');
    const early = await signatureOf({ key, created: after(created, -1000) });
    expect(await reasonAt(early, now)).toBe('older-than-key');
  });
});
