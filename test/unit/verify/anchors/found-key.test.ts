/** Of which kind a found key is, and whether a fingerprint that people paste is its own. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGithubSigstore } from '../../../../scripts/upstream/sigstore/github-sigstore.ts';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import {
  isSameFingerprint,
  maxFoundKeyBytes,
  readFoundKey,
} from '../../../../src/verify/anchors/found-key.ts';
import { readPublicKeys } from '../../../../src/verify/openpgp/read-keys.ts';
import { makeKey, publicKeyFile } from '../../../support/openpgp.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf, validFrom } from '../../../support/throwaway-sigstore.ts';

const openpgp = await makeKey({ name: 'found' });
const fingerprint = openpgp.getFingerprint().toUpperCase();
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const ofPem = createHash('sha256')
  .update(publicKey.export({ type: 'spki', format: 'der' }))
  .digest('hex');
const minisign = `RW${'Qa+/'.repeat(13)}Qa`;
const minisignFile = `untrusted comment: minisign public key\n${minisign}\n`;

const read = (text: Uint8Array | string) => readFoundKey(Buffer.from(text), 'the page');

describe('readFoundKey', () => {
  it.each([
    ['the key alone', minisign],
    ['its file', `untrusted comment: minisign public key 1234\n${minisign}\n`],
    ['its file with CR LF', `untrusted comment:  \r\n${minisign}\r\n`],
  ])('knows one of minisign: %s', async (_, text) => {
    const { bytes, ...found } = await read(text);
    expect(found).toEqual({
      ...{ type: 'minisign', fingerprints: [minisign], pinned: { key: minisign }, extension: 'pub' },
    });
    expect(Buffer.from(bytes).toString()).toBe(minisignFile);
  });

  it('knows a public key in PEM', async () => {
    const { bytes, ...found } = await read(pem);
    const pinned = { fingerprint: ofPem };
    expect(found).toEqual({ type: 'cosign-key', fingerprints: [ofPem], pinned, extension: 'pub' });
    expect(Buffer.from(bytes).toString()).toBe(pem);
  });

  it('knows the trusted root of GitHub’s Sigstore', async () => {
    const { trustedRoot } = createGithubSigstore(validFrom);
    for (const text of [trustedRoot, ` \n${trustedRoot}`]) {
      const bytes = Buffer.from(text);
      const digest = digestOf(bytes);
      expect(await read(bytes)).toEqual({
        ...{ type: 'github-sigstore', fingerprints: [digest], bytes, pinned: { digest } },
        extension: 'jsonl',
      });
    }
  });

  it('knows OpenPGP keys, armored and binary, and keeps them armored', async () => {
    for (const file of [publicKeyFile(openpgp), openpgp.toPublic().write()]) {
      const { bytes, ...found } = await read(file);
      const fingerprints = [fingerprint];
      expect(found).toEqual({ type: 'openpgp', fingerprints, pinned: { fingerprints }, extension: 'asc' });
      expect(Buffer.from(bytes).toString()).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n/);
      expect((await readPublicKeys(bytes)).keys).toHaveLength(1);
    }
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<!DOCTYPE html>'],
    ['a key of minisign that is cut short', minisignFile.slice(0, -2)],
    ['a key of minisign with a word behind it', `${minisign} key`],
    ['a key of minisign below another line', `key:\n${minisign}`],
  ])('refuses %s: it is no key of any kind', async (_, text) => {
    const { message } = await refusal(read(text), UsageError, 'TRUST_INVALID');
    expect(message).toContain('the page holds no key');
  });

  it.each([
    ['a private OpenPGP key', openpgp.armor(), 'EVIDENCE_MALFORMED'],
    ['a PEM block that is no key', pem.replace(/\n.{8}/, '\n'), 'SIGNER_UNTRUSTED'],
    ['JSON that is no trusted root', '{}', 'SIGNER_UNTRUSTED'],
  ] as const)('refuses %s for what it is', async (_, text, code) => {
    await refusal(read(text), VerificationError, code);
  });
});

it('a key beyond the first mebibyte of a page is none', async () => {
  const page = (length: number) => Buffer.concat([Buffer.alloc(length, 'x'), Buffer.from(`\n${pem}`)]);
  await refusal(read(page(1000)), VerificationError, 'SIGNER_UNTRUSTED');
  await refusal(read(page(maxFoundKeyBytes)), VerificationError, 'LIMIT_EXCEEDED');
});

describe('isSameFingerprint', () => {
  const hex = '04B54C3CDCA79751B16BC6B5225629DF75B188BD';

  it.each([
    ['in lower case', hex, hex.toLowerCase()],
    ['in groups', hex, '04b5 4c3c dca7 9751 b16b  c6b5 2256 29df 75b1 88bd'],
    ['with 0x', `0x${hex}`, hex],
    ['with colons and an algorithm', `SHA256:${'ab'.repeat(32)}`, 'AB:'.repeat(31) + 'AB'],
    ['a key with blanks around it', ` ${minisign}\n`, minisign],
  ])('is told: %s', (_, one, other) => {
    expect(isSameFingerprint(one, other)).toBe(true);
    expect(isSameFingerprint(other, one)).toBe(true);
  });

  it.each([
    ['another', hex, hex.replace('0', '1')],
    ['the end of it', hex, hex.slice(-16)],
    ['a key whose letters are of another case', minisign, minisign.toLowerCase()],
    ['a key with a blank inside', minisign, `${minisign.slice(0, 9)} ${minisign.slice(9)}`],
    ['hex and a key', hex, minisign],
    ['hex with a prefix inside', hex, `${hex.slice(0, 8)}0x${hex.slice(8)}`],
    ['hex before another letter, in another case', `${hex}z`, `${hex}Z`],
  ])('is not: %s', (_, one, other) => {
    expect(isSameFingerprint(one, other)).toBe(false);
    expect(isSameFingerprint(other, one)).toBe(false);
  });
});
