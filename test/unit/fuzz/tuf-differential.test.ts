/** What `make differential` calls a disagreement about repositories of TUF. */
import { describe, expect, it } from 'vitest';
import { noVerdicts } from '../../differential/comparison.ts';
import { makeScenario } from '../../differential/tuf-cases.ts';
import { byAssay, tufJs, type Outcome } from '../../differential/tuf-clients.ts';
import { makePool } from '../../differential/tuf-keys.ts';
import { weigh } from '../../differential/tuf.ts';
import { Random } from '../../fuzz/random.ts';

const accepted: Outcome = { target: Buffer.from('a'), timestamp: 2, why: '' };
const refused: Outcome = { why: 'SIGNATURE_INVALID: nobody signed it' };

function weighed(ours: readonly Outcome[], theirs: readonly Outcome[], name = 'timestamp: nobody signs') {
  const verdicts = noVerdicts();
  weigh(verdicts, { name, isRotated: false }, ours, theirs);
  return { ...verdicts, disagreements: verdicts.disagreements.length };
}

describe('two clients', () => {
  it('are of one mind', () => {
    const both = [accepted, refused, accepted];
    expect(weighed(both, both)).toMatchObject({ alike: 3, accepted: 2, disagreements: 0 });
  });

  it('disagree where one of them alone accepts, or another file', () => {
    expect(weighed([accepted], [refused])).toMatchObject({ disagreements: 1 });
    expect(weighed([refused], [accepted])).toMatchObject({ disagreements: 1 });
    expect(weighed([accepted], [{ ...accepted, target: Buffer.from('b') }])).toMatchObject({
      disagreements: 1,
    });
    expect(weighed([accepted], [])).toMatchObject({ disagreements: 1 });
  });

  it('may differ where it is known why', () => {
    const beside = 'timestamp: lists a digest of an unknown kind beside';
    expect(weighed([accepted], [refused], beside)).toMatchObject({ onlyOurs: 1, disagreements: 0 });
    expect(weighed([refused], [accepted], beside)).toMatchObject({ disagreements: 1 });
    const malformed = { why: 'EVIDENCE_MALFORMED: a date in words' };
    expect(weighed([malformed], [accepted])).toMatchObject({ onlyTheirs: 1, disagreements: 0 });
  });
});

it('tuf-js is asked, and accepts and refuses as assay does', async () => {
  const [random, pool, now] = [new Random(7, 'tuf'), makePool(), new Date()];
  const scenarios = Array.from({ length: 3 }, (_, time) => makeScenario(time, random, pool, now));
  const theirs = (await tufJs()?.judge(scenarios)) ?? [];
  const verdicts = noVerdicts();
  for (const [index, one] of scenarios.entries()) {
    weigh(verdicts, one, await byAssay(one, now), theirs[index] ?? []);
  }
  expect(verdicts.disagreements).toEqual([]);
  expect(verdicts.accepted).toBeGreaterThan(3);
});

it('tuf-js is not asked where it is not installed', () => {
  expect(tufJs('no-such-package')).toBeUndefined();
});
