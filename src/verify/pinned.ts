/** A file of `trust/` against the digest that is pinned for it. */
import { digestAlgorithm, type Digest } from '../model/digest.ts';
import { VerificationError } from '../model/errors.ts';
import { digestOf } from './digest.ts';

/** Throws VerificationError `PIN_MISMATCH`. */
export function verifyPinned(bytes: Uint8Array, pinned: Digest, file: string): void {
  const found = digestOf(digestAlgorithm(pinned), bytes);
  if (found !== pinned) throw pinMismatch(file, `the digest ${found}`, pinned);
}

export function pinMismatch(file: string, found: string, expected: string): VerificationError {
  return new VerificationError('PIN_MISMATCH', `${file} has ${found}, and ${expected} is pinned`, {
    hint: 'Restore it from version control, or change the pin by review.',
    context: { file, expected, found },
  });
}
