import { armor, enums, readKey, type PrivateKey } from 'openpgp';
import { describe, expect, it, vi } from 'vitest';
import { UsageError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { readKeyring, readPinnedKeyring, type Keyring } from '../../../../src/verify/openpgp/keyring.ts';
import { verifyCleartext } from '../../../../src/verify/openpgp/verify-signatures.ts';
import { alienBodies, alienKey, armored } from '../../../support/odd-keys.ts';
import {
  armorSignature,
  binarySignature,
  clearsign,
  frame,
  makeKey,
  onSecp256k1,
  publicKeyFile,
  revoke,
  signData,
  signPacket,
  signedAt,
  type SignatureRequest,
} from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-21T00:00:00Z');
const year = 365 * 86_400;
const text = 'Origin: Example\n-dash\nSuite: stable';

const good = await makeKey({ name: 'good' });
const other = await makeKey({ name: 'other' });
const unknown = await makeKey({ name: 'unknown' });
const expired = await makeKey({ name: 'expired', lifetime: year });
const rsa = await makeKey({ name: 'rsa', type: 'rsa' });
const weak = await makeKey({ name: 'weak', type: 'rsa', rsaBits: 1024 });
const whileValid = new Date('2024-06-01T00:00:00Z');

const criticalNotation = {
  name: 'a@example.org',
  value: new Uint8Array(),
  humanReadable: true,
  critical: true,
};

async function keyringOf(...keys: readonly PrivateKey[]): Promise<Keyring> {
  return readKeyring([{ name: 'test.asc', bytes: publicKeyFile(...keys) }]);
}

async function verify(requests: readonly SignatureRequest[], keys: readonly PrivateKey[]) {
  return verifyCleartext(await clearsign(text, ...requests), await keyringOf(...keys), now);
}

async function refused(requests: readonly SignatureRequest[], keys: readonly PrivateKey[], code: ErrorCode) {
  const file = await clearsign(text, ...requests);
  const keyring = await keyringOf(...keys);
  return refusal(verifyCleartext(file, keyring, now), VerificationError, code);
}

function subkeyOf(key: PrivateKey): PrivateKey['subkeys'][number] {
  const [subkey] = key.subkeys;
  if (subkey === undefined) throw new Error('the key has no subkey');
  return subkey;
}

describe('who vouches', () => {
  it('returns exactly the signed text, and who signed it when', async () => {
    const result = await verify([{ key: good }], [good]);
    expect(Buffer.from(result.text).toString()).toBe(text);
    const fingerprint = good.getFingerprint().toUpperCase();
    expect(result.signers).toEqual([
      { method: 'openpgp', fingerprint, primaryFingerprint: fingerprint, signedAt },
    ]);
    expect(result.signers[0]).not.toHaveProperty('anchor');
    expect(result.ignored).toEqual([]);
  });

  it('maps a signing subkey to its primary', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    const { signers } = await verify([{ key: subkeyOf(key) }], [key]);
    expect(signers[0]?.fingerprint).toBe(subkeyOf(key).getFingerprint().toUpperCase());
    expect(signers[0]?.primaryFingerprint).toBe(key.getFingerprint().toUpperCase());
  });

  it('names every good signer', async () => {
    const { signers } = await verify([{ key: good }, { key: other }], [good, other]);
    expect(signers).toHaveLength(2);
  });

  it.each([
    ['SHA-256', enums.hash.sha256],
    ['SHA-384', enums.hash.sha384],
    ['SHA-512', enums.hash.sha512],
    ['SHA3-256', enums.hash.sha3_256],
  ])('accepts %s', async (_, hash) => {
    expect((await verify([{ key: rsa, hash }], [rsa])).signers).toHaveLength(1);
  });

  it.each([
    { curve: 'nistP256' },
    { curve: 'nistP384' },
    { curve: 'nistP521' },
    { type: 'curve25519' },
    { type: 'curve448' },
  ] as const)('accepts %o', async (request) => {
    const key = await makeKey(request);
    expect((await verify([{ key, hash: enums.hash.sha512 }], [key])).signers).toHaveLength(1);
  });

  it.each([
    ['by an unknown key', 'unknown-key', { key: unknown }],
    ['by a key that has expired', 'expired-key', { key: expired, created: whileValid }],
    ['with SHA-1', 'weak-hash', { key: rsa, hash: enums.hash.sha1 }],
    ['with SHA-224', 'weak-hash', { key: rsa, hash: enums.hash.sha224 }],
    ['by an RSA key of 1024 bits', 'weak-key', { key: weak }],
    ['from the future', 'future-signature', { key: other, created: new Date('2027-01-01T00:00:00Z') }],
    ['that has expired', 'expired-signature', { key: other, fields: { signatureExpirationTime: 60 } }],
    ['older than its key', 'older-than-key', { key: other, created: new Date('2023-01-01T00:00:00Z') }],
  ] as const)('ignores a signature %s beside a good one', async (_, reason, request) => {
    for (const requests of [
      [request, { key: good }],
      [{ key: good }, request],
    ]) {
      const { signers, ignored } = await verify(requests, [good, other, expired, rsa, weak]);
      expect(signers).toHaveLength(1);
      expect(ignored.map((signature) => signature.reason)).toEqual([reason]);
    }
  });

  it('takes a signature that names key 0 for one by nobody, not by everybody', async () => {
    const packet = binarySignature(await signData(Buffer.from(text), { key: good }));
    // The fingerprint becomes a subpacket of unknown type, the key ID the wildcard.
    const anonymous = Buffer.from(packet)
      .toString('hex')
      .replace(`162104${good.getFingerprint()}`, `166404${good.getFingerprint()}`)
      .replace(`0910${good.getKeyID().toHex()}`, `0910${'0'.repeat(16)}`);
    const block = armor(enums.armor.signature, Buffer.from(anonymous, 'hex')).replaceAll('\r', '');
    const fine = armorSignature(await signData(Buffer.from(text), { key: other }));
    const keyring = await keyringOf(good, other);
    const { signers, ignored } = await verifyCleartext(Buffer.from(frame(text, block, fine)), keyring, now);
    expect(signers).toHaveLength(1);
    expect(ignored).toMatchObject([{ keyId: '0'.repeat(16), fingerprint: undefined, reason: 'unknown-key' }]);
  });

  it.each(['1990-01-01', '2100-01-01'])("does not read the machine's clock, be it %s", async (time) => {
    const file = await clearsign(text, { key: good });
    const late = await clearsign(text, { key: expired, created: whileValid });
    const keyring = await keyringOf(good, expired);
    vi.useFakeTimers({ now: new Date(time), toFake: ['Date'] });
    try {
      expect((await verifyCleartext(file, keyring, now)).signers).toHaveLength(1);
      await refusal(verifyCleartext(late, keyring, now), VerificationError, 'SIGNER_UNTRUSTED');
    } finally {
      vi.useRealTimers();
    }
  });

  it('tolerates a signature up to ten seconds early', async () => {
    const keyring = await keyringOf(good);
    const file = await clearsign(text, { key: good });
    const before = (seconds: number) => new Date(signedAt.getTime() - seconds * 1000);
    expect((await verifyCleartext(file, keyring, before(10))).signers).toHaveLength(1);
    await refusal(verifyCleartext(file, keyring, before(11)), VerificationError, 'METADATA_FROM_FUTURE');
  });
});

