/**
 * Signed metadata of a TUF repository that was kept to prove a target without the repository (The Update Framework's
 * specification 1.0.33, section 5): the roots since the pinned one, and the targets. Timestamp and snapshot are left
 * out, since they say only what is newest. Nothing expires here: what was signed in time stays signed, and whether it
 * was in time was judged when it was fetched.
 */
import { VerificationError } from '../../model/errors.ts';
import { verifyListed } from './checks.ts';
import { parseTufDocument, verifySignatures } from './metadata.ts';
import { findTarget, maxRootRotations, verifyNextRoot, type TufRoot } from './update.ts';

export interface KeptFile {
  /** For messages. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export type RootChain = readonly [TufRoot, ...TufRoot[]];

/**
 * The pinned root, and each kept one as the root before it vouches for it: all of them, one version apart. Throws
 * VerificationError `LIMIT_EXCEEDED`, and as `verifyNextRoot` does.
 */
export function verifyKeptRoots(pinned: TufRoot, kept: readonly KeptFile[]): RootChain {
  const chain: [TufRoot, ...TufRoot[]] = [pinned];
  for (const { path, bytes } of kept) chain.push(verifyNextRoot(newestOf(chain), bytes, path));
  requireFewRoots(chain);
  return chain;
}

/** Throws VerificationError `LIMIT_EXCEEDED`. */
export function requireFewRoots([pinned, ...others]: RootChain): void {
  if (others.length <= maxRootRotations) return;
  throw new VerificationError(
    'LIMIT_EXCEEDED',
    `more than ${String(maxRootRotations)} roots follow ${pinned.what}`,
    { hint: 'Pin a newer root, by review.' },
  );
}

export function newestOf(chain: RootChain): TufRoot {
  return chain.at(-1) ?? chain[0];
}

/**
 * That the targets role of the chain's newest root has signed the length and digests of these bytes, as the target
 * `name`. Throws VerificationError `SIGNATURE_INVALID`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`, and as `parseTufDocument`
 * and `findTarget` do.
 */
export function verifyKeptTarget(
  chain: RootChain,
  { path, bytes }: KeptFile,
  target: { readonly name: string; readonly bytes: Uint8Array },
): void {
  const targets = parseTufDocument('targets', bytes, path);
  verifySignatures(newestOf(chain), targets);
  verifyListed(target.bytes, findTarget(targets, target.name), `${target.name}, by ${path},`);
}
