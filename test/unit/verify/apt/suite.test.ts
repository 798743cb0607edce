/** Where a suite's Release is, and which of its files are asked for, and when. */
import { describe, expect, it } from 'vitest';
import { needKey, type Need } from '../../../../src/model/need.ts';
import type { EvidenceDocument } from '../../../../src/model/verification.ts';
import type { Documents } from '../../../../src/verify/method.ts';
import {
  isAskedAgain,
  releaseEnds,
  releaseNeeds,
  suiteUrl,
  type Suite,
} from '../../../../src/verify/apt/suite.ts';

const uri = 'https://example.org/debian';
const suite: Suite = { uri, suite: 'trixie', components: ['main'], signedBy: 'debian' };
const directory = `${uri}/dists/trixie`;

/** With an answer to each of these needs: a document, or that there is none. */
function having(...answers: (readonly [Need, 'there' | 'none'])[]): Documents {
  const found = new Map(answers.map(([need, answer]) => [needKey(need), answer]));
  return {
    has: (need: Need) => found.has(needKey(need)),
    find: (need: Need) =>
      found.get(needKey(need)) === 'there' ? ({ role: need.role } as EvidenceDocument) : undefined,
  } as unknown as Documents;
}

describe('suiteUrl', () => {
  it.each([
    ['trixie', directory],
    ['./', uri],
    ['/', uri],
    ['path/', `${uri}/path`],
    ['./path/', `${uri}/path`],
    ['path/./deep/', `${uri}/path/./deep`],
  ])('of %s', (name, url) => {
    expect(suiteUrl({ uri, suite: name })).toBe(url);
  });
});

describe.each([
  ['first', false, { isRevalidated: true }],
  ['again', true, { again: true }],
] as const)('what is asked for %s', (_, again, fresh) => {
  const [inRelease] = releaseNeeds(suite, having(), again);
  const [release, signature] = releaseNeeds(suite, having([inRelease!, 'none']), again);

  it('is InRelease, which may be missing', () => {
    expect(inRelease).toMatchObject({ url: `${directory}/InRelease`, isOptional: true, ...fresh });
    expect(releaseNeeds(suite, having([inRelease!, 'there']), again)).toEqual([]);
  });

  it('is Release with its signature, which may be missing, where there is none', () => {
    expect(release).toMatchObject({ url: `${directory}/Release`, ...fresh });
    expect(release).not.toHaveProperty('isOptional');
    expect(signature).toMatchObject({ url: `${directory}/Release.gpg`, isOptional: true, ...fresh });
    for (const need of [inRelease!, release!, signature!]) {
      expect('again' in need).toBe(again);
      expect('isRevalidated' in need).toBe(!again);
    }
    const both = having([inRelease!, 'none'], [release!, 'there'], [signature!, 'none']);
    expect(releaseNeeds(suite, both, again)).toEqual([]);
  });

  it('tells which was asked for, and what it leads to', () => {
    const read = having([inRelease!, 'there']);
    expect(isAskedAgain(suite, read)).toBe(again);
    expect(releaseNeeds(suite, read)).toEqual([]);
    expect(releaseEnds(suite, read)).toMatchObject({ from: { anchor: 'debian' }, to: inRelease });
    const apart = having([inRelease!, 'none'], [release!, 'there'], [signature!, 'there']);
    expect(releaseEnds(suite, apart)).toMatchObject({ to: release, beside: [signature] });
  });
});
