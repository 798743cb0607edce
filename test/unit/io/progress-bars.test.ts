import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgressBars } from '../../../src/io/progress-bars.ts';

/** A screen that remembers, and a clock that is set by hand. */
function watched({ width = 100, height = 25, files = 2, totalBytes = 3_000_000 } = {}) {
  let [shown, nowMs]: [readonly string[], number] = [[], 0];
  const screen = {
    width: () => width,
    height: () => height,
    show: (lines: readonly string[]) => void (shown = lines),
  };
  const bars = createProgressBars({ screen, files, totalBytes, now: () => nowMs });
  return { bars, shown: () => shown, pass: (ms: number) => void (nowMs += ms) };
}

describe('progress bars', () => {
  it('show each file under way, and the whole with its speed and the time left', () => {
    const { bars, shown, pass } = watched();
    bars.start('kubelet', 2_000_000, 0);
    pass(1000);
    bars.advance('kubelet', 1_000_000);
    expect(shown()).toEqual([
      'kubelet                [============>           ]  50%  1.0 of 2.0 MB',
      '0 of 2 files           [========>               ]  33%  1.0 of 3.0 MB  1.0 MB/s 0:02 left',
    ]);
    pass(1000);
    bars.end('kubelet');
    expect(shown()).toHaveLength(1);
    expect(shown()[0]).toMatch(/^1 of 2 files .* 66%/);
    bars.close();
    expect(shown()).toEqual([]);
  });

  it('take neither what was there for fetched, nor what is fetched twice for progress', () => {
    const { bars, shown, pass } = watched();
    bars.skip(1_000_000);
    bars.start('tool', 2_000_000, 1_000_000);
    pass(1000);
    bars.restart('tool');
    expect(shown()[1]).toMatch(/33%.* 0\.0 MB\/s$/);
    bars.close();
  });

  it('are redrawn no more often than eyes see', () => {
    const { bars, shown, pass } = watched();
    bars.start('tool', 2_000_000, 0);
    pass(10);
    bars.advance('tool', 2_000_000);
    expect(shown()[0]).toMatch(/ 0%/);
    bars.close();
  });

  it('are shorter on a terminal of 80 columns, and all there', () => {
    const { bars, shown, pass } = watched({ width: 80, files: 15, totalBytes: 570_000_000 });
    bars.start('kubelet', 70_000_000, 0);
    pass(1000);
    bars.advance('kubelet', 35_000_000);
    expect(shown()).toEqual([
      'kubelet                [=====>    ]  50%  35.0 of 70.0 MB',
      '0 of 15 files          [>         ]   6%  35.0 of 570.0 MB  35.0 MB/s 0:16 left',
    ]);
    bars.close();
  });

  it('are no more than there are lines', () => {
    const { bars, shown, pass } = watched({ height: 5 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      pass(1000);
      bars.start(name, 1_000_000, 0);
    }
    expect(shown().map((line) => line.split(' ')[0])).toEqual(['a', 'b', 'c', '0']);
    bars.close();
  });

  it('fit into a narrow terminal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.string({ maxLength: 60 }), (width, name) => {
        const { bars, shown, pass } = watched({ width });
        pass(1000);
        bars.start(name, 123_456_789, 23_456_789);
        for (const line of shown()) expect(line.length).toBeLessThan(width);
        bars.close();
      }),
    );
  });

  it('are nothing where nobody looks', () => {
    const bars = createProgressBars({ screen: undefined, files: 1, totalBytes: 1 });
    bars.start('tool', 1, 0);
    bars.advance('tool', 1);
    bars.end('tool');
    bars.close();
  });
});
