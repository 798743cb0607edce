import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  PacketList,
  SignaturePacket,
  enums,
  generateKey,
  readKey,
  type AnyPacket,
  type PrivateKey,
} from 'openpgp';
import { describe, expect, it } from 'vitest';
import { decodeArmor } from '../../../../src/verify/openpgp/armor.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { canonicalise, prepareFetchedKeys } from '../../../../src/verify/openpgp/fetched-keys.ts';
import { directSignatures } from '../../../../src/verify/openpgp/own-signatures.ts';
import { verifyKeyBlock } from '../../../../src/verify/openpgp/key-block.ts';
import { makeKey, publicKeyFile, revoke, signPacket } from '../../../support/openpgp.ts';

const now = new Date('2026-11-20T12:00:00Z');
const one = await makeKey({ name: 'one', subkeys: [{ sign: true }, { sign: true }, { sign: false }] });
const other = await makeKey({ name: 'other' });
const stranger = await makeKey({ name: 'stranger' });

const repository = join(import.meta.dirname, '../../../..');
const text = async (bytes: Uint8Array) => Buffer.from(await canonicalise(bytes)).toString();
const canonical = await text(publicKeyFile(one, other));

/** The public key's packets in an order of the test's, with what it puts between. */
function blockOf(
  key: PrivateKey,
  edit: (packets: AnyPacket[]) => AnyPacket[] = (packets) => packets,
): Uint8Array {
  const list = new PacketList<AnyPacket>();
  list.push(...edit([...key.toPublic().toPacketList()]));
  return list.write();
}

/** Each packet of a canonical block, as hex. */
function packetsOf(bytes: Uint8Array): string[] {
  const packets: string[] = [];
  for (let at = 0; at < bytes.length;) {
    // openpgp.js writes current headers (RFC 9580 section 4.2.1).
    const [, first = 0, second = 0] = bytes.subarray(at);
    const end = at + (first < 192 ? 2 + first : 3 + (first - 192) * 256 + second + 192);
    packets.push(Buffer.from(bytes.subarray(at, end)).toString('hex'));
    at = end;
  }
  return packets;
}

