import { enums, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  prepareFetchedKeys,
  requireSameKeys,
  surveyCopies,
} from '../../../../src/verify/openpgp/fetched-keys.ts';
import { makeKey, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const day = 86_400;

const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();
const pins = (key: PrivateKey) => ({ fingerprints: [pin(key)] });

/** Certifies the key's user ID again, at that time and with that life. */
async function renew(key: PrivateKey, created: Date, lifetimeSeconds: number): Promise<void> {
  const user = key.users[0];
  if (!user?.userID) throw new Error('the key has no user ID');
  const fields = {
    keyFlags: new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]),
    keyExpirationTime: lifetimeSeconds,
    keyNeverExpires: false,
  };
  const data = { key: key.keyPacket, userID: user.userID };
  const request = { key, type: enums.signature.certPositive, created, fields };
  user.selfCertifications.push(await signPacket(data, request));
}

describe('prepareFetchedKeys', () => {
  it('joins copies: a newer expiry in one of them counts', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    const old = publicKeyFile(key);
    await renew(key, new Date('2026-05-01T00:00:00Z'), 4 * 365 * day);
    const renewed = publicKeyFile(key);
    const kept = await prepareFetchedKeys([old, renewed], pins(key), old, now);
    expect(kept.keys[0]?.expires?.toISOString()).toBe('2027-12-31T00:00:00.000Z');
    expect(kept.bytes).toEqual((await prepareFetchedKeys([renewed], pins(key), undefined, now)).bytes);
  });

  it('refuses a copy without the newest signature that is known: a shortened life is no longer', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    const old = publicKeyFile(key);
    await renew(key, new Date('2026-05-01T00:00:00Z'), 4 * 365 * day);
    await refusal(
      prepareFetchedKeys([old], pins(key), publicKeyFile(key), now),
      VerificationError,
      'METADATA_ROLLBACK',
    );
  });

  it('refuses a copy that lacks a known revocation, also where the subkey is gone', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    const before = publicKeyFile(key);
    await revoke(key, key.subkeys[0]);
    const known = publicKeyFile(key);
    await refusal(
      prepareFetchedKeys([before], pins(key), known, now),
      VerificationError,
      'METADATA_ROLLBACK',
    );
    key.subkeys.shift();
    const without = publicKeyFile(key);
    await refusal(
      prepareFetchedKeys([without], pins(key), known, now),
      VerificationError,
      'METADATA_ROLLBACK',
    );
    expect((await prepareFetchedKeys([before, known], pins(key), known, now)).keys).toHaveLength(1);
  });

  it('refuses a copy in which the key itself is not revoked any more, and takes one that is new', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const [copy, fresh] = [publicKeyFile(key), publicKeyFile(other)];
    await revoke(key);
    const known = publicKeyFile(key);
    const asked = prepareFetchedKeys([copy], pins(key), known, now);
    const { message } = await refusal(asked, VerificationError, 'METADATA_ROLLBACK');
    expect(message).toContain('the revocation of its primary key is not in it');
    expect((await prepareFetchedKeys([fresh], pins(other), known, now)).keys).toHaveLength(1);
  });

  it('refuses a copy in which a user ID that was revoked is not, and takes one without it', async () => {
    const key = await makeKey();
    const second = await makeKey({ name: 'second' });
    const [user, other] = [key.users[0], second.users[0]];
    if (!user?.userID || !other?.userID) throw new Error('a key has no user ID');
    const data = { key: key.keyPacket, userID: other.userID };
    const fields = { keyFlags: new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]) };
    const created = key.getCreationTime();
    const certification = { key, type: enums.signature.certPositive, created, fields };
    other.selfCertifications = [await signPacket(data, certification)];
    key.users.push(other);
    const before = publicKeyFile(key);
    const revocation = { key, type: enums.signature.certRevocation, fields: { reasonForRevocationFlag: 32 } };
    other.revocationSignatures.push(await signPacket(data, revocation));
    const known = publicKeyFile(key);
    await refusal(
      prepareFetchedKeys([before], pins(key), known, now),
      VerificationError,
      'METADATA_ROLLBACK',
    );
    expect((await prepareFetchedKeys([before, known], pins(key), known, now)).keys).toHaveLength(1);
    key.users.pop();
    const { keys } = await prepareFetchedKeys([publicKeyFile(key)], pins(key), known, now);
    expect(keys[0]?.userIds).toHaveLength(1);
  });

  it('takes a copy without a subkey that was not revoked', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    const known = publicKeyFile(key);
    key.subkeys.pop();
    const kept = await prepareFetchedKeys([publicKeyFile(key)], pins(key), known, now);
    expect(kept.keys[0]?.signingSubkeys).toHaveLength(1);
  });

  it('refuses where one copy of several holds another key, or a private one', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const good = publicKeyFile(key);
    await refusal(
      prepareFetchedKeys([good, publicKeyFile(key, other)], pins(key), undefined, now),
      VerificationError,
      'PIN_MISMATCH',
    );
    await refusal(
      prepareFetchedKeys([good, Buffer.from(key.armor())], pins(key), undefined, now),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
  });

  it('refuses a copy without a pinned key that another one has', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const both = publicKeyFile(key, other);
    const wanted = { fingerprints: [pin(key), pin(other)] };
    expect((await prepareFetchedKeys([both, both], wanted, undefined, now)).keys).toHaveLength(2);
    for (const copies of [
      [both, publicKeyFile(key)],
      [publicKeyFile(other), both],
    ]) {
      const { context } = await refusal(
        prepareFetchedKeys(copies, wanted, undefined, now),
        VerificationError,
        'PIN_MISMATCH',
      );
      expect(context['missing']).toHaveLength(1);
    }
  });

  it('keeps nothing of a retired key', async () => {
    const [key, retired] = [await makeKey(), await makeKey()];
    const wanted = { ...pins(key), retired: [pin(retired)] };
    const kept = await prepareFetchedKeys([publicKeyFile(retired, key)], wanted, undefined, now);
    const without = await prepareFetchedKeys([publicKeyFile(key)], pins(key), undefined, now);
    expect(kept).toEqual(without);
  });

  it('refuses a primary that is revoked in any copy', async () => {
    const key = await makeKey();
    const good = publicKeyFile(key);
    await revoke(key);
    await refusal(
      prepareFetchedKeys([good, publicKeyFile(key)], pins(key), undefined, now),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
  });
});

