/**
 * The only place where something becomes `Verified`. No module outside of `src/verify` may import
 * `mintVerified`: dependency-cruiser enforces it, and the linter refuses a cast to `Verified`.
 */
import type { Verified, VerificationResult } from '../model/verification.ts';

const minted = new WeakSet<object>();

export function mintVerified<T>(subject: T, result: VerificationResult): Verified<T> {
  const verified = Object.freeze({ subject, result });
  minted.add(verified);
  return verified as unknown as Verified<T>;
}

/** True only for what `mintVerified` made in this process: a forgery by cast or by copy is told apart. */
export function isMinted(value: object): boolean {
  return minted.has(value);
}
