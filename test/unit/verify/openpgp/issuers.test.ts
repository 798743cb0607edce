/** Who may have made a signature, and what of a key is its owner's own word. */
import { enums, type SignaturePacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { appraiseKey } from '../../../../src/verify/openpgp/appraise-key.ts';
import {
  findIssuers,
  readKeyring,
  readPinnedKeyring,
  whyUnknown,
} from '../../../../src/verify/openpgp/keyring.ts';
import { authenticOf } from '../../../../src/verify/openpgp/own-signatures.ts';
import { readPublicKeys } from '../../../../src/verify/openpgp/read-keys.ts';
import { packet } from '../../../support/odd-keys.ts';
import { makeKey, publicKeyFile, signData, signPacket, signedAt } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T00:00:00Z');
const key = await makeKey({ name: 'key', subkeys: [{ sign: true }, { sign: true }] });
const other = await makeKey({ name: 'other' });
const keyring = await readKeyring([{ name: 'keys', bytes: publicKeyFile(key, other) }]);
const publicKey = keyring.keys.find((one) => one.getFingerprint() === key.getFingerprint())!;

it('a retired key is known by its fingerprint, by either end of it, and by nothing else', async () => {
  const retired = other.getFingerprint().toUpperCase();
  const pins = { fingerprints: [key.getFingerprint().toUpperCase()], retired: [retired] };
  const pinned = await readPinnedKeyring({ name: 'keys', bytes: publicKeyFile(key, other) }, pins, 'anchor');
  const signature = await signData(Buffer.from('text'), { key: other });
  const why = (fields: Partial<SignaturePacket>) =>
    whyUnknown(pinned, Object.assign(Object.create(signature) as SignaturePacket, fields)).reason;
  const named = (hex: string) => ({ issuerFingerprint: null, issuerKeyID: { toHex: () => hex } as never });
  expect(why({})).toBe('retired-key');
  const { issuerFingerprint } = await signData(Buffer.from('text'), { key });
  expect(why({ issuerFingerprint })).toBe('unknown-key');
  expect(why(named(retired.slice(-16).toLowerCase()))).toBe('retired-key');
  expect(why(named(retired.slice(0, 16).toLowerCase()))).toBe('retired-key');
  for (const hex of [retired.slice(8, 24), key.getKeyID().toHex(), '']) {
    expect(why(named(hex.toLowerCase()))).toBe('unknown-key');
  }
});

describe('an issuer', () => {
  it('has the key ID that a signature names, and the fingerprint', async () => {
    const signature = await signData(Buffer.from('text'), { key });
    expect(findIssuers(keyring, signature).map(({ key: one }) => one.getFingerprint())).toEqual([
      key.getFingerprint(),
    ]);
    const named = (fields: Partial<SignaturePacket>) =>
      findIssuers(keyring, Object.assign(Object.create(signature) as SignaturePacket, fields));
    const foreign = (await signData(Buffer.from('text'), { key: other })).issuerFingerprint;
    expect(named({ issuerFingerprint: foreign })).toEqual([]);
    expect(named({ issuerKeyID: other.getKeyID() })).toEqual([]);
    expect(named({ issuerFingerprint: null })).toHaveLength(1);
  });

  it('is a key from the second on in which it is made', async () => {
    const made = await makeKey({ name: 'made', created: now });
    expect(await appraiseKey(made.toPublic(), made.toPublic(), now)).toEqual({ kind: 'usable' });
    const before = new Date(now.getTime() - 1);
    const early = await appraiseKey(made.toPublic(), made.toPublic(), before);
    expect(early).toMatchObject({ kind: 'from-future' });
  });

  it('is revoked by nobody else', async () => {
    const type = enums.signature.keyRevocation;
    const revocation = async (by: typeof key) => signPacket({ key: key.keyPacket }, { key: by, type });
    const revokedBy = async (by: typeof key) => {
      const revoked = key.toPublic();
      revoked.revocationSignatures.push(await revocation(by));
      return (await appraiseKey(revoked, revoked, now)).kind;
    };
    expect([await revokedBy(other), await revokedBy(key)]).toEqual(['usable', 'revoked']);
  });

  it('is no subkey that is made later', async () => {
    const late = await (
      await makeKey({ name: 'late' })
    ).addSubkey({ sign: true, date: new Date('2026-11-22T00:00:00Z') });
    const [subkey] = late.toPublic().subkeys;
    const standing = await appraiseKey(late.toPublic(), subkey!, now);
    expect(standing).toMatchObject({ kind: 'from-future' });
  });

  it('is not the subkey that the library finds in its place', async () => {
    const [first, second] = publicKey.subkeys;
    expect(await appraiseKey(publicKey, first!, now)).toEqual({ kind: 'usable' });
    const posing = Object.assign(Object.create(first!) as typeof first & object, {
      getKeyID: () => second!.getKeyID(),
    });
    expect(await appraiseKey(publicKey, posing, now)).not.toEqual({ kind: 'usable' });
  });
});

it('what another key certified is not the owner’s word', async () => {
  const data = { key: key.keyPacket, userID: key.users[0]!.userID! };
  const type = enums.signature.certGeneric;
  const claim = async (by: typeof key) => ({
    ...{ signature: await signPacket(data, { key: by, type, created: signedAt }), type, data },
  });
  expect(await authenticOf([await claim(other)], publicKey)).toEqual([]);
  expect(await authenticOf([await claim(key)], publicKey)).toHaveLength(1);
});

it('a packet of another kind is none of a key', async () => {
  const binary = key.toPublic().write();
  expect((await readPublicKeys(binary)).keys).toHaveLength(1);
  for (const tag of [1, 3, 8, 9, 11, 18, 20, 60]) {
    const bytes = Buffer.concat([binary, packet(tag, Buffer.from('b'))]);
    await refusal(readPublicKeys(bytes), VerificationError, 'EVIDENCE_MALFORMED');
  }
});