describe('surveyCopies', () => {
  it('lists the primaries, and which of them not every copy has', async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const [one, both] = [publicKeyFile(key), publicKeyFile(key, other)];
    const same = await surveyCopies([both, publicKeyFile(other, key)], undefined, now);
    expect(same.map(({ fingerprint }) => fingerprint)).toEqual([pin(key), pin(other)].sort());
    requireSameKeys(same, []);
    const partial = await surveyCopies([one, both], undefined, now);
    await refusal(
      () => {
        requireSameKeys(partial, []);
      },
      VerificationError,
      'PIN_MISMATCH',
    );
    requireSameKeys(partial, [pin(other)]);
  });

  it('judges each by all that is known of it', async () => {
    const key = await makeKey();
    const before = publicKeyFile(key);
    await revoke(key);
    const revoked = publicKeyFile(key);
    for (const [copies, known] of [
      [[before, revoked], undefined],
      [[before], revoked],
    ] as const) {
      expect(await surveyCopies(copies, known, now)).toMatchObject([{ standing: { kind: 'revoked' } }]);
    }
    expect(await surveyCopies([before], undefined, now)).toMatchObject([{ standing: { kind: 'usable' } }]);
  });

  it('lists none that no copy has', async () => {
    const [key, known] = [await makeKey(), await makeKey()];
    const served = await surveyCopies([publicKeyFile(key)], publicKeyFile(known, key), now);
    expect(served).toMatchObject([{ fingerprint: pin(key), isInEveryCopy: true }]);
  });
});
