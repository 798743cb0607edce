/** Where a chain ends: what no module outside of `src/verify` may import, which dependency-cruiser enforces. */
import { mint } from '../model/minted.ts';
import type { Verified, VerificationResult } from '../model/verification.ts';

export function mintVerified<T>(subject: T, result: VerificationResult): Verified<T> {
  return mint('Verified', { subject, result });
}