describe('refusals', () => {
  it.each([
    ['only an unknown key', 'SIGNER_UNTRUSTED', { key: unknown }],
    [
      'an expired key, though valid when it signed',
      'SIGNER_UNTRUSTED',
      { key: expired, created: whileValid },
    ],
    [
      'a signature older than its key',
      'SIGNER_UNTRUSTED',
      { key: good, created: new Date('2023-01-01T00:00:00Z') },
    ],
    ['SHA-1', 'ALGORITHM_REFUSED', { key: rsa, hash: enums.hash.sha1 }],
    ['RSA of 1024 bits', 'ALGORITHM_REFUSED', { key: weak }],
    [
      'a signature from the future',
      'METADATA_FROM_FUTURE',
      { key: good, created: new Date('2027-01-01T00:00:00Z') },
    ],
    [
      'a signature that has expired',
      'METADATA_EXPIRED',
      { key: good, fields: { signatureExpirationTime: 60 } },
    ],
    ['a binary signature', 'SIGNATURE_INVALID', { key: good, type: enums.signature.binary }],
    ['a standalone signature', 'SIGNATURE_INVALID', { key: good, type: enums.signature.standalone }],
  ] as const)('refuses %s', async (_, code, request) => {
    await refused([request], [good, expired, rsa, weak], code);
  });

  it('names what ails each key of the keyring, the worst first, and none of the others', async () => {
    const requests = [{ key: unknown }, { key: expired, created: whileValid }, { key: weak }];
    const error = await refused(requests, [good, expired, weak], 'ALGORITHM_REFUSED');
    expect(error.message).toMatch(
      /: key [0-9A-F]{40} is of a refused kind .*RSA of 1024 bits.*; key [0-9A-F]{40} expired/,
    );
    expect(error.message).not.toContain('no key of the keyring');
  });

  it('names what ails the one key of the keyring, and each that has signed', async () => {
    const requests = [{ key: unknown }, { key: expired, created: whileValid }];
    const { message } = await refused(requests, [good, expired], 'SIGNER_UNTRUSTED');
    const [keyId, fingerprint] = [unknown.getKeyID().toHex(), expired.getFingerprint()];
    expect(message).not.toContain('no key of the keyring');
    expect(message).toContain(`(signed by: ${keyId.toUpperCase()}, ${fingerprint.toUpperCase()})`);
  });

  it('names the hash that is too weak', async () => {
    const error = await refused([{ key: rsa, hash: enums.hash.sha1 }], [rsa], 'ALGORITHM_REFUSED');
    expect(error.message).toContain('made with SHA-1');
  });

  it('says what of the keyring was passed over, where no key of it made a signature', async () => {
    const bytes = Buffer.concat([
      publicKeyFile(good),
      armored(alienKey(alienBodies['of an unknown algorithm']!)),
    ]);
    const keyring = await readKeyring([{ name: 'test.asc', bytes }]);
    const file = await clearsign(text, { key: unknown });
    const error = await refusal(verifyCleartext(file, keyring, now), VerificationError, 'SIGNER_UNTRUSTED');
    expect(error.message).toContain('algorithm 99) is not supported');
    // Where one did, that is what there is to know.
    const weakly = await clearsign(text, { key: good, fields: { signatureExpirationTime: 60 } });
    const late = await refusal(verifyCleartext(weakly, keyring, now), VerificationError, 'METADATA_EXPIRED');
    expect(late.message).not.toContain('of the keyring');
  });

  it('says nothing of a keyring that is whole', async () => {
    const error = await refused([{ key: unknown }], [good], 'SIGNER_UNTRUSTED');
    expect(error.message).toContain('no good signature: no key of the keyring made a signature (signed by: ');
    expect(error.message).not.toContain('of the keyring:');
  });

  it('tells of four keys, and how many more there are', async () => {
    const keys = await Promise.all(
      Array.from({ length: 6 }, (_, index) => makeKey({ name: `old ${String(index)}`, lifetime: year })),
    );
    for (const [count, more] of [
      [4, undefined],
      [5, 'and 1 more'],
      [6, 'and 2 more'],
    ] as const) {
      const some = keys.slice(0, count);
      const requests = some.map((key) => ({ key, created: whileValid }));
      const error = await refused(requests, some, 'SIGNER_UNTRUSTED');
      expect(error.message.match(/expired on/g)).toHaveLength(4);
      expect(/and \d more/.exec(error.message)?.[0]).toBe(more);
    }
  });

  it('takes no signature by a retired key, and says that it is one', async () => {
    const file = { name: 'test.asc', bytes: publicKeyFile(good, other) };
    const [pinned, retired] = [good, other].map((key) => key.getFingerprint().toUpperCase());
    const pins = { fingerprints: [pinned!], retired: [retired!] };
    const keyring = await readPinnedKeyring(file, pins, 'test');
    const signed = await clearsign(text, { key: other });
    const error = await refusal(verifyCleartext(signed, keyring, now), VerificationError, 'SIGNER_UNTRUSTED');
    expect(error.message).toContain(`key ${retired!} is retired in the pins`);
    const both = await clearsign(text, { key: other }, { key: good });
    const { signers, ignored } = await verifyCleartext(both, keyring, now);
    expect(signers).toMatchObject([{ fingerprint: pinned, anchor: 'test' }]);
    expect(ignored).toMatchObject([{ fingerprint: retired, reason: 'retired-key' }]);
  });

  it('refuses a key on a curve that is not supported, and ignores it beside a good one', async () => {
    const key = await makeKey({ curve: 'nistP384' });
    const alien = onSecp256k1(key.toPublic().write());
    const { keyPacket } = await readKey({ binaryKey: alien });
    const signature = binarySignature(await signData(Buffer.from(text), { key }));
    // The signature names its maker: once by the fingerprint, which ends in the key ID, and once by that.
    const renamed = Buffer.from(signature)
      .toString('hex')
      .replaceAll(key.getFingerprint(), keyPacket.getFingerprint())
      .replaceAll(key.getKeyID().toHex(), keyPacket.getKeyID().toHex());
    const block = armor(enums.armor.signature, Buffer.from(renamed, 'hex')).replaceAll('\r', '');
    const keyring = await readKeyring([
      { name: 'alien', bytes: alien },
      { name: 'good', bytes: publicKeyFile(good) },
    ]);
    const alone = Buffer.from(frame(text, block));
    await refusal(verifyCleartext(alone, keyring, now), VerificationError, 'ALGORITHM_REFUSED');
    const fine = armorSignature(await signData(Buffer.from(text), { key: good }));
    const { ignored } = await verifyCleartext(Buffer.from(frame(text, block, fine)), keyring, now);
    expect(ignored.map((one) => one.reason)).toEqual(['weak-key']);
  });

  it('refuses a critical notation that nobody knows', async () => {
    const rawNotations = [
      { name: 'a@example.org', value: new Uint8Array(), humanReadable: true, critical: true },
    ];
    await refused([{ key: good, fields: { rawNotations } }], [good], 'SIGNATURE_INVALID');
  });

  it('refuses a bad signature by any key of the keyring, however good the others', async () => {
    const keyring = await keyringOf(good, other, expired, weak);
    const fine = armorSignature(await signData(Buffer.from(text), { key: good }));
    for (const request of [{ key: other }, { key: expired, created: whileValid }, { key: weak }]) {
      const bad = armorSignature(await signData(Buffer.from(`${text}!`), request));
      for (const file of [frame(text, bad, fine), frame(text, fine, bad)]) {
        await refusal(
          verifyCleartext(Buffer.from(file), keyring, now),
          VerificationError,
          'SIGNATURE_INVALID',
        );
      }
    }
  });

  it('refuses another text than the signed one', async () => {
    const file = (await clearsign(text, { key: good })).toString().replace('stable', 'stables');
    const keyring = await keyringOf(good);
    await refusal(verifyCleartext(Buffer.from(file), keyring, now), VerificationError, 'SIGNATURE_INVALID');
  });

  it('tells the most telling reason', async () => {
    const error = await refused(
      [{ key: unknown }, { key: expired, created: whileValid }, { key: rsa, hash: enums.hash.sha1 }],
      [good, expired, rsa],
      'ALGORITHM_REFUSED',
    );
    expect(error.context).toMatchObject({ reason: 'weak-hash' });
  });

  it('refuses to judge by a time that is none', async () => {
    const file = await clearsign(text, { key: expired, created: whileValid });
    const keyring = await keyringOf(expired);
    await refusal(verifyCleartext(file, keyring, new Date(Number.NaN)), UsageError, 'USAGE');
  });

  it.each([
    ['no packet', Buffer.alloc(0), 'EVIDENCE_MALFORMED'],
    ['a packet that is no signature', Buffer.from([0xcb, 0]), 'EVIDENCE_MALFORMED'],
    ['a marker packet', Buffer.from('ca03504750', 'hex'), 'EVIDENCE_MALFORMED'],
    ['a signature packet of nothing', Buffer.from([0xc2, 0]), 'ALGORITHM_REFUSED'],
    ['a signature of version 3', Buffer.from('c20303', 'hex').fill(3, 2), 'EVIDENCE_MALFORMED'],
    ['more signatures than anybody makes', Buffer.alloc(400, Buffer.from([0xc2, 0])), 'LIMIT_EXCEEDED'],
  ] as const)('refuses a signature block with %s', async (_, packets, code) => {
    const armored = `-----BEGIN PGP SIGNATURE-----\n\n${packets.toString('base64')}\n-----END PGP SIGNATURE-----\n`;
    const keyring = await keyringOf(good);
    await refusal(verifyCleartext(Buffer.from(frame(text, armored)), keyring, now), VerificationError, code);
  });
});

