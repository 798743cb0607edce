import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import {
  vouchedByChecksums,
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
