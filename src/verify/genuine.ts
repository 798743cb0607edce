/** The check made where something verified is about to be written down. */
import type { Verified } from '../model/verification.ts';
import { isMinted } from './mint.ts';

/** Throws TypeError for what only claims to be verified: a bug in assay, or an attack on its types. */
export function assertGenuine<T>(verified: Verified<T>): void {
  if (!isMinted(verified)) throw new TypeError('refused: this was never verified');
}
