/** An error's code belongs to its class: the compiler refuses another, and these lines with it, should it stop. */
import { expect, it } from 'vitest';
import { PolicyError, TransportError, UsageError, VerificationError } from '../../../src/model/errors.ts';

it('ties each code to its class', () => {
  const mistaken = [
    // @ts-expect-error: a refusal is no mistake of the caller's
    new UsageError('DIGEST_MISMATCH', ''),
    // @ts-expect-error: what was refused must never be retried
    new TransportError('SIGNATURE_INVALID', ''),
    // @ts-expect-error: unreachable is not refused
    new VerificationError('UNREACHABLE', ''),
    // @ts-expect-error: nobody decides about a malformed document
    new PolicyError('EVIDENCE_MALFORMED', ''),
  ];
  expect(mistaken.map(({ exitCode }) => exitCode)).toEqual([2, 4, 5, 6]);
});

it('knows the code of a caught class', () => {
  const error: unknown = new VerificationError('DIGEST_MISMATCH', 'the bytes are others');
  if (!(error instanceof VerificationError)) throw error;
  // @ts-expect-error: a VerificationError never has this code
  expect(error.code === 'UNREACHABLE').toBe(false);
});