describe('canonicalise', () => {
  it('gives one armored block that has the same keys', async () => {
    expect(canonical.match(/-----BEGIN/g)).toHaveLength(1);
    expect(canonical.split('\n').every((line) => line.length <= 64)).toBe(true);
    const pins = { fingerprints: [one.getFingerprint(), other.getFingerprint()] };
    const { keys: reports } = await verifyKeyBlock(Buffer.from(canonical), pins, now);
    const { keys: original } = await verifyKeyBlock(publicKeyFile(one, other), pins, now);
    expect(reports.map((key) => ({ ...key, signingSubkeys: key.signingSubkeys.length }))).toEqual(
      original
        .map((key) => ({ ...key, signingSubkeys: key.signingSubkeys.length }))
        .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)),
    );
  });

  it('has each packet once, a revocation too', async () => {
    const revoked = await makeKey({ name: 'revoked' });
    await revoke(revoked);
    const packets = packetsOf(decodeArmor((await text(publicKeyFile(revoked))).trim(), 'PUBLIC KEY BLOCK'));
    expect(new Set(packets).size).toBe(packets.length);
  });

  it.each([
    ['in another order', publicKeyFile(other, one)],
    ['as copies', publicKeyFile(one, other, one)],
    ['binary', Buffer.concat([blockOf(other), blockOf(one)])],
    [
      'with CRLF and text around it',
      Buffer.from(`keys:\r\n${publicKeyFile(one, other).toString().replaceAll('\n', '\r\n')}`),
    ],
    ['as it is', Buffer.from(canonical)],
  ])('is the same for the same keys %s', async (_, bytes) => {
    expect(await text(bytes)).toBe(canonical);
  });

  it("is the identity on what is committed in trust/, and of Debian's and runc's own files gives just that", async () => {
    for (const name of ['debian-archive', 'debian-security', 'runc']) {
      const committed = readFileSync(join(repository, 'trust', `${name}.asc`));
      expect(await text(committed)).toBe(committed.toString());
    }
    const original = readFileSync(
      join(repository, 'test/fixtures/debian/keys/debian-archive-trixie-automatic.asc'),
    );
    expect(await text(original)).toBe(readFileSync(join(repository, 'trust/debian-archive.asc'), 'utf8'));
  });

  it("leaves out what others certified, others' user IDs and subkeys, and the subkeys that do not sign", async () => {
    const user = one.users[0]?.userID;
    const theirs = stranger.toPublic().toPacketList();
    const certification = await signPacket(
      { key: one.keyPacket, userID: user },
      { key: stranger, type: enums.signature.certPositive },
    );
    // Under the key ID of the owner, but not made by the owner.
    const forged = await signPacket(
      { key: one.keyPacket, userID: user },
      { key: stranger, type: enums.signature.certPositive },
    );
    forged.issuerKeyID = one.getKeyID();
    forged.unhashedSubpackets = [
      { type: 16, critical: false, body: Buffer.from(one.getKeyID().toHex(), 'hex') },
    ];
    const adopted = (await makeKey({ subkeys: [{ sign: true }] })).toPublic().toPacketList().slice(-2);
    const noisy = blockOf(one, ([primary, name, self, ...subkeys]) =>
      [primary, name, self, certification, forged, theirs[1], theirs[2], ...adopted, ...subkeys].filter(
        (packet) => packet !== undefined,
      ),
    );
    expect(await text(Buffer.concat([noisy, blockOf(other)]))).toBe(canonical);
    // Two primaries, their user IDs and self-signatures, and two signing subkeys with their bindings.
    expect(packetsOf(decodeArmor(canonical.trimEnd(), 'PUBLIC KEY BLOCK'))).toHaveLength(10);
  });

  it('makes the unhashed part of each signature anew', async () => {
    const noisy = blockOf(one, (packets) =>
      packets.map((packet) => {
        if (!(packet instanceof SignaturePacket)) return packet;
        const copy = new SignaturePacket();
        copy.read(packet.write());
        // A notation, a preferred key server: read by nobody, signed by nobody.
        copy.unhashedSubpackets.push({
          type: 24,
          critical: false,
          body: Buffer.from('https://evil.example'),
        });
        return copy;
      }),
    );
    expect(noisy.length).toBeGreaterThan(blockOf(one).length);
    expect(await text(Buffer.concat([noisy, blockOf(other)]))).toBe(canonical);
  });

  it('keeps every revocation, and the consent of a subkey in the unhashed part', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }] });
    await revoke(key, key.subkeys[0]);
    for (const binding of key.subkeys.flatMap(({ bindingSignatures }) => bindingSignatures)) {
      expect(binding.embeddedSignature).not.toBeNull();
    }
    const bytes = Buffer.from(await text(publicKeyFile(key)));
    const { keys } = await verifyKeyBlock(bytes, { fingerprints: [key.getFingerprint()] }, now);
    const [report] = keys;
    expect(report?.signingSubkeys.map(({ revoked }) => revoked).sort()).toEqual([false, true]);
    const read = await readKey({ armoredKey: bytes.toString() });
    expect(await read.getSigningKey(undefined, now)).toBeDefined();
  });

  it('has what was signed before 2004 before what was signed since', async () => {
    // In milliseconds a time of 2004 has one hex digit more than one of 2001.
    const key = await makeKey({ created: new Date('2000-01-01T00:00:00Z') });
    const [user] = key.users;
    const data = { key: key.keyPacket, userID: user!.userID! };
    const times = ['2001-01-01', '2005-01-01', '2024-01-01'].map((time) => new Date(time));
    const type = enums.signature.certPositive;
    const keyFlags = new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]);
    const signed = times.map((created) => signPacket(data, { key, type, created, fields: { keyFlags } }));
    user!.selfCertifications = (await Promise.all(signed)).toReversed();
    const read = await readKey({ armoredKey: await text(publicKeyFile(key)) });
    expect(read.users[0]?.selfCertifications.map(({ created }) => created)).toEqual(times);
  });

  it('is the same whomever the unhashed part of a signature names', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }] });
    const wanted = await text(publicKeyFile(key));
    const body = Buffer.from(stranger.getKeyID().toHex(), 'hex');
    key.subkeys[0]!.bindingSignatures[0]!.unhashedSubpackets = [{ type: 16, critical: false, body }];
    expect(await text(publicKeyFile(key))).toBe(wanted);
  });

  it('has user IDs in one order, each with what its owner has said and taken back', async () => {
    const key = await makeKey({ name: 'middle' });
    const keyFlags = new Uint8Array([enums.keyFlags.certifyKeys | enums.keyFlags.signData]);
    for (const name of ['after', 'zenith', 'before']) {
      const user = (await makeKey({ name })).users[0]!;
      const data = { key: key.keyPacket, userID: user.userID! };
      const { certPositive, certRevocation } = enums.signature;
      user.selfCertifications = [await signPacket(data, { key, type: certPositive, fields: { keyFlags } })];
      if (name === 'after') {
        const fields = { reasonForRevocationFlag: 32 };
        user.revocationSignatures = [await signPacket(data, { key, type: certRevocation, fields })];
      }
      key.users.push(user);
    }
    const read = await readKey({ armoredKey: await text(publicKeyFile(key)) });
    const users = read.users.map(({ userID, revocationSignatures }) => [
      userID?.name,
      revocationSignatures.length,
    ]);
    expect(users).toEqual([
      ['after', 1],
      ['before', 0],
      ['middle', 0],
      ['zenith', 0],
    ]);
  });

  it('names who signed in a signature of version 4, and not beside the fingerprint of version 6', async () => {
    const userIDs = [{ name: 'tomorrow' }];
    const config = { v6Keys: true };
    const { publicKey } = await generateKey({ userIDs, format: 'object', config });
    const unhashed = async (bytes: Uint8Array) => {
      const read = await readKey({ armoredKey: await text(bytes) });
      return [
        ...directSignatures(read.toPublic()),
        ...read.users.flatMap((user) => user.selfCertifications),
      ].map(({ version, unhashedSubpackets }) => [version, unhashedSubpackets.map(({ type }) => type)]);
    };
    expect(await unhashed(Buffer.from(publicKey.armor()))).toEqual([
      [6, []],
      [6, []],
    ]);
    expect(await unhashed(publicKeyFile(other))).toEqual([[4, [16]]]);
  });

  it('does not depend on the order of the parts', async () => {
    const key = await makeKey({ subkeys: [{ sign: true }, { sign: true }, { sign: true }] });
    const [primary, name, self, ...subkeys] = key.toPublic().toPacketList();
    const pairs = [0, 2, 4].map((at) => subkeys.slice(at, at + 2));
    const wanted = await text(blockOf(key));
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(pairs, { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        async (shuffled, twice) => {
          const parts = [primary, name, self, ...shuffled.flat(), ...(twice ? shuffled.flat() : [])];
          const bytes = blockOf(key, () => parts.filter((packet) => packet !== undefined));
          expect(await text(bytes)).toBe(wanted);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('of a block with any single bit flipped: refused, or nothing that the owner did not sign', async () => {
    const bytes = await canonicalise(publicKeyFile(one));
    const packets = decodeArmor(Buffer.from(bytes).toString().trimEnd(), 'PUBLIC KEY BLOCK');
    const known = new Set(packetsOf(packets));
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(packets.length * 8 - 1), async (bit) => {
        const flipped = Uint8Array.from(packets);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const pins = { fingerprints: [one.getFingerprint()] };
        const kept = await prepareFetchedKeys([flipped], pins, undefined, now).catch(refused);
        if (kept === undefined) return;
        taken += 1;
        const found = decodeArmor(Buffer.from(kept.bytes).toString().trimEnd(), 'PUBLIC KEY BLOCK');
        for (const packet of packetsOf(found)) expect(known).toContain(packet);
      }),
      { numRuns: 300, seed: 5 },
    );
    // A bit of an unhashed part, or of a subkey: what is left is right, and the test has seen both.
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(290);
  });
});

function refused(error: unknown): undefined {
  expect(error).toBeInstanceOf(VerificationError);
}
