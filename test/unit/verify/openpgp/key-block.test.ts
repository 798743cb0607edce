import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enums, readKey, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { UsageError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { KeyReport } from '../../../../src/model/openpgp-key.ts';
import { verifyKeyBlock as verifyPinned } from '../../../../src/verify/openpgp/key-block.ts';
import { parsePin } from '../../../../src/verify/openpgp/pin.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { verifyCleartext } from '../../../../src/verify/openpgp/verify-signatures.ts';
import {
  alienBodies,
  alienKey,
  certifyOnly,
  consentOf,
  fingerprintOfV4,
  rebind,
  selfSignedWith,
} from '../../../support/odd-keys.ts';
import {
  clearsign,
  makeKey,
  onSecp256k1,
  publicKeyFile,
  revoke,
  signPacket,
} from '../../../support/openpgp.ts';
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

/** Each says what ails the key, as people have to know it to ask for the right thing. */
describe('what a refusal says', () => {
  const primary = (key: PrivateKey) => `key ${pinOf(key).toUpperCase()}`;
  const subkey = (key: PrivateKey) =>
    `subkey ${key.subkeys[0]?.getFingerprint().toUpperCase() ?? ''} of ${primary(key)}`;

  async function ailing(make: () => Promise<PrivateKey>, code: ErrorCode, why: (key: PrivateKey) => string) {
    const key = await make();
    const error = await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      code,
    );
    expect(error.message).toContain(why(key));
    // The same of a signature by it, wherever one is judged.
    const signer = key.subkeys[0] ?? key;
    const keyring = await readKeyring([{ name: 'test.asc', bytes: publicKeyFile(key) }]);
    const signed = await clearsign('text', { key: signer, created: new Date('2024-06-01T00:00:00Z') });
    const refused = await refusal(verifyCleartext(signed, keyring, now), VerificationError, code);
    expect(refused.message).toContain(why(key));
  }

  it('of its own expiry', () =>
    ailing(
      () => makeKey({ lifetime: year }),
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} expired on 2024-12-31`,
    ));

  it('of its own expiry, whatever it signed with SHA-1 before', () =>
    ailing(
      async () => {
        const key = await makeKey({ type: 'rsa', lifetime: year });
        const [user] = key.users;
        const data = { key: key.keyPacket, userID: user!.userID! };
        const request = { key, type: enums.signature.certPositive, hash: enums.hash.sha1 };
        const created = key.getCreationTime();
        user!.selfCertifications.push(await signPacket(data, { ...request, created }));
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} expired on 2024-12-31`,
    ));

  it("of its subkey's expiry, where the key itself was renewed since", () =>
    ailing(
      () => certifyOnly({}, year),
      'SIGNER_UNTRUSTED',
      (key) => `${subkey(key)} expired on 2024-12-31`,
    ));

  it('of a revocation', () =>
    ailing(
      async () => {
        const key = await makeKey();
        await revoke(key, undefined, { fields: { reasonForRevocationFlag: 2 } });
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} is revoked (compromised)`,
    ));

  it('of the revocation of its subkey', () =>
    ailing(
      async () => {
        const key = await certifyOnly();
        await revoke(key, key.subkeys[0]);
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${subkey(key)} is revoked (superseded)`,
    ));

  it('of RSA that is too short', () =>
    ailing(
      () => makeKey({ type: 'rsa', rsaBits: 1024 }),
      'ALGORITHM_REFUSED',
      (key) => `${primary(key)} is of a refused kind or size (RSA of 1024 bits)`,
    ));

  it('of SHA-1', () =>
    ailing(
      () => selfSignedWith(enums.hash.sha1),
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} is bound by its own signature with SHA-1`,
    ));

  it('of SHA-1, whatever hash others claim that it is bound with', () =>
    ailing(
      async () => {
        const key = await selfSignedWith(enums.hash.sha1);
        const [user] = key.users;
        const data = { key: key.keyPacket, userID: user!.userID! };
        const signer = await makeKey({ type: 'rsa', name: 'stranger' });
        const request = { key: signer, type: enums.signature.certPositive, hash: enums.hash.md5 };
        const foreign = await signPacket(data, request);
        foreign.issuerKeyID = key.getKeyID();
        foreign.unhashedSubpackets = [
          { type: 16, critical: false, body: Buffer.from(key.getKeyID().toHex(), 'hex') },
        ];
        user!.selfCertifications.push(foreign);
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} is bound by its own signature with SHA-1, which`,
    ));

  it('of MD5 and SHA-224', async () => {
    for (const [hash, name] of [
      [enums.hash.md5, 'MD5'],
      [enums.hash.sha224, 'SHA-224'],
    ] as const) {
      await ailing(
        () => selfSignedWith(hash),
        'SIGNER_UNTRUSTED',
        () => `its own signature with ${name}`,
      );
    }
  });

  it('of SHA-1, also where the key has expired', () =>
    ailing(
      async () => selfSignedWith(enums.hash.sha1, { key: await makeKey({ type: 'rsa', lifetime: year }) }),
      'SIGNER_UNTRUSTED',
      () => 'SHA-1',
    ));

  it('of SHA-1 where a subkey is bound, or gives its consent', async () => {
    for (const [binding, consent, why] of [
      [enums.hash.sha1, enums.hash.sha256, 'is bound by a signature with SHA-1'],
      [enums.hash.sha256, enums.hash.sha1, 'is cross-certified by a signature with SHA-1'],
    ] as const) {
      const make = async () => {
        const key = await certifyOnly({ type: 'rsa' });
        await rebind(key, binding, await consentOf(key, consent));
        return key;
      };
      await ailing(make, 'SIGNER_UNTRUSTED', (key) => `${subkey(key)} ${why}`);
    }
  });

  it('of the consent of a subkey, which is missing', () =>
    ailing(
      async () => {
        const key = await certifyOnly();
        await rebind(key, enums.hash.sha256);
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${subkey(key)} is not cross-certified`,
    ));

  it('of the mark for signing, which is missing', () =>
    ailing(
      () => selfSignedWith(enums.hash.sha256, { keyFlags: new Uint8Array([enums.keyFlags.certifyKeys]) }),
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} is not marked for signing data`,
    ));

  it('of its end, from that very second on, once', async () => {
    const key = await makeKey({ lifetime: year });
    const end = new Date('2024-12-31T00:00:00Z');
    const judged = (time: Date) => verifyKeyBlock(publicKeyFile(key), [pinOf(key)], time);
    expect(await judged(new Date(end.getTime() - 1))).toMatchObject([{ status: 'usable' }]);
    const error = await refusal(judged(end), VerificationError, 'SIGNER_UNTRUSTED');
    expect(error.message.match(/expired on 2024-12-31/g)).toHaveLength(1);
  });

  it('of no signature of its own that counts', () =>
    ailing(
      async () => {
        const key = await makeKey();
        const [user] = key.users;
        const data = { key: key.keyPacket, userID: user!.userID! };
        const keyFlags = new Uint8Array([enums.keyFlags.signData]);
        const rawNotations = [
          { name: 'a@example.org', value: new Uint8Array(), humanReadable: true, critical: true },
        ];
        const fields = { keyFlags, rawNotations };
        user!.selfCertifications = [
          await signPacket(data, { key, type: enums.signature.certPositive, fields }),
        ];
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} has no valid signature of its primary that lets it sign data`,
    ));

  it('of the mark for signing, where its own signature has no marks at all', async () => {
    const key = await makeKey();
    const [user] = key.users;
    const data = { key: key.keyPacket, userID: user!.userID! };
    user!.selfCertifications = [await signPacket(data, { key, type: enums.signature.certPositive })];
    const error = await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(error.message).toContain(`${primary(key)} is not marked for signing data`);
  });

  it('of the future', () =>
    ailing(
      () => makeKey({ created: new Date('2027-01-01T00:00:00Z') }),
      'METADATA_FROM_FUTURE',
      (key) => `${primary(key)} is from the future`,
    ));

  it('of each subkey, where there are several', async () => {
    const key = await makeKey({
      subkeys: [
        { sign: true, keyExpirationTime: year },
        { sign: true, keyExpirationTime: 0 },
      ],
    });
    await selfSignedWith(enums.hash.sha256, { key, keyFlags: new Uint8Array([enums.keyFlags.certifyKeys]) });
    await revoke(key, key.subkeys[1]);
    const error = await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(error.message).toMatch(
      /subkey [0-9A-F]{40} .* expired on 2024-12-31; subkey [0-9A-F]{40} .* is revoked/,
    );
    expect(error.message).not.toContain('not marked');
  });

  it('of each subkey, also of one that is not bound where another has expired', async () => {
    const key = await certifyOnly({}, year);
    const { subkeys } = await makeKey({ name: 'adopted', subkeys: [{ sign: true }] });
    const [adopted] = subkeys;
    const fields = { keyFlags: new Uint8Array([enums.keyFlags.signData]) };
    const bound = { key: key.keyPacket, bind: adopted!.keyPacket };
    adopted!.bindingSignatures = [
      await signPacket(bound, { key, type: enums.signature.subkeyBinding, fields }),
    ];
    key.subkeys.push(adopted!);
    const error = await refusal(
      verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(error.message).toMatch(/expired on 2024-12-31; subkey [0-9A-F]{40} .* is not cross-certified/);
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
