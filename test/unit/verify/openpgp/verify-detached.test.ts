import { createMessage, enums, sign, type AnyPacket } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { readDetachedSignature } from '../../../../src/verify/openpgp/read-signatures.ts';
import { binaryTypes } from '../../../../src/verify/openpgp/judge-signature.ts';
import {
  verifyDetached,
  verifyDetachedText,
  verifyPackets,
} from '../../../../src/verify/openpgp/verify-signatures.ts';
import { forgeries } from '../../../support/forgeries.ts';
import { packet } from '../../../support/odd-keys.ts';
import {
  armorSignature,
  binarySignature,
  clearsign,
  makeKey,
  publicKeyFile,
  signData,
} from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const now = new Date('2026-11-21T00:00:00Z');
const data = Buffer.from('a  file\r\nof \0 any bytes \n');
const lines = Buffer.from('aa  one\nbb  two\n');

const good = await makeKey({ name: 'good' });
const unknown = await makeKey({ name: 'unknown' });
const keyring = await readKeyring([{ name: 'test.asc', bytes: publicKeyFile(good) }]);

const overData = await signData(data, { key: good, type: enums.signature.binary });
const overLines = await signData(lines, { key: good });
const byUnknown = await signData(data, { key: unknown, type: enums.signature.binary });

