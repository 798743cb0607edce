import { describe, expect, it } from 'vitest';
import { inTurns } from '../../../../src/pipeline/shared/in-turns.ts';

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('inTurns', () => {
  it.each([true, false])('throws what goes on beside others, small: %s', async (isSmall) => {
    const seen: number[] = [];
    const run = inTurns([1, 2, 3], { jobs: 2 }, (one) => {
      const rest = soon().then(() => {
        if (one === 1) throw new TypeError('the disk is gone');
        seen.push(one);
      });
      return Promise.resolve({ rest, isSmall });
    });
    await expect(run).rejects.toThrow('the disk is gone');
    await soon();
    expect(seen).toContain(2);
  });

  it('throws it where so many wait that none is begun before one has ended', async () => {
    const all = Array.from({ length: 400 }, (_, index) => index);
    const run = inTurns(all, { jobs: 4 }, (one) => {
      const rest = soon().then(() => {
        if (one === 300) throw new TypeError('the disk is gone');
      });
      return Promise.resolve({ rest, isSmall: true });
    });
    await expect(run).rejects.toThrow('the disk is gone');
  });

  it('has nothing going on when it ends, also where a turn throws', async () => {
    let open = 0;
    const run = inTurns([1, 2, 3], { jobs: 1 }, (one) => {
      if (one === 3) throw new TypeError('a bug');
      open += 1;
      const rest = soon()
        .then(soon)
        .then(() => {
          open -= 1;
        });
      return Promise.resolve({ rest, isSmall: true });
    });
    await expect(run).rejects.toThrow('a bug');
    expect(open).toBe(0);
  });
});
