import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enums, readKey, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import type { KeyReport } from '../../../../src/model/openpgp-key.ts';
import { verifyKeyBlock as verifyPinned } from '../../../../src/verify/openpgp/key-block.ts';
import { parsePin } from '../../../../src/verify/openpgp/pin.ts';
import {
  alienBodies,
  alienKey,
  certifyOnly,
  fingerprintOfV4,
  selfSignedWith,
} from '../../../support/odd-keys.ts';
import { makeKey, onSecp256k1, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const year = 365 * 86_400;

const good = await makeKey({ name: 'good', subkeys: [{ sign: true }, { sign: false }] });
const other = await makeKey({ name: 'other' });
const expired = await makeKey({ name: 'expired', lifetime: year });

const pinOf = (key: PrivateKey) => key.getFingerprint();

async function verifyKeyBlock(
  bytes: Uint8Array,
  fingerprints: readonly string[],
  time: Date,
  retired: readonly string[] = [],
): Promise<readonly KeyReport[]> {
  return (await verifyPinned(bytes, { fingerprints, retired }, time)).keys;
}

describe('verifyKeyBlock', () => {
  it('reports what the block holds', async () => {
    const [report] = await verifyKeyBlock(publicKeyFile(good), [pinOf(good)], now);
    expect(report).toEqual({
      fingerprint: pinOf(good).toUpperCase(),
      algorithm: 'ed25519',
      bits: undefined,
      created: new Date('2024-01-01T00:00:00Z'),
      expires: undefined,
      userIds: ['good <test@example.org>'],
      signingSubkeys: [
        {
          fingerprint: good.subkeys[0]?.getFingerprint().toUpperCase(),
          algorithm: 'ed25519',
          bits: undefined,
          created: new Date('2024-01-01T00:00:00Z'),
          expires: undefined,
          revoked: false,
          status: 'usable',
        },
      ],
      status: 'usable',
    });
  });

  it("accepts Debian's own key", async () => {
    const path = '../../../fixtures/debian/keys/debian-archive-trixie-automatic.asc';
    const block = readFileSync(join(import.meta.dirname, path));
    const [report] = await verifyKeyBlock(block, ['04B54C3CDCA79751B16BC6B5225629DF75B188BD'], now);
    expect(report).toMatchObject({
      algorithm: 'rsa',
      bits: 4096,
      expires: new Date('2035-03-28T12:50:29Z'),
      userIds: ['Debian Archive Automatic Signing Key (13/trixie) <ftpmaster@debian.org>'],
      signingSubkeys: [{ fingerprint: 'B8E5F13176D2A7A75220028078DBA3BC47EF2265', revoked: false }],
    });
  });

  it('takes several pinned keys, in any order, and copies of them', async () => {
    const block = publicKeyFile(other, good, other);
    const reports = await verifyKeyBlock(block, [pinOf(good), pinOf(other)], now);
    expect(reports.map((report) => report.fingerprint.toLowerCase())).toEqual([pinOf(other), pinOf(good)]);
  });

  it('takes binary keys', async () => {
    expect(await verifyKeyBlock(good.toPublic().write(), [pinOf(good)], now)).toHaveLength(1);
  });

  it('reports an expired key beside a usable one', async () => {
    const reports = await verifyKeyBlock(publicKeyFile(good, expired), [pinOf(good), pinOf(expired)], now);
    expect(reports.map((report) => report.status)).toEqual(['usable', 'expired']);
    expect(reports[1]?.expires).toEqual(new Date('2024-12-31T00:00:00Z'));
  });

  it('reports a key whose subkeys have expired, or are revoked, as expired, beside a usable one', async () => {
    const key = await certifyOnly({}, year);
    const grown = await key.addSubkey({ sign: true, date: key.getCreationTime() });
    await revoke(grown, grown.subkeys[1]);
    const reports = await verifyKeyBlock(publicKeyFile(good, grown), [pinOf(good), pinOf(key)], now);
    expect(reports.map(({ status }) => status)).toEqual(['usable', 'expired']);
    expect(reports[1]?.signingSubkeys.map(({ status }) => status)).toEqual(['expired', 'revoked']);
  });

  it('reports a subkey that any of its bindings marks for signing', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    const [subkey] = key.subkeys;
    const data = { key: key.keyPacket, bind: subkey!.keyPacket };
    const fields = { keyFlags: new Uint8Array([enums.keyFlags.authentication]) };
    const request = { key, type: enums.signature.subkeyBinding, fields };
    subkey!.bindingSignatures.push(await signPacket(data, request));
    const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    expect(report?.signingSubkeys).toMatchObject([{ status: 'unbound' }]);
  });

  it('reports of a subkey that it ends with the primary, or before', async () => {
    const end = (years: number) => new Date(Date.UTC(2024, 0, 1) + years * year * 1000);
    for (const [lifetime, ofSubkey, ...ends] of [
      [0, 5 * year, undefined, end(5)],
      [5 * year, 0, end(5), end(5)],
      [4 * year, 5 * year, end(4), end(4)],
      [5 * year, 4 * year, end(5), end(4)],
    ] as const) {
      const key = await makeKey({ lifetime, subkeys: [{ sign: true, keyExpirationTime: ofSubkey }] });
      const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
      expect([report?.expires, report?.signingSubkeys[0]?.expires]).toEqual(ends);
    }
  });

  it('reports a revoked subkey beside a usable one', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    await revoke(key, key.subkeys[0]);
    const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    expect(report?.signingSubkeys.map((subkey) => subkey.revoked)).toEqual([true, false]);
  });

  it('reports of each signing subkey whether it can vouch', async () => {
    const key = await makeKey({
      subkeys: [{ sign: true }, { sign: true, type: 'rsa', rsaBits: 1024 }, { sign: true }],
    });
    const adopted = key.subkeys[2];
    if (adopted === undefined) throw new Error('the key has too few subkeys');
    const data = { key: key.keyPacket, bind: adopted.keyPacket };
    const fields = { keyFlags: new Uint8Array([enums.keyFlags.signData]) };
    const type = enums.signature.subkeyBinding;
    adopted.bindingSignatures = [await signPacket(data, { key, type, fields })];
    const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    expect(report?.signingSubkeys.map(({ status }) => status)).toEqual(['usable', 'weak', 'unbound']);
  });

  it('leaves out a user ID that the owner did not certify', async () => {
    const key = await makeKey();
    const forged = (await makeKey({ name: 'Debian' })).users[0];
    if (forged === undefined) throw new Error('the key has no user ID');
    key.users.push(forged);
    const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    expect(report?.userIds).toEqual(['test <test@example.org>']);
  });

  it('leaves out a user ID for which the owner has certified another', async () => {
    const key = await makeKey();
    const forged = (await makeKey({ name: 'Debian' })).users[0]!;
    forged.selfCertifications = key.users[0]!.selfCertifications;
    key.users.push(forged);
    const [report] = await verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    expect(report?.userIds).toEqual(['test <test@example.org>']);
  });

  it('says which keys are missing, and which are not expected', async () => {
    const [wanted, found] = [pinOf(good).toUpperCase(), pinOf(other).toUpperCase()];
    const refused = async (keys: PrivateKey[], pins: PrivateKey[]) =>
      refusal(
        verifyKeyBlock(publicKeyFile(...keys), pins.map(pinOf), now),
        VerificationError,
        'PIN_MISMATCH',
      );
    const [missing, unexpected] = [`pinned but not there: ${wanted}`, `there but not pinned: ${found}`];
    const both = await refused([other], [good]);
    expect(both.context).toEqual({ missing: [wanted], unexpected: [found] });
    expect(both.message).toBe(`other keys than the pinned ones; ${missing}; ${unexpected}`);
    const fewer = await refused([other], [good, other]);
    expect(fewer.message).toBe(`other keys than the pinned ones; ${missing}`);
    const more = await refused([good, other], [good]);
    expect(more.message).toBe(`other keys than the pinned ones; ${unexpected}`);
  });

  it('takes as many keys as there may be, and no more', async () => {
    const keys = await Promise.all(Array.from({ length: 65 }, () => makeKey()));
    const most = keys.slice(1);
    expect(await verifyKeyBlock(publicKeyFile(...most), most.map(pinOf), now)).toHaveLength(64);
    const judged = verifyKeyBlock(publicKeyFile(...keys), keys.map(pinOf), now);
    await refusal(judged, VerificationError, 'LIMIT_EXCEEDED');
  });

  it.each([
    ['another key', publicKeyFile(other), [pinOf(good)]],
    ['one key more', publicKeyFile(good, other), [pinOf(good)]],
    ['one key less', publicKeyFile(good), [pinOf(good), pinOf(other)]],
    ['a pin of the subkey', publicKeyFile(good), [good.subkeys[0]?.getFingerprint() ?? '']],
    ['no pins', publicKeyFile(good), []],
  ])('refuses %s', async (_, block, pins) => {
    await refusal(verifyKeyBlock(block, pins, now), VerificationError, 'PIN_MISMATCH');
  });

  it('refuses a revoked key, also beside a good one', async () => {
    const key = await makeKey();
    await revoke(key);
    await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    const pins = [pinOf(good), pinOf(key)];
    await refusal(verifyKeyBlock(publicKeyFile(good, key), pins, now), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('refuses a keyring in which every key has expired', async () => {
    const block = publicKeyFile(expired);
    await refusal(verifyKeyBlock(block, [pinOf(expired)], now), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('refuses a key whose only signing subkey is expired, revoked or not cross-certified', async () => {
    const outdated = await certifyOnly({}, year);
    const revoked = await certifyOnly();
    await revoke(revoked, revoked.subkeys[0]);
    const unbound = await certifyOnly();
    const [subkey] = unbound.subkeys;
    if (subkey === undefined) throw new Error('the key has no subkey');
    const fields = { keyFlags: new Uint8Array([enums.keyFlags.signData]) };
    const bound = { key: unbound.keyPacket, bind: subkey.keyPacket };
    subkey.bindingSignatures = [
      await signPacket(bound, { key: unbound, type: enums.signature.subkeyBinding, fields }),
    ];
    for (const key of [outdated, revoked, unbound]) {
      const block = publicKeyFile(key);
      await refusal(verifyKeyBlock(block, [pinOf(key)], now), VerificationError, 'SIGNER_UNTRUSTED');
    }
  });

  it('refuses a key that only certifies, beside a good one', async () => {
    const key = await certifyOnly();
    key.subkeys = [];
    const pins = [pinOf(good), pinOf(key)];
    await refusal(verifyKeyBlock(publicKeyFile(good, key), pins, now), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('refuses weak keys', async () => {
    const weak = await makeKey({ type: 'rsa', rsaBits: 1024, subkeys: [{ sign: true, type: 'ecc' }] });
    await refusal(
      verifyKeyBlock(publicKeyFile(weak), [pinOf(weak)], now),
      VerificationError,
      'ALGORITHM_REFUSED',
    );
    const curve = onSecp256k1((await makeKey({ curve: 'nistP384' })).toPublic().write());
    const pin = (await readKey({ binaryKey: curve })).getFingerprint();
    const refused = await refusal(verifyKeyBlock(curve, [pin], now), VerificationError, 'ALGORITHM_REFUSED');
    expect(refused.message).toContain('is of a refused kind or size (ecdsa secp256k1)');
  });

  it('refuses a key from the future', async () => {
    const key = await makeKey({ created: new Date('2027-01-01T00:00:00Z') });
    await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      'METADATA_FROM_FUTURE',
    );
  });

  it.each(Object.entries(alienBodies))(
    'passes over a key %s beside the pinned one, and says so',
    async (_, body) => {
      const block = Buffer.concat([good.toPublic().write(), alienKey(body)]);
      const { keys, notes } = await verifyPinned(block, { fingerprints: [pinOf(good)] }, now);
      expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([pinOf(good).toUpperCase()]);
      expect(notes).toEqual([expect.stringContaining('was passed over')]);
    },
  );

  it('refuses a pinned key that it cannot read, for what it is', async () => {
    const body = alienBodies['of an unknown algorithm']!;
    const block = Buffer.concat([good.toPublic().write(), alienKey(body)]);
    const pins = [pinOf(good), fingerprintOfV4(body)];
    const error = await refusal(verifyKeyBlock(block, pins, now), VerificationError, 'ALGORITHM_REFUSED');
    expect(error.message).toContain('version 4, algorithm 99');
  });

  it.each([
    ['nothing', '', 'EVIDENCE_MISSING'],
    ['a web page', '<!DOCTYPE html>', 'EVIDENCE_MISSING'],
    ['a private key', good.armor(), 'EVIDENCE_MALFORMED'],
    ['a cut block', publicKeyFile(good).toString().slice(0, 300), 'EVIDENCE_MALFORMED'],
    ['a message', '-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----', 'EVIDENCE_MALFORMED'],
    ['two megabytes', 'x'.repeat(2_000_000), 'LIMIT_EXCEEDED'],
  ] as const)('refuses %s', async (_, block, code) => {
    await refusal(verifyKeyBlock(Buffer.from(block), [pinOf(good)], now), VerificationError, code);
  });

  it.each([
    ['private', good.write()],
    ['public', good.toPublic().write()],
  ])(
    'refuses %s keys in binary before armored ones: gpg reads the former, and they hide',
    async (_, binary) => {
      const block = Buffer.concat([binary, Buffer.from('\n'), publicKeyFile(good)]);
      await refusal(verifyKeyBlock(block, [pinOf(good)], now), VerificationError, 'EVIDENCE_MALFORMED');
    },
  );

  it('refuses more packets than a key has', async () => {
    const flood = Buffer.concat([good.toPublic().write(), Buffer.alloc(20_000, Buffer.from([0xcd, 0]))]);
    await refusal(verifyKeyBlock(flood, [pinOf(good)], now), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('refuses to judge by a time that is none', async () => {
    await refusal(verifyKeyBlock(publicKeyFile(good), [pinOf(good)], new Date('x')), UsageError, 'USAGE');
  });
});

describe('a retired key', () => {
  it('may be there or not, in whatever state, and is reported as nothing', async () => {
    const revoked = await makeKey();
    await revoke(revoked);
    const weak = await makeKey({ type: 'rsa', rsaBits: 1024 });
    const future = await makeKey({ created: new Date('2027-01-01T00:00:00Z') });
    for (const retired of [revoked, weak, future, expired, other, await selfSignedWith(enums.hash.sha1)]) {
      const both = publicKeyFile(retired, good);
      await refusal(verifyKeyBlock(both, [pinOf(good)], now), VerificationError, 'PIN_MISMATCH');
      for (const block of [both, publicKeyFile(good)]) {
        const reports = await verifyKeyBlock(block, [pinOf(good)], now, [pinOf(retired)]);
        expect(reports.map(({ fingerprint }) => fingerprint)).toEqual([pinOf(good).toUpperCase()]);
      }
    }
  });

  it('makes up for no pinned one', async () => {
    const alone = publicKeyFile(other);
    await refusal(
      verifyKeyBlock(alone, [pinOf(good)], now, [pinOf(other)]),
      VerificationError,
      'PIN_MISMATCH',
    );
    await refusal(verifyKeyBlock(alone, [], now, [pinOf(other)]), VerificationError, 'SIGNER_UNTRUSTED');
    const block = publicKeyFile(expired, other);
    await refusal(
      verifyKeyBlock(block, [pinOf(expired)], now, [pinOf(other)]),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
  });
});

describe('parsePin', () => {
  const fingerprint = '04B54C3CDCA79751B16BC6B5225629DF75B188BD';

  it.each([
    ['as it is', fingerprint],
    ['in lower case', fingerprint.toLowerCase()],
    ['in groups', '04b5 4c3c dca7 9751 b16b  c6b5 2256 29df 75b1 88bd'],
    ['with 0x', `0x${fingerprint}`],
  ])('reads a fingerprint %s', (_, text) => {
    expect(parsePin(text)).toBe(fingerprint);
  });

  it('reads a fingerprint of version 6', () => {
    expect(parsePin('ab'.repeat(32))).toBe('AB'.repeat(32));
  });

  it.each([
    '',
    '75B188BD',
    '225629DF75B188BD',
    fingerprint.slice(1),
    `${fingerprint}0`,
    `${fingerprint}\n`,
    'x',
  ])('refuses %j', async (text) => {
    await refusal(() => parsePin(text), UsageError, 'TRUST_INVALID');
  });
});
