/** Nothing that reads or judges is left out of `make fuzz`; and a little of it, by a seed of its own. */
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../fuzz/loop.ts';
import { methodsWithoutTarget, methodTargets } from '../../fuzz/methods.ts';
import { notReaders, readers } from '../../fuzz/parsers.ts';
import { exportedReaders, readersWithoutTarget, readerTargets } from '../../fuzz/readers.ts';

describe('every reader', () => {
  const found = exportedReaders();

  it('is a target: give it a line in test/fuzz/parsers.ts, or its reason not to have one', () => {
    expect(readersWithoutTarget(found)).toEqual([]);
    expect(found.length).toBeGreaterThan(150);
  });

  it('is missed where it needs more than a name, and nobody has said how to ask it', () => {
    const [first] = found;
    const one = { ...first!, name: 'formats/upstream/new parseNew', isAlone: false };
    expect(readersWithoutTarget([one])).toEqual([one.name]);
    expect(readersWithoutTarget([{ ...one, isAlone: true }])).toEqual([]);
  });

  it('that is excused or asked otherwise is there', () => {
    const names = new Set(found.map(({ name }) => name));
    expect(Object.keys(notReaders).filter((name) => !names.has(name))).toEqual([]);
    // Some are no functions that the search knows: a class, a reader of an object.
    const asked = readers.flatMap(({ asks }) => asks).filter((name) => !names.has(name));
    expect(asked.length).toBeLessThan(20);
  });
});

describe('every method', () => {
  it('is a target: have test/fuzz/make-material.ts make documents for it', () => {
    expect(methodsWithoutTarget()).toEqual([]);
    expect(methodsWithoutTarget({ now: '', trust: {}, cases: [] })).toContain('apt');
  });
});

it('a few mutants of some find nothing', async () => {
  const all = [...methodTargets(), ...(await readerTargets())];
  for (const target of all.filter((_, index) => index % 16 === 1)) {
    const until = { batches: 1 };
    const { accepted, finding } = await fuzz(
      { ...target, batch: 4 },
      { seed: 20261129, until, isTimed: false },
    );
    expect([target.name, finding?.problem]).toEqual([target.name, undefined]);
    expect([target.name, accepted > 0]).toEqual([target.name, true]);
  }
});
