/** What `make conformance` counts: a failure without a reason, and a reason without a failure. */
import { describe, expect, it } from 'vitest';
import { tally, type Reasons, type Verdict } from '../../../scripts/conformance/tally.ts';
import { readPytest } from '../../../scripts/conformance/tuf.ts';

const [right, other] = [
  { name: 'test_a', isAsWanted: true, said: '' },
  { name: 'test_b[one more]', isAsWanted: false, said: 'to be refused' },
];

async function told(verdicts: readonly Verdict[], reasons: Reasons) {
  const lines: string[] = [];
  const wrong = await tally('suite', given(verdicts), reasons, (line) => lines.push(line));
  return { wrong, lines };
}

async function* given(verdicts: readonly Verdict[]): AsyncGenerator<Verdict> {
  for (const one of verdicts) yield await Promise.resolve(one);
}

describe('verdicts beside those of a suite', () => {
  it('are as wanted, or another for a reason', async () => {
    expect(await told([right], {})).toEqual({
      wrong: 0,
      lines: ['conformance, suite: 1 as wanted, 0 for a reason not, 0 wrong'],
    });
    for (const name of ['test_b', 'test_b[one more]']) {
      const { wrong, lines } = await told([right, other], { [name]: 'that is so' });
      expect(wrong).toBe(0);
      expect(lines[0]).toBe('other test_b[one more]: that is so');
    }
  });

  it('are wrong without a reason', async () => {
    const { wrong, lines } = await told([right, other], { test_c: '' });
    expect(wrong).toBe(2);
    expect(lines[0]).toBe('WRONG test_b[one more]: to be refused');
  });

  it('are wrong where they are as wanted now, or are gone, and still have a reason', async () => {
    const listed = 'as wanted, and listed as another verdict';
    expect(await told([right, { ...right, name: 'test_d' }], { test_a: 'because' })).toMatchObject({
      wrong: 1,
      lines: [`WRONG test_a: ${listed}`, expect.any(String)],
    });
    // One of several is enough.
    const both = [other, { ...right, name: 'test_b[another]' }, right];
    expect(await told(both, { test_b: 'because' })).toMatchObject({ wrong: 1 });
    expect(await told([right], { test_b: 'because' })).toMatchObject({ wrong: 1 });
  });

  it('are wrong where there are none', async () => {
    expect((await told([], {})).wrong).toBe(1);
  });
});

it('reads what pytest prints', () => {
  const printed = `tests/test_a.py::test_one PASSED          [ 25%]
tests/test_a.py::test_two[with a blank] FAILED [ 50%]
tests/test_b.py::test_three SKIPPED (no reason) [ 75%]
tests/test_b.py::test_four ERROR [100%]

=== FAILURES ===
___ test_two[with a blank] ___
E   assert 0 == 1
=== short test summary info ===
FAILED tests/test_a.py::test_two[with a blank] - assert 0 == 1
`;
  expect([...readPytest(printed)].map(({ name, isAsWanted }) => [name, isAsWanted])).toEqual([
    ['test_one', true],
    ['test_two[with a blank]', false],
    ['test_three', false],
    ['test_four', false],
  ]);
  expect([...readPytest(printed)][1]?.said).toContain('FAILED\nE   assert 0 == 1');
});
