import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { alienBodies, alienKey, armored, revocationOf, signatureBytes } from '../../../support/odd-keys.ts';
import { makeKey, publicKeyFile, revoke } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';

const first = await makeKey({ name: 'first', subkeys: [{ sign: true }] });
const second = await makeKey({ name: 'second' });
const fingerprints = [first.getFingerprint(), second.getFingerprint()];

async function read(...files: readonly (Uint8Array | string)[]): Promise<string[]> {
  const keyring = await readKeyring(
    files.map((file, index) => ({ name: `${index}.asc`, bytes: Buffer.from(file) })),
  );
  return keyring.keys.map((key) => key.getFingerprint());
}

describe('readKeyring', () => {
  it('reads every armor block of every file', async () => {
    expect(await read(publicKeyFile(first, second))).toEqual(fingerprints);
    expect(await read(publicKeyFile(first), publicKeyFile(second))).toEqual(fingerprints);
  });

  it('reads binary keys', async () => {
    const binary = Buffer.concat([first.toPublic().write(), second.toPublic().write()]);
    expect(await read(binary)).toEqual(fingerprints);
  });

  it('reads CR LF, and text around the blocks', async () => {
    const text = `pub ed25519\n\n${publicKeyFile(first).toString()}\nbye\n`;
    expect(await read(text.replaceAll(/\r?\n/g, '\r\n'))).toEqual(fingerprints.slice(0, 1));
  });

  it('merges copies of a key, so that a revocation in one holds for all', async () => {
    const before = publicKeyFile(first);
    const copy = await makeKey({ name: 'copy', subkeys: [{ sign: true }] });
    const clean = publicKeyFile(copy);
    await revoke(copy);
    await revoke(copy, copy.subkeys[0]);
    for (const order of [
      [clean, publicKeyFile(copy), before],
      [publicKeyFile(copy), clean, before],
    ]) {
      const keyring = await readKeyring(order.map((bytes) => ({ name: 'x', bytes })));
      expect(keyring.keys).toHaveLength(2);
      const merged = keyring.keys.find((key) => key.getFingerprint() === copy.getFingerprint());
      expect(merged?.users).toHaveLength(1);
      expect(merged?.revocationSignatures).toHaveLength(1);
      expect(merged?.subkeys).toHaveLength(1);
      expect(merged?.subkeys[0]?.revocationSignatures).toHaveLength(1);
    }
  });

  it.each([
    ['no file', []],
    ['an empty file', ['']],
    ['garbage', ['not a key']],
    ['garbage beside a key', [publicKeyFile(first), 'not a key']],
    ['an armored private key', [first.armor()]],
    ['a private key beside a public one', [`${publicKeyFile(second).toString()}\n${first.armor()}`]],
    ['a binary private key', [first.write()]],
    ['a private key armored as a public one', [first.armor().replaceAll('PRIVATE', 'PUBLIC')]],
    ['a truncated block', [publicKeyFile(first).subarray(0, 300)]],
    ['truncated packets', [first.toPublic().write().subarray(0, 60)]],
    ['packets that begin with a user ID', [first.toPublic().write().subarray(53)]],
    ['a keybox', [Buffer.from('000000200101000200000000', 'hex')]],
    ['a web page', ['<!DOCTYPE html><title>404</title>']],
    ['more than a megabyte', [Buffer.alloc(2_000_000, 0x98)]],
  ])('refuses %s', async (_, files) => {
    await refusal(read(...files), UsageError, 'TRUST_INVALID');
  });

  it('counts a revocation in one file for a key in another', async () => {
    const copy = await makeKey({ name: 'copy' });
    const revocation = armored(signatureBytes(await revocationOf(copy)));
    const files = [publicKeyFile(copy), revocation].map((bytes) => ({ name: 'x', bytes }));
    for (const order of [files, files.toReversed()]) {
      const { keys, notes } = await readKeyring(order);
      expect([keys[0]?.revocationSignatures.length, notes]).toEqual([1, []]);
    }
  });

  it.each([
    [
      'a revocation alone',
      async () => armored(signatureBytes(await revocationOf(second))),
      UsageError,
      'TRUST_INVALID',
    ],
    [
      'a key that cannot be read, alone',
      () => armored(alienKey(alienBodies['of version 5']!)),
      VerificationError,
      'SIGNER_UNTRUSTED',
    ],
  ] as const)('refuses %s, and says what it is', async (_, make, type, code) => {
    const error = await refusal(read(await make()), type, code);
    expect(error.message).toContain('was passed over');
  });

  it('names the files that hold no key, and says where there are none', async () => {
    const revocation = armored(signatureBytes(await revocationOf(second)));
    const { message } = await refusal(read(revocation, revocation), UsageError, 'TRUST_INVALID');
    expect(message).toContain('a keyring without a key (0.asc, 1.asc) can vouch for nothing');
    const none = await refusal(read(), UsageError, 'TRUST_INVALID');
    expect(none.message).toContain('a keyring of no files can vouch for nothing');
  });

  it('names the file that is wrong', async () => {
    const error = await refusal(read(publicKeyFile(first), 'x'), UsageError, 'TRUST_INVALID');
    expect(error.context).toEqual({ file: '1.asc' });
  });
});
