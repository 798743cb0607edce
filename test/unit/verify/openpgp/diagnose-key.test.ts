/** What ails a key, as people have to know it to ask for the right thing. */
import { enums, readKeys, type PrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { KeyReport } from '../../../../src/model/openpgp-key.ts';
import { algorithmOf } from '../../../../src/verify/openpgp/diagnose-key.ts';
import { verifyKeyBlock as verifyPinned } from '../../../../src/verify/openpgp/key-block.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { verifyCleartext } from '../../../../src/verify/openpgp/verify-signatures.ts';
import { certifyOnly, consentOf, packet, rebind, selfSignedWith } from '../../../support/odd-keys.ts';
import { clearsign, makeKey, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-20T12:00:00Z');
const year = 365 * 86_400;
const pinOf = (key: PrivateKey) => key.getFingerprint();

async function verifyKeyBlock(
  bytes: Uint8Array,
  fingerprints: readonly string[],
  time: Date,
): Promise<readonly KeyReport[]> {
  return (await verifyPinned(bytes, { fingerprints }, time)).keys;
}

/** Of its pins, and the same of a signature by it. */
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

  it('of a hash that nothing here computes, by what the signature says of itself', async () => {
    for (const [hash, name] of [
      [enums.hash.ripemd, 'RIPEMD-160'],
      [99, 'hash algorithm 99'],
    ] as const) {
      const make = async () => {
        const key = await makeKey();
        key.users[0]!.selfCertifications[0]!.signatureData![3] = hash;
        return key;
      };
      await ailing(make, 'SIGNER_UNTRUSTED', () => `its own signature with ${name}, which can be forged`);
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

  it.each([
    ['which is missing', false],
    ['which its newest binding does not have', true],
  ])('of the consent of a subkey, %s', (_, hadIt) =>
    ailing(
      async () => {
        const key = await certifyOnly();
        const [subkey] = key.subkeys;
        const [before] = subkey!.bindingSignatures;
        await rebind(key, enums.hash.sha256);
        if (hadIt) subkey!.bindingSignatures.unshift(before!);
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${subkey(key)} is not cross-certified`,
    ),
  );

  it('of its expiry, though it was not marked for signing once', () =>
    ailing(
      async () => {
        const key = await makeKey();
        const [user] = key.users;
        const data = { key: key.keyPacket, userID: user!.userID! };
        const type = enums.signature.certPositive;
        const { certifyKeys, signData } = enums.keyFlags;
        const life = { keyExpirationTime: year, keyNeverExpires: false };
        user!.selfCertifications = [
          await signPacket(data, {
            ...{ key, type, created: new Date('2024-01-02T00:00:00Z') },
            fields: { keyFlags: new Uint8Array([certifyKeys]) },
          }),
          await signPacket(data, {
            ...{ key, type, created: new Date('2024-02-01T00:00:00Z') },
            fields: { keyFlags: new Uint8Array([signData]), ...life },
          }),
        ];
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} expired on 2024-12-31`,
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

  it('of no signature of its own, where a stranger’s is in its place', () =>
    ailing(
      async () => {
        const key = await makeKey();
        const [user] = key.users;
        const data = { key: key.keyPacket, userID: user!.userID! };
        const type = enums.signature.certPositive;
        const fields = { keyFlags: new Uint8Array([enums.keyFlags.signData]) };
        const foreign = await signPacket(data, { key: await makeKey(), type, fields });
        const body = Buffer.from(key.getKeyID().toHex(), 'hex');
        foreign.unhashedSubpackets = [{ type: 16, critical: false, body }];
        user!.selfCertifications = [foreign];
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${primary(key)} has no valid signature of its primary that lets it sign data`,
    ));

  it('of no binding that counts, and of no end that is yet to come', () =>
    ailing(
      async () => {
        const key = await makeKey({ lifetime: 10 * year, subkeys: [{ sign: true }] });
        const [subkey] = key.subkeys;
        const rawNotations = [
          { name: 'a@example.org', value: new Uint8Array(), humanReadable: true, critical: true },
        ];
        const keyFlags = new Uint8Array([enums.keyFlags.signData]);
        const embeddedSignature = await consentOf(key, enums.hash.sha256);
        const type = enums.signature.subkeyBinding;
        const fields = { keyFlags, rawNotations, embeddedSignature };
        const data = { key: key.keyPacket, bind: subkey!.keyPacket };
        subkey!.bindingSignatures = [await signPacket(data, { key, type, fields })];
        const [user] = key.users;
        const certifying = new Uint8Array([enums.keyFlags.certifyKeys]);
        const life = { keyExpirationTime: 10 * year, keyNeverExpires: false };
        user!.selfCertifications = [
          await signPacket(
            { key: key.keyPacket, userID: user!.userID! },
            { key, type: enums.signature.certPositive, fields: { keyFlags: certifying, ...life } },
          ),
        ];
        return key;
      },
      'SIGNER_UNTRUSTED',
      (key) => `${subkey(key)} has no valid signature of its primary that lets it sign data`,
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
    for (const order of [key.subkeys, key.subkeys.toReversed()]) {
      key.subkeys = order;
      const judged = verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
      const { message } = await refusal(judged, VerificationError, 'SIGNER_UNTRUSTED');
      expect(message).toMatch(/subkey [0-9A-F]{40} of key [0-9A-F]{40} expired on 2024-12-31/);
      expect(message).toMatch(/subkey [0-9A-F]{40} of key [0-9A-F]{40} is not cross-certified/);
    }
  });
});

describe('a reason for a revocation', () => {
  it.each([
    [enums.reasonForRevocation.noReason, 'is revoked'],
    [enums.reasonForRevocation.keySuperseded, 'is revoked (superseded)'],
    [enums.reasonForRevocation.keyCompromised, 'is revoked (compromised)'],
    [enums.reasonForRevocation.keyRetired, 'is revoked (retired by its owner)'],
    [100, 'is revoked'],
    [null, 'is revoked'],
  ])('of the number %s is told: %s', async (reasonForRevocationFlag, told) => {
    const key = await makeKey();
    await revoke(key, undefined, { fields: { reasonForRevocationFlag } });
    const judged = verifyKeyBlock(publicKeyFile(key), [pinOf(key)], now);
    const { message } = await refusal(judged, VerificationError, 'SIGNER_UNTRUSTED');
    expect(message).toBe(`key ${pinOf(key).toUpperCase()} ${told}`);
  });
});

it('an algorithm is called as people call it', async () => {
  const number = Buffer.from([0, 8, 0xff]);
  const named = async (algorithm: number, numbers: number) => {
    const body = Buffer.from([4, 0x65, 0x92, 0, 0x80, algorithm]);
    const parts = Array.from({ length: numbers }, () => number);
    const binaryKeys = new Uint8Array(packet(6, Buffer.concat([body, ...parts])));
    return algorithmOf((await readKeys({ binaryKeys }))[0]!.toPublic());
  };
  expect(await named(enums.publicKey.dsa, 4)).toBe('DSA of 8 bits');
  expect(await named(enums.publicKey.elgamal, 3)).toBe('elgamal of 8 bits');
  expect(await named(enums.publicKey.rsaSign, 2)).toBe('RSA of 8 bits');
  expect(algorithmOf((await makeKey({ curve: 'nistP384' })).toPublic())).toBe('ecdsa nistP384');
});
