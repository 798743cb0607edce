/** The Merkle tree of a transparency log: hashes and inclusion proofs (RFC 6962, section 2.1). */
import { createHash } from 'node:crypto';

export function hashLeaf(leaf: Uint8Array): Buffer {
  return sha256(Buffer.from([0]), leaf);
}

/** The root over leaves that are hashed already. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  const [first, second] = leaves;
  if (first === undefined) return sha256();
  if (second === undefined) return first;
  const split = splitOf(leaves.length);
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** What leads from the leaf at `index` to the root, the leaf's neighbour first. */
export function inclusionPath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionPath(left, index), treeHash(right)]
    : [...inclusionPath(right, index - split), treeHash(left)];
}

/** The largest power of two below `length`. */
function splitOf(length: number): number {
  return 2 ** Math.floor(Math.log2(length - 1));
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
