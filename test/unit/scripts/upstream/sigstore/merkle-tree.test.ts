import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashLeaf, inclusionPath, treeHash } from '../../../../../scripts/upstream/sigstore/merkle-tree.ts';

/** The leaves of the test vectors of certificate transparency's reference implementation. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const hashes = leaves.map((leaf) => hashLeaf(Buffer.from(leaf, 'hex')));

/** RFC 9162, section 2.1.3.2: the verifier's way, which is not the prover's. */
function rootByProof(index: number, size: number, leaf: Buffer, path: readonly Buffer[]): Buffer | undefined {
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      hash = hashNode(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node >> 1, last >> 1];
    } else hash = hashNode(hash, sibling);
    [node, last] = [node >> 1, last >> 1];
  }
  return last === 0 ? hash : undefined;
}

function hashNode(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}

describe('the Merkle tree', () => {
  it.each([
    [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('of %i leaves has the root that the reference says', (size, root) => {
    expect(treeHash(hashes.slice(0, size)).toString('hex')).toBe(root);
  });

  it('leads from any leaf to its root, and from no other', () => {
    const sizes = fc.integer({ min: 1, max: 70 });
    const where = sizes.chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));
    fc.assert(
      fc.property(where, ({ size, index }) => {
        const all = Array.from({ length: size }, (_, at) => hashLeaf(Buffer.from(String(at))));
        const [root, path] = [treeHash(all), inclusionPath(all, index)];
        expect(rootByProof(index, size, all[index]!, path)).toEqual(root);
        expect(rootByProof(index, size, hashLeaf(Buffer.from('other')), path)).not.toEqual(root);
      }),
    );
  });
});
