import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../scripts/mutate/batch.ts';
import { control, Group } from '../../../../scripts/mutate/group.ts';

const questions = [1, 2, 3].map((mutant) => ({ mutant, file: 'a.test.ts', tests: [''] }));

function after(...steps: [mutant: number, step: Step][]) {
  const group = new Group(questions);
  for (const [mutant, step] of steps) group.steps.set(mutant, step);
  const numbers = (some: readonly { mutant: number }[]) => some.map(({ mutant }) => mutant);
  return { doubtful: numbers(group.doubtful()), unanswered: numbers(group.unanswered()) };
}
const loaded = [1, 2, 3, control.mutant].map((mutant): [number, Step] => [mutant, 'loads']);

describe('a group of mutants', () => {
  it('is answered where the file holds without one', () => {
    const answers: [number, Step][] = [
      [1, 'killed'],
      [2, 'survived'],
      [3, 'killed'],
    ];
    expect(after(...loaded, ...answers, [control.mutant, 'survived'])).toEqual({
      doubtful: [],
      unanswered: [],
    });
    // What one of them left behind may have killed the others.
    expect(after(...loaded, ...answers, [control.mutant, 'killed'])).toEqual({
      doubtful: [1, 2, 3],
      unanswered: [],
    });
  });

  it('is asked again without the one that brought the process to a halt', () => {
    expect(after()).toEqual({ doubtful: [], unanswered: [1, 2, 3] });
    expect(after([1, 'loads'], [2, 'loads'])).toEqual({ doubtful: [2], unanswered: [1, 3] });
    expect(after(...loaded, [1, 'killed'], [2, 'runs'])).toEqual({ doubtful: [2], unanswered: [1, 3] });
    expect(after(...loaded, [1, 'killed'], [2, 'killed'], [3, 'survived'], [control.mutant, 'runs'])).toEqual(
      { doubtful: [1, 2, 3], unanswered: [] },
    );
  });
});
