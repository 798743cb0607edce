/** A key file of another day: what today's pins and today's copy of its keys leave of it. */
import { PacketList, PublicKey, createMessage, enums, reformatKey, sign, type PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readKeptKeyring } from '../../../../src/verify/openpgp/kept-keyring.ts';
import type { KeyPins } from '../../../../src/verify/openpgp/key-block.ts';
import { verifyDetached } from '../../../../src/verify/openpgp/verify-signatures.ts';
import { makeKey, publicKeyFile } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const data = Buffer.from('what was signed');
const then = new Date('2026-06-02T00:00:00Z');

let old: PrivateKey;
let next: PrivateKey;
let stranger: PrivateKey;
let signature: Uint8Array;
beforeAll(async () => {
  [old, next, stranger] = await Promise.all([
    makeKey({ name: 'old' }),
    makeKey({ name: 'next' }),
    makeKey({ name: 'stranger' }),
  ]);
  const message = await createMessage({ binary: data });
  const date = new Date('2026-06-01T00:00:00Z');
  const signed: unknown = await sign({ message, signingKeys: old, detached: true, format: 'binary', date });
  signature = signed as Uint8Array;
});

const nameOf = (key: PrivateKey) => key.getFingerprint().toUpperCase();

/** The owner's own word about `old`, as it would be published. */
async function revoked(reason: enums.reasonForRevocation, date: string): Promise<Uint8Array> {
  const key = await old.revoke({ flag: reason }, new Date(date));
  return Buffer.from(key.toPublic().armor());
}

interface Today {
  readonly kept?: Uint8Array;
  readonly today?: Uint8Array | undefined;
  readonly pins?: KeyPins;
  readonly at?: Date;
}

async function judge({ kept = publicKeyFile(old), today, pins, at = then }: Today = {}) {
  const keyring = await readKeptKeyring({
    ...{ kept, pins: pins ?? { fingerprints: [nameOf(old)] }, anchor: 'anchor', then: at },
    today: today && { name: 'today.asc', bytes: today },
  });
  return verifyDetached(data, signature, keyring, at);
}

const { keyCompromised, keySuperseded, keyRetired, noReason } = enums.reasonForRevocation;
const replaced = () => ({ fingerprints: [nameOf(next)], retired: [nameOf(old)] });
const both = (revocation: Uint8Array) => Buffer.concat([revocation, Buffer.from('\n'), publicKeyFile(next)]);

describe('a kept key file', () => {
  it('vouches as it did, with the anchor of today or without its file', async () => {
    for (const today of [publicKeyFile(old), undefined]) {
      expect((await judge({ today })).signers).toMatchObject([{ primaryFingerprint: nameOf(old) }]);
    }
  });

  it.each([
    ['superseded', keySuperseded],
    ['retired by its owner', keyRetired],
  ])('holds for what was judged before its key was %s, and not for what was after', async (_, reason) => {
    const today = both(await revoked(reason, '2026-07-01T00:00:00Z'));
    const pins = replaced();
    expect((await judge({ today, pins })).signers).toHaveLength(1);
    const after = new Date('2026-07-01T00:00:01Z');
    const told = await refusal(
      () => judge({ today, pins, at: after }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(told.message).toMatch(/retired|revoked/);
  });

  it.each([
    ['stolen', keyCompromised],
    ['taken back without a reason', noReason],
  ])('is worth nothing at any time once its key was %s', async (_, reason) => {
    const today = await revoked(reason, '2026-11-01T00:00:00Z');
    await refusal(() => judge({ today }), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(
      () => judge({ today: both(today), pins: replaced() }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
  });

  it('is worth nothing where its key is retired in the pins, and nobody says since when', async () => {
    const told = await refusal(
      () => judge({ today: publicKeyFile(next), pins: replaced() }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(told.message).toContain('is retired in the pins');
  });

  it('is worth nothing beside a stranger’s key, where its own is retired', async () => {
    for (const kept of [publicKeyFile(old, stranger), publicKeyFile(stranger, old)]) {
      const today = publicKeyFile(next);
      const judged = judge({ kept, today, pins: replaced() });
      const told = await refusal(judged, VerificationError, 'SIGNER_UNTRUSTED');
      expect(told.message).toContain('is retired in the pins');
    }
  });

  it('is worth nothing where its key was superseded later, and revoked for another reason as well', async () => {
    const [soft, hard] = [
      await revoked(keySuperseded, '2026-07-01T00:00:00Z'),
      await revoked(keyCompromised, '2026-08-01T00:00:00Z'),
    ];
    const today = Buffer.concat([both(soft), Buffer.from('\n'), hard]);
    const judged = judge({ today, pins: replaced() });
    const told = await refusal(judged, VerificationError, 'SIGNER_UNTRUSTED');
    expect(told.message).toContain('is retired in the pins');
  });

  it('holds to the second before its key was superseded', async () => {
    const today = both(await revoked(keySuperseded, '2026-07-01T00:00:00Z'));
    const at = (time: string) => judge({ today, pins: replaced(), at: new Date(time) });
    expect((await at('2026-06-30T23:59:59Z')).signers).toHaveLength(1);
    await refusal(at('2026-07-01T00:00:00Z'), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is refused where the pins do not know its keys', async () => {
    const pins = { fingerprints: [nameOf(next)] };
    await refusal(() => judge({ today: publicKeyFile(next), pins }), VerificationError, 'PIN_MISMATCH');
  });

  it('is refused where the file of today is not as it is pinned', async () => {
    await refusal(() => judge({ today: publicKeyFile(next) }), VerificationError, 'PIN_MISMATCH');
  });

  it('gives no voice to a key beside the pinned ones', async () => {
    const pins = { fingerprints: [nameOf(next)] };
    const kept = publicKeyFile(old, next);
    await refusal(
      () => judge({ kept, today: publicKeyFile(next), pins }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
  });

  it('gives no voice to a stranger who says that his key was superseded later', async () => {
    const kept = await revoked(keySuperseded, '2026-07-01T00:00:00Z');
    const pins = { fingerprints: [nameOf(next)] };
    const today = publicKeyFile(next);
    await refusal(() => judge({ kept, today, pins }), VerificationError, 'PIN_MISMATCH');
    await refusal(() => judge({ kept: both(kept), today, pins }), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it("takes from today's copy alone since when a retired key was superseded", async () => {
    // Who stole the key can say so, too, and puts it into evidence.
    const kept = await revoked(keySuperseded, '2026-07-01T00:00:00Z');
    const told = await refusal(
      () => judge({ kept, today: publicKeyFile(next), pins: replaced() }),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    expect(told.message).toContain('is retired in the pins');
  });

  it('does not live longer than its owner has said since', async () => {
    // Signed again in May, with an end that comes before the judgement: who keeps the older copy does not undo that.
    const packets = new PacketList<never>();
    const shortened = await makeShorter(old);
    for (const packet of shortened.toPacketList()) packets.push(packet as never);
    const today = Buffer.from(new PublicKey(packets).armor());
    const told = await refusal(() => judge({ today }), VerificationError, 'SIGNER_UNTRUSTED');
    expect(told.message).toContain('expired');
  });
});

/** The same key, whose owner says in May that it ends a day later. */
async function makeShorter(key: PrivateKey): Promise<PublicKey> {
  const date = new Date('2026-05-01T00:00:00Z');
  const age = (date.getTime() - key.getCreationTime().getTime()) / 1000;
  const { publicKey } = await reformatKey({
    ...{ privateKey: key, userIDs: [{ name: 'old', email: 'test@example.org' }], date, format: 'object' },
    keyExpirationTime: age + 86_400,
  });
  return publicKey;
}