describe('keys that may not vouch', () => {
  it.each([
    ['superseded', 1],
    ['compromised', 2],
    ['retired', 3],
  ])('refuses a key that is revoked as %s, even for what it signed before', async (_, flag) => {
    const key = await makeKey();
    await revoke(key, undefined, {
      created: new Date('2026-10-01T00:00:00Z'),
      fields: { reasonForRevocationFlag: flag },
    });
    await refused([{ key }], [key], 'SIGNER_UNTRUSTED');
  });

  it.each([
    ['made with SHA-1', { hash: enums.hash.sha1 }],
    ['dated in the future', { created: new Date('2030-01-01T00:00:00Z') }],
    ['that has expired', { fields: { signatureExpirationTime: 60 } }],
    ['with a critical notation', { fields: { rawNotations: [criticalNotation] } }],
  ])('heeds a revocation %s', async (_, request) => {
    const key = await makeKey({ type: 'rsa' });
    await revoke(key, undefined, request);
    const error = await refused([{ key }], [key], 'SIGNER_UNTRUSTED');
    expect(error.context).toMatchObject({ reason: 'revoked-key' });
  });

  it('does not heed a revocation by somebody else', async () => {
    const key = await makeKey();
    const revocation = await signPacket(
      { key: key.keyPacket },
      { key: other, type: enums.signature.keyRevocation, fields: { reasonForRevocationFlag: 2 } },
    );
    key.revocationSignatures.push(revocation);
    expect((await verify([{ key }], [key])).signers).toHaveLength(1);
  });

  it('refuses a revoked subkey, and a subkey of a revoked primary', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    await revoke(key, subkeyOf(key));
    await refused([{ key: subkeyOf(key) }], [key], 'SIGNER_UNTRUSTED');
    const primaryRevoked = await makeKey({ subkeys: [{ sign: true }] });
    await revoke(primaryRevoked);
    await refused([{ key: subkeyOf(primaryRevoked) }], [primaryRevoked], 'SIGNER_UNTRUSTED');
  });

  it('refuses an expired subkey, and a subkey of an expired primary', async () => {
    const key = await makeKey({ subkeys: [{ sign: true, keyExpirationTime: year }] });
    await refused([{ key: subkeyOf(key), created: whileValid }], [key], 'SIGNER_UNTRUSTED');
    const primaryExpired = await makeKey({ lifetime: year, subkeys: [{ sign: true, keyExpirationTime: 0 }] });
    const error = await refused(
      [{ key: subkeyOf(primaryExpired), created: whileValid }],
      [primaryExpired],
      'SIGNER_UNTRUSTED',
    );
    expect(error.context).toMatchObject({ reason: 'expired-key' });
  });

  it('refuses a subkey of a weak primary', async () => {
    const key = await makeKey({ type: 'rsa', rsaBits: 1024, subkeys: [{ sign: true, type: 'ecc' }] });
    await refused([{ key: subkeyOf(key) }], [key], 'ALGORITHM_REFUSED');
  });

  it('refuses a key from the future', async () => {
    const created = new Date('2026-11-22T00:00:00Z');
    const key = await makeKey({ created });
    await refused([{ key, created: signedAt }], [key], 'METADATA_FROM_FUTURE');
  });

  it('refuses a subkey that is not for signing', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    await rebind(key, { keyFlags: new Uint8Array([enums.keyFlags.authentication]) });
    const error = await refused([{ key: subkeyOf(key) }], [key], 'SIGNER_UNTRUSTED');
    expect(error.context).toMatchObject({ reason: 'unbound-key' });
    expect(error.message).toContain('is not marked for signing data');
  });

  it('refuses a subkey without cross-certification', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    await rebind(key, { keyFlags: new Uint8Array([enums.keyFlags.signData]) });
    await refused([{ key: subkeyOf(key) }], [key], 'SIGNER_UNTRUSTED');
  });

  it('refuses a grafted subkey, whether bound by its own primary or by nobody', async () => {
    const owner = await makeKey({ subkeys: [{ sign: true }] });
    const victim = await makeKey({ name: 'victim' });
    victim.subkeys = owner.subkeys;
    await refused([{ key: subkeyOf(owner) }], [victim], 'SIGNER_UNTRUSTED');
  });

  it('refuses a key whose self-signature is SHA-1', async () => {
    const key = await makeKey({ type: 'rsa' });
    const user = key.users[0];
    if (!user?.userID) throw new Error('the key has no user ID');
    const data = { key: key.keyPacket, userID: user.userID };
    const keyFlags = new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]);
    const certify = { key, type: enums.signature.certPositive, fields: { keyFlags } };
    user.selfCertifications = [await signPacket(data, { ...certify, hash: enums.hash.sha256 })];
    expect((await verify([{ key }], [key])).signers).toHaveLength(1);
    user.selfCertifications = [await signPacket(data, { ...certify, hash: enums.hash.sha1 })];
    await refused([{ key }], [key], 'SIGNER_UNTRUSTED');
  });

  it('accepts a key that was renewed after it signed', async () => {
    const key = await makeKey({ lifetime: year });
    const user = key.users[0];
    if (!user?.userID) throw new Error('the key has no user ID');
    const keyFlags = new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]);
    const fields = { keyFlags, keyExpirationTime: 10 * year, keyNeverExpires: false };
    const data = { key: key.keyPacket, userID: user.userID };
    user.selfCertifications = [await signPacket(data, { key, type: enums.signature.certPositive, fields })];
    expect((await verify([{ key, created: whileValid }], [key])).signers).toHaveLength(1);
  });
});

/** Replaces what binds the key's subkey to it. */
async function rebind(key: PrivateKey, fields: SignatureRequest['fields']): Promise<void> {
  const subkey = subkeyOf(key);
  const bound = { key: key.keyPacket, bind: subkey.keyPacket };
  const request = { key, type: enums.signature.subkeyBinding, ...(fields && { fields }) };
  subkey.bindingSignatures = [await signPacket(bound, request)];
}
