/** What `make fuzz` takes for a fault; and that a seed leads to the same mutants. */
import { describe, expect, it } from 'vitest';
import { fuzz, shrunk, tryOne } from '../../fuzz/loop.ts';
import { mutate } from '../../fuzz/mutate.ts';
import { Random } from '../../fuzz/random.ts';
import { BrokenPromise, type Input, type Target } from '../../fuzz/target.ts';
import { UsageError } from '../../../src/model/errors.ts';

const text = (input: Input) => Buffer.from(input[0]!).toString('latin1');
const targetOf = (run: (read: string, bytes: Uint8Array) => unknown): Target => ({
  ...{ name: 'a target', seeds: () => [[Buffer.from('a long document with an x in it')]] },
  run: (input) => run(text(input), input[0]!),
});
const some = { seed: 7, until: { batches: 20 } } as const;

describe('a fault', () => {
  it.each<[string, (read: string, bytes: Uint8Array) => unknown, RegExp]>([
    ['an error that is none of ours', (read) => JSON.parse(read) as unknown, /SyntaxError/],
    ['a promise rejected with one', (read) => Promise.reject(new TypeError(read)), /TypeError/],
    [
      'an answer that must not be given',
      (read) => {
        if (!read.includes('with')) throw new BrokenPromise('accepted');
      },
      /accepted/,
    ],
    ['a document that was written into', (_, bytes) => bytes.fill(0), /changes the document/],
    [
      'a message without end',
      (read) => {
        const lines = Array.from({ length: 30_000 }, () => read[0] ?? '');
        throw new UsageError('USAGE', 'too much', { lines });
      },
      /characters/,
    ],
  ])('is %s', async (_, run, problem) => {
    const { finding } = await fuzz(targetOf(run), some);
    expect(finding?.problem).toMatch(problem);
  });

  it('is time without measure', async () => {
    const spin = (read: string) => {
      let sum = 0;
      for (let count = 0; count < 3e7; count += 1) sum += read.length;
      return sum;
    };
    const told = await tryOne(targetOf(spin), [Buffer.from('x')], 5);
    expect(told).toMatchObject({ problem: expect.stringMatching(/ms for 1 bytes/) as string });
    expect(await tryOne(targetOf(spin), [Buffer.from('x')], 10_000)).toBe('accepted');
  });

  it('is none where it is an error of ours, or nothing', async () => {
    const refuse = () => {
      throw new UsageError('USAGE', 'no');
    };
    expect(await fuzz(targetOf(refuse), some)).toMatchObject({
      finding: undefined,
      accepted: 0,
      tries: 2001,
    });
    expect(
      await fuzz(
        targetOf(() => 1),
        some,
      ),
    ).toMatchObject({ finding: undefined, accepted: 2001 });
  });

  it('is made as small as it can be', async () => {
    const target = targetOf((read) => {
      if (read.includes('x')) throw new TypeError('an x');
    });
    const { finding } = await fuzz(target, some);
    expect(text((await shrunk(target, finding!)).input)).toBe('x');
  });
});

it('the same seed makes the same mutants, and another one others', () => {
  const from = Buffer.from('{"a":[1,"two",{"b":"AAAABBBB"}],"c":null}');
  const mutants = (seed: number) => {
    const random = new Random(seed, 'a target');
    return Array.from({ length: 200 }, () => Buffer.from(mutate(from, random, [from])).toString('latin1'));
  };
  expect(mutants(1)).toEqual(mutants(1));
  expect(mutants(1)).not.toEqual(mutants(2));
  expect(new Set(mutants(1)).size).toBeGreaterThan(150);
});
