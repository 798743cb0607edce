/** A chain is drawn as trees: what vouches above, what is vouched for below. */
import { describe, expect, it } from 'vitest';
import { treesOf, type ProofChain, type ProofTree } from '../../../../src/formats/own/proof-chain.ts';

function chain(
  nodes: readonly string[],
  links: readonly (readonly [string, string, ...string[]])[],
): ProofChain {
  return {
    nodes: nodes.map((id) => ({ kind: 'origin', id, host: id })),
    links: links.map(([from, to, ...beside]) => ({
      ...{ from, to, beside, holds: true, signers: [], checks: [] },
    })),
  } as unknown as ProofChain;
}

const shown = ({ node, children }: ProofTree): unknown =>
  children.length === 0 ? node.id : { [node.id]: children.map(shown) };

describe('treesOf', () => {
  it('draws one line of documents as one branch', () => {
    const drawn = treesOf(
      chain(
        ['key', 'sums', 'file'],
        [
          ['key', 'sums'],
          ['sums', 'file'],
        ],
      ),
    ).map(shown);
    expect(drawn).toEqual([{ key: [{ sums: ['file'] }] }]);
  });

  it('draws what two branches lead to in both, and what is taken along in none', () => {
    const nodes = ['root', 'signature', 'certificate', 'sbom', 'file'];
    const links = [
      ['root', 'signature', 'certificate'],
      ['signature', 'file'],
      ['root', 'sbom'],
      ['sbom', 'file'],
    ] as const;
    expect(treesOf(chain(nodes, links)).map(shown)).toEqual([
      { root: [{ signature: ['file'] }, { sbom: ['file'] }] },
    ]);
  });

  it('draws what hangs on nothing as a root', () => {
    expect(treesOf(chain(['key', 'sums', 'file'], [['key', 'sums']])).map(shown)).toEqual([
      { key: ['sums'] },
      'file',
    ]);
  });

  it('ends where a link leads back, or to what there is no node of', () => {
    const links = [
      ['key', 'a'],
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'gone'],
    ] as const;
    expect(treesOf(chain(['key', 'a', 'b'], links)).map(shown)).toEqual([{ key: [{ a: ['b'] }] }]);
  });
});
