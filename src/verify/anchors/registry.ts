/** Every kind of trust anchor. The form of pins.yaml follows from this list. */
import type { AnchorKind } from './anchor.ts';
import { cosignKey } from './cosign-key.ts';
import { githubSigstore } from './github-sigstore.ts';
import { minisignKey } from './minisign.ts';
import { openpgpKeys } from './openpgp.ts';
import { sigstoreRoot } from './sigstore.ts';

// A kind is generic in its own pins, and is given no others: they were parsed by its schema (`pins.ts`).
export const anchorKinds: readonly AnchorKind[] = [
  openpgpKeys,
  sigstoreRoot,
  githubSigstore,
  minisignKey,
  cosignKey,
];
