/** Of a fetched file nothing is kept but what its pinned keys took back, whatever else is wrong with it. */
import { enums, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { isRevoked } from '../../../../src/verify/openpgp/appraise-key.ts';
import { canonicalise } from '../../../../src/verify/openpgp/fetched-keys.ts';
import { keepRevocations } from '../../../../src/verify/openpgp/keep-revocations.ts';
import { readPublicKeys } from '../../../../src/verify/openpgp/read-keys.ts';
import { armored, forged, packet, revocationOf, signatureBytes } from '../../../support/odd-keys.ts';
import { makeKey, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';

const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();

const key = await makeKey({ name: 'key', subkeys: [{ sign: true }, { sign: true }] });
const other = await makeKey({ name: 'other' });
const stranger = await makeKey({ name: 'stranger' });
const known = publicKeyFile(key, other);
const pinned = [pin(key), pin(other)];
const revocation = signatureBytes(await revocationOf(key));
const revoked = Buffer.concat([publicKeyFile(key), armored(revocation)]);

async function revokedIn(bytes: Uint8Array | undefined): Promise<string[]> {
  const { keys } = await readPublicKeys(bytes ?? new Uint8Array());
  const names = await Promise.all(
    keys.map(async (one) => ((await isRevoked(one, one)) ? [one.getFingerprint().toUpperCase()] : [])),
  );
  return names.flat();
}

describe('keepRevocations', () => {
  it.each([
    ['the file of before with it', revoked],
    ['it alone', armored(revocation)],
    ['it beside a stranger', Buffer.concat([revoked, publicKeyFile(stranger)])],
    ['it beside a private key', Buffer.concat([revoked, Buffer.from(stranger.armor())])],
    [
      'it beside half a block',
      Buffer.concat([publicKeyFile(stranger).subarray(0, 200), Buffer.from('\n'), revoked]),
    ],
    ['it beside a message', Buffer.concat([revoked, armored(packet(11, Buffer.from('b')))])],
    ['it beside garbage', Buffer.concat([Buffer.from('-----END PGP MESSAGE-----\n'), revoked])],
  ])('keeps a revocation out of %s', async (_, copy) => {
    const kept = await keepRevocations(known, [copy], pinned);
    expect(kept?.revoked).toEqual([`key ${pin(key)}`]);
    expect(await revokedIn(kept?.bytes)).toEqual([pin(key)]);
    const { keys, strays } = await readPublicKeys(kept?.bytes ?? new Uint8Array());
    expect(keys.map((one) => one.getFingerprint().toUpperCase()).sort()).toEqual(pinned.toSorted());
    expect(strays).toEqual([]);
    // What is kept says it once and for all.
    expect(await keepRevocations(kept?.bytes, [copy], pinned)).toBeUndefined();
  });

  it('keeps it out of any of several copies', async () => {
    for (const copies of [
      [known, revoked],
      [revoked, known],
      [Buffer.from('no key'), revoked],
    ]) {
      expect((await keepRevocations(known, copies, pinned))?.revoked).toEqual([`key ${pin(key)}`]);
    }
  });

  it('keeps that of a subkey, and that of a user ID', async () => {
    const subkey = key.subkeys[1]!;
    const ofSubkey = signatureBytes(await revocationOf(key, subkey));
    const kept = await keepRevocations(known, [armored(ofSubkey)], pinned);
    expect(kept?.revoked).toEqual([`subkey ${subkey.getFingerprint().toUpperCase()} of key ${pin(key)}`]);

    const renamed = await makeKey({ name: 'renamed' });
    const before = publicKeyFile(renamed);
    const user = renamed.users[0]!;
    const data = { key: renamed.keyPacket, userID: user.userID! };
    const request = {
      key: renamed,
      type: enums.signature.certRevocation,
      fields: { reasonForRevocationFlag: 32 },
    };
    user.revocationSignatures.push(await signPacket(data, request));
    const ofName = await keepRevocations(before, [publicKeyFile(renamed)], [pin(renamed)]);
    expect(ofName?.revoked).toEqual([`user ID "renamed <test@example.org>" of key ${pin(renamed)}`]);
  });

  it('keeps that of a subkey behind it, and tells of none that is not kept', async () => {
    const single = await makeKey({ name: 'single', subkeys: [{ sign: true }] });
    const before = publicKeyFile(single);
    const grown = await single.addSubkey({ sign: true, date: new Date('2026-01-01T00:00:00Z') });
    const named = (await makeKey({ name: 'alias' })).users[0]!;
    const data = { key: single.keyPacket, userID: named.userID! };
    const { certPositive, certRevocation } = enums.signature;
    const fields = { reasonForRevocationFlag: 32 };
    named.selfCertifications = [await signPacket(data, { key: single, type: certPositive })];
    named.revocationSignatures = [await signPacket(data, { key: single, type: certRevocation, fields })];
    grown.users.push(named);
    await revoke(grown, grown.subkeys[0]);
    await revoke(grown, grown.subkeys[1]);
    const kept = await keepRevocations(before, [publicKeyFile(grown)], [pin(single)]);
    const name = `subkey ${single.subkeys[0]!.getFingerprint().toUpperCase()} of key ${pin(single)}`;
    expect(kept?.revoked).toEqual([name]);
    const [only] = (await readPublicKeys(kept?.bytes ?? new Uint8Array())).keys;
    expect([only?.users.length, only?.subkeys.length]).toEqual([1, 1]);
  });

  it('tells of what is revoked now and was not', async () => {
    const several = await makeKey({ name: 'several', subkeys: [{ sign: true }, { sign: true }] });
    const named = (await makeKey({ name: 'alias' })).users[0]!;
    const data = { key: several.keyPacket, userID: named.userID! };
    const { certPositive, certRevocation } = enums.signature;
    named.selfCertifications = [await signPacket(data, { key: several, type: certPositive })];
    several.users.push(named);
    await revoke(several, several.subkeys[0]);
    const before = publicKeyFile(several);
    await revoke(several, several.subkeys[1]);
    const fields = { reasonForRevocationFlag: 32 };
    named.revocationSignatures = [await signPacket(data, { key: several, type: certRevocation, fields })];
    const kept = await keepRevocations(before, [publicKeyFile(several)], [pin(several)]);
    const second = several.subkeys[1]!.getFingerprint().toUpperCase();
    expect(kept?.revoked).toEqual([
      `subkey ${second} of key ${pin(several)}`,
      `user ID "alias <test@example.org>" of key ${pin(several)}`,
    ]);
  });

  it('takes nothing else: no renewal, no user ID, no subkey, no key', async () => {
    const renewed = await key.addSubkey({ sign: true, date: new Date('2026-01-01T00:00:00Z') });
    const more = Buffer.concat([publicKeyFile(renewed, other, stranger), armored(revocation)]);
    const kept = await keepRevocations(known, [more], pinned);
    const plain = await keepRevocations(known, [revoked], pinned);
    expect(Buffer.from(kept?.bytes ?? '').toString()).toBe(Buffer.from(plain?.bytes ?? '').toString());
    expect(await keepRevocations(known, [publicKeyFile(renewed, stranger)], pinned)).toBeUndefined();
  });

  it('keeps nothing that the key did not make', async () => {
    const wrong = Buffer.concat([publicKeyFile(key), armored(forged(await revocationOf(key)))]);
    expect(await keepRevocations(known, [wrong], pinned)).toBeUndefined();
    // Made by another key over this one.
    const type = enums.signature.keyRevocation;
    const foreign = await signPacket({ key: key.keyPacket }, { key: stranger, type });
    const copy = Buffer.concat([publicKeyFile(key, stranger), armored(signatureBytes(foreign))]);
    expect(await keepRevocations(known, [copy], pinned)).toBeUndefined();
  });

  it('keeps none of a key that is not pinned', async () => {
    const lost = await makeKey();
    await revoke(lost);
    expect(await keepRevocations(known, [publicKeyFile(lost)], pinned)).toBeUndefined();
    expect(await keepRevocations(publicKeyFile(lost), [publicKeyFile(lost)], pinned)).toBeUndefined();
    // A file that holds more than its pins say keeps no more than they do.
    const kept = await keepRevocations(publicKeyFile(key, stranger), [revoked], pinned);
    const { keys } = await readPublicKeys(kept?.bytes ?? new Uint8Array());
    expect(keys.map((one) => one.getFingerprint().toUpperCase())).toEqual([pin(key)]);
  });

  it('keeps a pinned key that was not there before, where it is revoked', async () => {
    for (const before of [undefined, Buffer.from('garbage'), publicKeyFile(stranger)]) {
      const kept = await keepRevocations(before, [Buffer.concat([revoked, publicKeyFile(other)])], pinned);
      expect(kept?.revoked).toEqual([`key ${pin(key)}`]);
      expect(await revokedIn(kept?.bytes)).toEqual([pin(key)]);
      expect(await keepRevocations(before, [known], pinned)).toBeUndefined();
    }
  });

  it('keeps one that stands in the file of before already, in whatever form', async () => {
    expect(await keepRevocations(revoked, [known], [pin(key)])).toBeUndefined();
    expect(await revokedIn(await canonicalise(revoked))).toEqual([pin(key)]);
  });
});