describe('verifyDetached', () => {
  it.each([
    ['an armored signature', Buffer.from(armorSignature(overData))],
    ['a binary signature', Buffer.from(binarySignature(overData))],
    ['one beside an unknown one', Buffer.from(binarySignature(byUnknown, overData))],
    ['one in the second block', Buffer.from(armorSignature(byUnknown) + armorSignature(overData))],
    ['CR LF in the armor', Buffer.from(armorSignature(overData).replaceAll('\n', '\r\n'))],
  ])('accepts %s', async (_, signature) => {
    const { signers } = await verifyDetached(data, signature, keyring, now);
    expect(signers.map((signer) => signer.fingerprint)).toEqual([good.getFingerprint().toUpperCase()]);
  });

  it('accepts a text signature over lines', async () => {
    expect((await verifyDetached(lines, binarySignature(overLines), keyring, now)).signers).toHaveLength(1);
  });

  it('refuses a text signature where the line ends are not what it covers', async () => {
    const crlf = Buffer.from(lines.toString().replaceAll('\n', '\r\n'));
    await refusal(
      verifyDetached(crlf, binarySignature(overLines), keyring, now),
      VerificationError,
      'SIGNATURE_INVALID',
    );
  });

  it.each([
    ['one byte more', Buffer.concat([data, Buffer.from('\n')])],
    ['one byte less', data.subarray(1)],
    ['other line ends', Buffer.from(data.toString().replace('\r\n', '\n'))],
    ['no trailing white space', Buffer.from(data.toString().trimEnd())],
    ['nothing', Buffer.alloc(0)],
  ])('refuses %s', async (_, changed) => {
    await refusal(
      verifyDetached(changed, binarySignature(overData), keyring, now),
      VerificationError,
      'SIGNATURE_INVALID',
    );
  });

  it('refuses an unknown key', async () => {
    const judged = verifyDetached(data, binarySignature(byUnknown), keyring, now);
    const { message } = await refusal(judged, VerificationError, 'SIGNER_UNTRUSTED');
    const keyId = unknown.getKeyID().toHex().toUpperCase();
    expect(message).toBe(`no good signature: no key of the keyring made a signature (signed by: ${keyId})`);
  });

  it('refuses what is no signature in the place of one', async () => {
    const message = await createMessage({ binary: data });
    const [literal] = message.packets;
    const judged = verifyPackets([literal!], literal as never, keyring, now, binaryTypes);
    const { message: told } = await refusal(judged, VerificationError, 'SIGNATURE_INVALID');
    expect(told).toContain('is not a signature');
  });

  it('reads a file of 256 KiB, and none that is larger', async () => {
    const padded = (length: number) => Buffer.from(armorSignature(overData).padStart(length, '\n'));
    expect((await verifyDetached(data, padded(256 * 1024), keyring, now)).signers).toHaveLength(1);
    const larger = verifyDetached(data, padded(256 * 1024 + 1), keyring, now);
    await refusal(larger, VerificationError, 'LIMIT_EXCEEDED');
  });

  it('refuses messages that carry data of their own', async () => {
    const message = await createMessage({ binary: data });
    const inline: unknown = await sign({
      message,
      signingKeys: good,
      format: 'binary',
      date: new Date('2026-06-01'),
    });
    const armored: unknown = await sign({ message, signingKeys: good, date: new Date('2026-06-01') });
    for (const signature of [
      inline as Uint8Array,
      Buffer.from(armored as string),
      await clearsign('text', { key: good }),
    ]) {
      await refusal(verifyDetached(data, signature, keyring, now), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });

  it.each([
    ['nothing', '', 'EVIDENCE_MISSING'],
    ['a web page', '<!DOCTYPE html>', 'EVIDENCE_MALFORMED'],
    ['a digest', 'ab'.repeat(32), 'EVIDENCE_MALFORMED'],
    ['a public key', Buffer.from(publicKeyFile(good)).toString(), 'EVIDENCE_MALFORMED'],
    ['a cut signature', armorSignature(overData).slice(0, -20), 'EVIDENCE_MALFORMED'],
    ['a megabyte', 'x'.repeat(1_000_000), 'LIMIT_EXCEEDED'],
  ] as const)('refuses %s in place of a signature', async (_, signature, code) => {
    await refusal(verifyDetached(data, Buffer.from(signature), keyring, now), VerificationError, code);
  });
});

describe('verifyDetachedText', () => {
  const over = async (text: string) =>
    Buffer.from(armorSignature(await signData(Buffer.from(text), { key: good })));
  const judge = async (text: string, signature?: Uint8Array) =>
    verifyDetachedText(Buffer.from(text), signature ?? (await over(text)), keyring, now);

  it('accepts lines, and hands out what was signed', async () => {
    const { text, signers } = await judge('Suite: stable\nOrigin: Exämple\n');
    expect(Buffer.from(text).toString()).toBe('Suite: stable\nOrigin: Exämple\n');
    expect(signers).toHaveLength(1);
  });

  it.each([
    ['a NUL', 'Suite: sta\0ble\n'],
    ['a CR', 'Suite: stable\rOrigin: x\n'],
  ])('refuses %s, which no cleartext message has', async (_, text) => {
    await refusal(judge(text), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('refuses a binary signature, and text around an armored one', async () => {
    const text = 'Suite: stable\n';
    const armored = (await over(text)).toString();
    for (const signature of [
      binarySignature(await signData(Buffer.from(text), { key: good })),
      `x\n${armored}`,
    ]) {
      await refusal(judge(text, Buffer.from(signature)), VerificationError, 'EVIDENCE_MALFORMED');
    }
  });
});

describe('verifyPackets', () => {
  it('refuses no signature at all, and one of a format of tomorrow for what it is', async () => {
    const packets = (...some: AnyPacket[]) => verifyPackets(some, {} as never, keyring, now, binaryTypes);
    await refusal(packets(), VerificationError, 'EVIDENCE_MISSING');
    const tomorrow = await readDetachedSignature(packet(2, Buffer.from([7])));
    const error = await refusal(packets(...tomorrow), VerificationError, 'ALGORITHM_REFUSED');
    expect(error.message).toContain('in a format or of an algorithm that is not supported');
    expect(error.message).toContain(`(signed by: ${'0'.repeat(16)})`);
    expect(error.context).toMatchObject({ reason: 'unsupported', ignored: [{ fingerprint: undefined }] });
  });

  it('relies on no keyring that nobody read', async () => {
    for (const [, forged] of forgeries(keyring)) {
      await expect(verifyPackets([], {} as never, forged, now, binaryTypes)).rejects.toThrow(TypeError);
    }
  });
});
