/** Which of the digests that metadata lists count. */
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { digestsAmong, verifyListed } from '../../../../src/verify/tuf/checks.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(128)];

describe('digestsAmong', () => {
  it('takes SHA-256 before SHA-512, and passes over others beside them', () => {
    expect(digestsAmong({ sha512: b, sha256: a, 'blake2b-256': a }, 'targets.json')).toEqual([
      `sha256:${a}`,
      `sha512:${b}`,
    ]);
    expect(digestsAmong({ sha512: b }, 'targets.json')).toEqual([`sha512:${b}`]);
  });

  it('refuses others alone, and names them', async () => {
    for (const hashes of [{}, { sha1: a, 'blake2b-256': a }]) {
      const judged = () => digestsAmong(hashes, 'targets.json');
      const { message, context } = await refusal(judged, VerificationError, 'ALGORITHM_REFUSED');
      expect(message).toContain('targets.json');
      expect(context).toEqual({ found: Object.keys(hashes) });
    }
  });

  it('refuses one of another length', async () => {
    const judged = () => digestsAmong({ sha256: b }, 'targets.json');
    await refusal(judged, VerificationError, 'EVIDENCE_MALFORMED');
  });
});

it('holds the length also where no digest is listed', async () => {
  const bytes = Buffer.from('metadata');
  verifyListed(bytes, {}, 'snapshot.json');
  verifyListed(bytes, { length: 8, hashes: { sha256: digestOf(bytes).slice(7) } }, 'snapshot.json');
  const judge = (listed: Parameters<typeof verifyListed>[1]) => () =>
    verifyListed(bytes, listed, 'snapshot.json');
  await refusal(judge({ length: 9 }), VerificationError, 'SIZE_MISMATCH');
  await refusal(judge({ hashes: { sha256: a } }), VerificationError, 'DIGEST_MISMATCH');
});
