import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../../src/model/digest.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { requireSubject } from '../../../../src/verify/sigstore/in-toto.ts';
import { digestsOf } from '../../../../src/verify/sigstore/subject.ts';
import { refusal } from '../../../support/refusals.ts';
import { artifact, attest, digestOf, judgeStatement } from '../../../support/throwaway-sigstore.ts';

const hash = (algorithm: string, bytes: Uint8Array = artifact) =>
  createHash(algorithm).update(bytes).digest('hex');
const digest = digestOf(artifact);
const other = Buffer.from('other bytes');

async function* stream(bytes: Uint8Array) {
  await Promise.resolve();
  yield bytes.subarray(0, 3);
  yield bytes.subarray(3);
}
const file = { digest, open: () => stream(artifact) };

describe('digestsOf', () => {
  it('gives of a file what is named, as far as it is known', async () => {
    const named = new Set(['sha256', 'sha384', 'sha512', 'sha1', 'gitCommit', '__proto__']);
    expect(await digestsOf(file, named)).toEqual({
      sha256: hash('sha256'),
      sha384: hash('sha384'),
      sha512: hash('sha512'),
    });
    expect(await digestsOf(file, new Set(['sha256', 'md5']))).toEqual({ sha256: hash('sha256') });
  });

  it('gives of a digest that digest', async () => {
    expect(await digestsOf({ digest }, new Set(['sha512']))).toEqual({ sha256: hash('sha256') });
    const long: Digest = `sha512:${hash('sha512')}`;
    expect(await digestsOf({ digest: long }, new Set(['sha256']))).toEqual({ sha512: hash('sha512') });
    const both = { sha256: hash('sha256'), sha512: hash('sha512') };
    expect(await digestsOf({ ...file, digest: long }, new Set(['sha256']))).toEqual(both);
  });

  it('opens no file where nothing else is named', async () => {
    const open = () => {
      throw new Error('it was opened');
    };
    expect(await digestsOf({ digest, open }, new Set(['sha256']))).toEqual({ sha256: hash('sha256') });
  });

  it('refuses a file that is changed while it is read', async () => {
    const changed = { digest, open: () => stream(other) };
    await refusal(digestsOf(changed, new Set(['sha512'])), VerificationError, 'DIGEST_MISMATCH');
  });
});

describe('a statement that names other digests than SHA-256', () => {
  const subjectOf = (named: Record<string, string>) =>
    attest({ subjects: [{ name: 'tool', digest: named }] });
  const ask = async (named: Record<string, string>, subject: Parameters<typeof digestsOf>[0] = file) => {
    const statement = await judgeStatement(subjectOf(named));
    const digests = await digestsOf(subject, new Set(Object.keys(named)));
    requireSubject(statement, { digest: subject.digest, digests, name: 'tool' });
  };

  it.each([
    ['SHA-512', { sha512: hash('sha512') }],
    ['SHA-384', { sha384: hash('sha384') }],
    ['SHA-512 and SHA-1', { sha512: hash('sha512'), sha1: hash('sha1', other) }],
    ['all of them', { sha256: hash('sha256'), sha384: hash('sha384'), sha512: hash('sha512') }],
  ])('vouches for the file: %s', async (_, named) => {
    await ask(named);
  });

  it.each([
    ['SHA-512 of other bytes', { sha512: hash('sha512', other) }],
    ['SHA-384 of other bytes', { sha384: hash('sha384', other) }],
    ['SHA-1 alone', { sha1: hash('sha1') }],
    ['MD5 alone', { md5: hash('md5') }],
    ['SHA-512 under another name', { sha256: hash('sha512') }],
    ['SHA-512 of other bytes beside SHA-256', { sha256: hash('sha256'), sha512: hash('sha512', other) }],
    ['SHA-256 of other bytes beside SHA-512', { sha256: hash('sha256', other), sha512: hash('sha512') }],
  ])('does not: %s', async (_, named) => {
    await refusal(ask(named), VerificationError, 'DIGEST_MISMATCH');
  });

  it('does not vouch for a digest of another kind', async () => {
    await refusal(ask({ sha512: hash('sha512') }, { digest }), VerificationError, 'DIGEST_MISMATCH');
    await ask({ sha512: hash('sha512') }, { digest: `sha512:${hash('sha512')}` });
  });
});
