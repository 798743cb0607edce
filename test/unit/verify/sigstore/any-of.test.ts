import { describe, expect, it } from 'vitest';
import { VerificationError, type VerificationCode } from '../../../../src/model/errors.ts';
import { allOf, anyOf } from '../../../../src/verify/sigstore/any-of.ts';
import { refusal } from '../../../support/refusals.ts';

type Candidate = VerificationCode | 'good' | `accepted ${VerificationCode}`;

/** A candidate is refused with the code that it is, by `verify` or by `accept`. */
async function verify(candidate: Candidate): Promise<Candidate> {
  await Promise.resolve();
  if (candidate !== 'good' && !candidate.startsWith('accepted')) {
    throw new VerificationError(candidate as VerificationCode, candidate);
  }
  return candidate;
}

async function accept(candidate: Candidate): Promise<void> {
  if (candidate === 'good') return;
  await verify(candidate.replace('accepted ', '') as VerificationCode);
}

const ask = (...candidates: Candidate[]) => anyOf(candidates, verify, { accept });

describe('anyOf', () => {
  it('takes the one that is good, wherever it stands', async () => {
    const candidates: Candidate[] = ['EVIDENCE_MALFORMED', 'SUBJECT_MISMATCH', 'good', 'EVIDENCE_MISSING'];
    expect(await ask(...candidates)).toBe('good');
    expect(await ask(...candidates.toReversed())).toBe('good');
    expect(await ask('accepted DIGEST_MISMATCH', 'good')).toBe('good');
  });

  it.each<[Candidate, Candidate]>([
    ['EVIDENCE_MISSING', 'EVIDENCE_MALFORMED'],
    ['ALGORITHM_REFUSED', 'EVIDENCE_MISSING'],
    ['DIGEST_MISMATCH', 'ALGORITHM_REFUSED'],
    ['METADATA_FROM_FUTURE', 'SIGNATURE_INVALID'],
    ['METADATA_EXPIRED', 'METADATA_FROM_FUTURE'],
    ['DIGEST_MISMATCH', 'EVIDENCE_MISSING'],
    ['SIGNATURE_INVALID', 'DIGEST_MISMATCH'],
    ['SIGNER_UNTRUSTED', 'DIGEST_MISMATCH'],
    ['SIGNER_UNTRUSTED', 'METADATA_EXPIRED'],
    ['SUBJECT_MISMATCH', 'SIGNER_UNTRUSTED'],
    ['accepted DIGEST_MISMATCH', 'SUBJECT_MISMATCH'],
    ['accepted SUBJECT_MISMATCH', 'SIGNER_UNTRUSTED'],
  ])('tells of %s rather than of %s, in either order', async (nearer, farther) => {
    const code = nearer.replace('accepted ', '') as VerificationCode;
    for (const candidates of [
      [nearer, farther],
      [farther, nearer],
    ]) {
      const error = await refusal(ask(...candidates), VerificationError, code);
      expect(error.context['refusals']).toHaveLength(2);
    }
  });

  it('tells of one candidate what is wrong with it, and nothing more', async () => {
    const error = await refusal(ask('DIGEST_MISMATCH'), VerificationError, 'DIGEST_MISMATCH');
    expect(error.message).toBe('DIGEST_MISMATCH');
  });

  it('says of what there are several', async () => {
    const bundles = await refusal(
      ask('DIGEST_MISMATCH', 'DIGEST_MISMATCH'),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    expect(bundles.message).toBe('none of 2 bundles vouches: DIGEST_MISMATCH');
    await expect(anyOf([], verify, { noun: 'signatures' })).rejects.toThrow(
      'there are no signatures to verify',
    );
  });

  it('does not take a bug for a refusal', async () => {
    const bug = () => Promise.reject(new TypeError('bug'));
    await expect(anyOf([1, 2], bug)).rejects.toBeInstanceOf(TypeError);
    await expect(anyOf([], verify)).rejects.toBeInstanceOf(TypeError);
    await expect(anyOf(['good'], verify, { accept: bug })).rejects.toBeInstanceOf(TypeError);
  });
});

describe('allOf', () => {
  it('gives each that is good, and refuses where none is', async () => {
    expect(await allOf(['EVIDENCE_MISSING', 'good', 'SIGNER_UNTRUSTED', 'good'], verify)).toEqual([
      'good',
      'good',
    ]);
    await refusal(
      allOf(['EVIDENCE_MISSING', 'SIGNER_UNTRUSTED', 'EVIDENCE_MALFORMED'], verify),
      VerificationError,
      'SIGNER_UNTRUSTED',
    );
    await expect(allOf([], verify)).rejects.toThrow('there are no bundles to verify');
  });
});
