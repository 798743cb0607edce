/** What the library throws is a refusal with a code; what is thrown by mistake is none. */
import { ValidationError } from '@sigstore/bundle';
import { VerificationError as LibraryError } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import { VerificationError, type VerificationCode } from '../../../../src/model/errors.ts';
import { orRefusal, refusing } from '../../../../src/verify/sigstore/refusals.ts';
import { refusal } from '../../../support/refusals.ts';

describe("what the library says of a log's entry", () => {
  it.each<[LibraryError['code'], VerificationCode]>([
    ['TLOG_INCLUSION_PROOF_ERROR', 'SIGNATURE_INVALID'],
    ['TLOG_INCLUSION_PROMISE_ERROR', 'SIGNATURE_INVALID'],
    ['TLOG_BODY_ERROR', 'SUBJECT_MISMATCH'],
    ['NOT_IMPLEMENTED_ERROR', 'EVIDENCE_MALFORMED'],
  ])('%s: %s', async (code, ours) => {
    const cause = new LibraryError({ code, message: 'in its words' });
    const step = () =>
      refusing('a bundle', () => {
        throw cause;
      });
    const error = await refusal(step, VerificationError, ours);
    expect(error.message).toMatch(/^a bundle: .* \(in its words\)$/);
    expect(error.cause).toBe(cause);
  });
});

describe('a step', () => {
  const [refused, mistake] = [new VerificationError('SIGNATURE_INVALID', 'no'), new TypeError('a mistake')];
  const throwing = (error: Error) => () => {
    throw error;
  };

  it('gives what it gives, or its refusal', () => {
    expect(orRefusal(() => 1)).toBe(1);
    expect(orRefusal(throwing(refused))).toBe(refused);
    expect(() => orRefusal(throwing(mistake))).toThrow(mistake);
  });

  it('refuses as it does, and anything else that it throws is no evidence', async () => {
    expect(refusing('it', () => 1)).toBe(1);
    expect(() => refusing('it', throwing(refused))).toThrow(refused);
    for (const [thrown, said] of [
      [mistake, 'it cannot be read'],
      [
        new ValidationError('in its words', ['content', 'mediaType']),
        'it cannot be read (content, mediaType)',
      ],
    ] as const) {
      const { message } = await refusal(
        () => refusing('it', throwing(thrown)),
        VerificationError,
        'EVIDENCE_MALFORMED',
      );
      expect(message).toBe(said);
    }
  });
});
