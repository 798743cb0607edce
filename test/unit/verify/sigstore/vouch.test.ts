import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import type { VerificationResult } from '../../../../src/model/verification.ts';
import {
  authenticatedTold,
  mintVouched,
  vouchedByChecksums,
  vouchedByListed,
  vouchedByListing,
  vouchedByMessage,
  vouchedByStatement,
} from '../../../../src/verify/sigstore/vouch.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  artifact as bytes,
  at,
  attest,
  digestOf,
  judge,
  judgeStatement,
  sign,
  who,
} from '../../../support/throwaway-sigstore.ts';

const artifact: Artifact = {
  name: 'tool',
  version: '1.0.0',
  platform: { os: 'debian-13', arch: 'amd64' },
  type: 'tar.gz',
  url: 'https://example.org/tool.tar.gz',
  digest: digestOf(bytes),
  sizeBytes: bytes.length,
};
const vouching = { documents: [], verifiedAt: at };

describe('an artifact', () => {
  it('is signed by a signature over its digest', async () => {
    const verified = vouchedByMessage(artifact, await judge(blobBundle(sign())), vouching);
    expect(() => assertMinted(verified, 'Verified')).not.toThrow();
    expect(verified.subject).toEqual(artifact);
    expect(verified.result).toMatchObject({
      assurance: 'signed',
      method: 'sigstore',
      signers: [{ method: 'sigstore', ...who }],
      digest: artifact.digest,
    });
  });

  it('is attested by a statement that names it', async () => {
    const verified = vouchedByStatement(artifact, 'tool.tar.gz', await judgeStatement(attest()), vouching);
    expect(verified.result.assurance).toBe('attested');
  });

  it('is signed by a line of a signed checksum file', async () => {
    const lines = (text: string) => {
      const file = Buffer.from(text);
      const url = 'https://example.org/SHA256SUMS';
      return { role: 'checksums', url, digest: digestOf(file), sizeBytes: file.length, bytes: file };
    };
    const good = lines(`${artifact.digest.slice(7)}  tool.tar.gz\n`);
    const message = await judge(blobBundle(sign({}, Buffer.from(good.bytes))), { digest: good.digest });
    const verified = vouchedByChecksums(
      artifact,
      good,
      { name: 'tool.tar.gz', nameless: false },
      message,
      vouching,
    );
    expect(verified).toMatchObject({ subject: { digest: artifact.digest }, result: { assurance: 'signed' } });
    const other = lines(`${'ab'.repeat(32)}  tool.tar.gz\n`);
    await refusal(
      () => vouchedByChecksums(artifact, other, { name: 'tool.tar.gz', nameless: false }, message, vouching),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    await refusal(
      () => vouchedByChecksums(artifact, good, { name: 'other.tar.gz', nameless: false }, message, vouching),
      VerificationError,
      'EVIDENCE_MISSING',
    );
  });

  it('is refused with another digest or name', async () => {
    const other = { ...artifact, digest: digestOf(Buffer.from('other')) };
    const message = await judge(blobBundle(sign()));
    await refusal(() => vouchedByMessage(other, message, vouching), VerificationError, 'DIGEST_MISMATCH');
    const statement = await judgeStatement(attest());
    await refusal(
      () => vouchedByStatement(other, 'tool.tar.gz', statement, vouching),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    await refusal(
      () => vouchedByStatement(artifact, 'tool', statement, vouching),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
  });
});

describe('what vouches', () => {
  const url = 'https://example.org/SHA256SUMS';
  const file = Buffer.from(`${artifact.digest.slice(7)}  tool.tar.gz\n`);
  const checksums = { role: 'checksums', url, digest: digestOf(file), sizeBytes: file.length, bytes: file };
  const wanted = { name: 'tool.tar.gz', nameless: false };

  it('was verified, and is no copy of that', async () => {
    const message = await judge(blobBundle(sign()));
    const copy = { ...message } as unknown as typeof message;
    const verified = vouchedByMessage(artifact, message, vouching);
    const copied = { ...verified } as unknown as typeof verified;
    const listing = await judge(blobBundle(sign({}, file)), { digest: checksums.digest });
    const listingCopy = { ...listing } as unknown as typeof listing;
    for (const vouched of [
      () => vouchedByMessage(artifact, copy, vouching),
      () => vouchedByChecksums(artifact, checksums, wanted, listingCopy, vouching),
      () => vouchedByListing(copied, message, { documents: [] }),
      () => vouchedByListing(verified, copy, { documents: [] }),
    ]) {
      expect(vouched).toThrow(TypeError);
    }
  });

  it('says where a digest alone is signed, until a document lists it by its name', async () => {
    const message = await judge(blobBundle(sign()));
    const logSizes = [{ logId: 'a', treeSize: 1 }] as unknown as NonNullable<VerificationResult['logSizes']>;
    const byDigest = vouchedByMessage(artifact, message, { ...vouching, logSizes });
    expect(byDigest.result.isDigestOnly).toBe(true);
    const listed = vouchedByListing(byDigest, message, {
      documents: [checksums],
      isUpToIndex: true,
      logSizes,
    });
    expect(listed.result.isDigestOnly).toBeUndefined();
    expect(listed.result).toMatchObject({ assurance: 'signed', isUpToIndex: true, documents: [checksums] });
    expect(listed.result.logSizes).toEqual([...logSizes, ...logSizes]);
    expect(listed.result.signers).toHaveLength(2);
    const plain = vouchedByListing(vouchedByMessage(artifact, message, vouching), message, { documents: [] });
    expect(plain.result).not.toHaveProperty('isUpToIndex');
    expect(plain.result.logSizes).toEqual([]);
  });

  it('attests a checksum file, by its name and digest', async () => {
    const subjects = [{ name: 'SHA256SUMS', digest: { sha256: checksums.digest.slice(7) } }];
    const statement = await judgeStatement(attest({ subjects }));
    const vouched = (name: string, of = checksums) =>
      vouchedByListed(artifact, { checksums: of, name }, wanted, statement, vouching);
    expect(vouched('SHA256SUMS')).toMatchObject({
      subject: { digest: artifact.digest },
      result: { assurance: 'attested' },
    });
    await refusal(() => vouched('SHA512SUMS'), VerificationError, 'SUBJECT_MISMATCH');
    const other = { ...checksums, bytes: Buffer.concat([file, file]) };
    await refusal(() => vouched('SHA256SUMS', other), VerificationError, 'DIGEST_MISMATCH');
  });

  it('is an identity, and no bare key', async () => {
    const message = await judge(blobBundle(sign()));
    expect(authenticatedTold(message).signers).toEqual([message.signer]);
    const keyed = {
      ...message,
      signer: { method: 'public-key', fingerprint: 'ab' },
    } as unknown as typeof message;
    expect(authenticatedTold(keyed).signers).toEqual([]);
    const vouched = () => mintVouched(artifact, 'signed', keyed, vouching);
    await refusal(vouched, VerificationError, 'SIGNER_UNTRUSTED');
  });
});
