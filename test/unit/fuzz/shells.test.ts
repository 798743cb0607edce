/** Scripts that are rendered, with hostile texts in place of their values: a little of what `make fuzz` tries, and what it takes for a fault. */
import { describe, expect, it } from 'vitest';
import { inEveryShell } from '../../fuzz/shell-room.ts';
import { shellTargets } from '../../fuzz/shells.ts';

const run = (script: string) => () => {
  inEveryShell(script, () => undefined);
};

describe('a fault', () => {
  it.each([
    ['a command that stood in a value', 'echo "$(owned)"', /ran what stands in a value/],
    ['a file that was made by one', ': >canary', /ran what stands in a value/],
    ['no script', 'echo (', /-n: /],
    ['a word that is taken for a command', 'x', /not found/],
  ])('is %s', (_, script, problem) => {
    expect(run(script)).toThrow(problem);
  });

  it('is none where nothing is run', () => {
    expect(run("echo '$(owned)'")).not.toThrow();
  });
});

it.each(shellTargets().map((target, index) => [target.name, target, index] as const))(
  '%s: its words arrive, and none is run',
  async (_, target, index) => {
    const seeds = await target.seeds();
    await target.run(seeds[index % seeds.length]!);
  },
);
